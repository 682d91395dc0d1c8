"""pydynox, whose core is written in Rust: pages by `sync_scan`, each written by one `sync_batch_write`.

Its puts write over what is there. It makes Python values of every item, as its users see them.
"""

from __future__ import annotations

import os

import pydynox

from benchmarks.site import Site, Work, source, target


def copy(site: Site) -> Work:
    """Scan, batch write."""
    client = pydynox.DynamoDBClient(
        region=os.environ["AWS_REGION"],
        access_key=os.environ["AWS_ACCESS_KEY_ID"],
        secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        endpoint_url=site.endpoint,
    )

    def work(pages: int) -> int:
        copied = 0
        left = []
        for item in client.sync_scan(source(pages), consistent_read=True):
            left.append(item)
            if len(left) == site.items:  # what one page holds: fewer, larger calls are its fastest way
                client.sync_batch_write(target(pages), put_items=left)
                copied += len(left)
                left = []
        return copied

    return work
