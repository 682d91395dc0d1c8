"""The mark that a delete leaves in the successor while the backfill is open.

Without it a page that was read before the delete would bring the item back. It never carries data.
"""

from __future__ import annotations

from typing import Any

Item = dict[str, dict[str, Any]]

TOMBSTONE = "pulumi-dynamo-migrator:tombstone"


def tombstone(key: Item) -> Item:
    """The item that stands for "deleted" at `key`."""
    return {**key, TOMBSTONE: {"BOOL": True}}


def is_tombstone(item: Item) -> bool:
    """Whether the item stands for a deleted one."""
    return item.get(TOMBSTONE) == {"BOOL": True}
