"""Two processes at once on one resource, or on one table: one works, the other is refused with who, since, until when.

At every AWS call of the one, and in memory: tests/properties/test_two_at_once.py.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from tests.emulator.life import Life, urn_of
from tests.emulator.sleep_proxy import SleepProxy
from tests.soaking import Tally, dose
from tests.stacks.account import Account
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

ITEMS: list[dict[str, Any]] = [{"id": f"k{number:03}", "at": number} for number in range(30)]
_numbers = count(1)


def first(urn: str, **more: Any) -> dict[str, Any]:
    return {"hash_key": "id", "attributes": {"id": "S"}, "migration": {"function_timeout": 1}, "__urn": urn, **more}


def ranged(urn: str) -> dict[str, Any]:
    return {**first(urn), "range_key": "at", "attributes": {"id": "S", "at": "N"}}


@pytest.fixture
def proxy(aws: EmbeddedAws, account: Account) -> Iterator[SleepProxy]:
    with SleepProxy(aws.endpoint, window=900.0) as proxy:
        yield proxy


def test_a_second_up_is_refused_while_the_first_one_copies_and_disturbs_nothing(
    aws: EmbeddedAws, account: Account, proxy: SleepProxy, tally: Tally
) -> None:
    life = Life(aws, proxy, urn_of(f"twice{next(_numbers)}"))
    table = life.up(first(life.urn))["name"]
    account.put(table, ITEMS)
    copies, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        copies.set()
        go_on.wait(50)

    proxy.before_answering(lambda request: request.target.endswith("BatchExecuteStatement"), wait)
    process = life.start(ranged(life.urn))
    assert copies.wait(60)
    refused = life.up(ranged(life.urn))
    go_on.set()
    who = rf"is being worked on by \S+@\S+ \(process {process.pid}\), since 20\S+ \S+ UTC, until 20\S+ \S+ UTC"
    assert re.search(who, refused["error"])
    assert (refused["phase"], refused["version"], refused["name"]) == ("failed", 1, table)
    told, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    outputs = json.loads(told)[1]
    assert (outputs["phase"], outputs["version"], outputs["error"]) == ("ready", 2, None)
    assert account.items(outputs["name"]) == account.items(table)
    tally.add("two processes at once")
    tally.acknowledged(writes=len(ITEMS), lost=0)


@pytest.mark.parametrize("number", range(dose(1)))
def test_of_two_stacks_that_adopt_one_table_at_the_same_time_one_gets_it(
    aws: EmbeddedAws, account: Account, proxy: SleepProxy, number: int, tally: Tally
) -> None:
    account.make_table("theirs", keys={"id": "S"})
    lives = [Life(aws, proxy, urn_of(f"stack{next(_numbers)}")) for _ in range(2)]

    def adopt(life: Life) -> Mapping[str, Any]:
        return life.up(first(life.urn, adopt="theirs"))

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(adopt, lives), key=lambda outputs: str(outputs["phase"]))
    assert [outputs["phase"] for outputs in told] == ["failed", "ready"]
    assert " since 20" in told[0]["error"]
    assert sum(adopt(life)["phase"] == "ready" for life in lives) == 1
    tally.add("two processes at once")
