"""What a whole `up` is measured by, each in a process of its own, on whatever AWS the environment leads to.

    python -m benchmarks.bare_copy insert TABLE 100000    # a bare client's PartiQL inserts of the race's items
    python -m benchmarks.bare_copy copy SOURCE TARGET     # pydynox: scan, batch write; nothing is verified

Prints the items and the seconds that this took, without imports and without making the items, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from threading import local

import msgspec

from benchmarks.contenders.bare import BATCH, over_http_client, statement
from benchmarks.site import Site
from benchmarks.whole.table import items
from benchmarks.wire_stub import ITEMS

LINES = 8  # as many requests in flight as ours has
Act = Callable[[], int]


def insert(table: str, count: str) -> Act:
    """PartiQL, with everything made before that can be."""
    site, lines = Site(os.environ["AWS_ENDPOINT_URL"], ITEMS), local()
    requests = list(_requests(table, int(count)))

    def send(request: bytes) -> None:
        if not hasattr(lines, "call"):
            lines.call = over_http_client(site)
        answer: bytes = lines.call("BatchExecuteStatement", request)
        assert b'"Error"' not in answer, answer

    def act() -> int:
        with ThreadPoolExecutor(LINES) as pool:
            for _ in pool.map(send, requests):
                pass
        return int(count)

    return act


def copy(source: str, target: str) -> Act:
    """pydynox, at its fastest."""
    from benchmarks.contenders.pydynox_copy import client_of, copy_items  # noqa: PLC0415 - it may not be installed

    client = client_of(os.environ["AWS_ENDPOINT_URL"])
    return lambda: copy_items(client, source, target, at_once=ITEMS)


def _requests(table: str, count: int) -> Iterator[bytes]:
    found = items(count)
    while batch := list(islice(found, BATCH)):
        yield msgspec.json.encode(
            {
                "Statements": [
                    {"Statement": statement(table, tuple(item)), "Parameters": list(item.values())} for item in batch
                ]
            }
        )


def main(what: str, *arguments: str) -> None:
    """Prepare, act, tell."""
    act = {"insert": insert, "copy": copy}[what](*arguments)
    began = time.perf_counter()
    done = act()
    print(json.dumps({"items": done, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main(*sys.argv[1:])
