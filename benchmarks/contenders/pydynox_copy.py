"""pydynox, whose core is written in Rust: pages by `sync_scan`, each written by one `sync_batch_write`.

Its puts write over what is there. It makes Python values of every item, as its users see them.
"""

from __future__ import annotations

import os
from typing import Any

import pydynox

from benchmarks import site as tables
from benchmarks.site import Site, Work


def copy(site: Site) -> Work:
    """Scan, batch write."""
    client = client_of(site.endpoint)

    def work(pages: int) -> int:
        return copy_items(client, tables.source(pages), tables.target(pages), at_once=site.items)

    return work


def client_of(endpoint: str) -> Any:
    """A client with the environment's credentials."""
    return pydynox.DynamoDBClient(
        region=os.environ["AWS_REGION"],
        access_key=os.environ["AWS_ACCESS_KEY_ID"],
        secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        endpoint_url=endpoint,
    )


def copy_items(client: Any, source: str, target: str, *, at_once: int) -> int:
    """From table to table; `at_once`: what one page holds, as fewer, larger calls are its fastest way."""
    copied = 0
    left = []
    for item in client.sync_scan(source, consistent_read=True):
        left.append(item)
        if len(left) == at_once:
            client.sync_batch_write(target, put_items=left)
            copied += len(left)
            left = []
    if left:
        client.sync_batch_write(target, put_items=left)
    return copied + len(left)
