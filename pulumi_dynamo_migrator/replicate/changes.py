"""What shall happen to the successor, as data. Nothing here knows how DynamoDB is asked for it (`lower.py` does)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi_dynamo_migrator.replicate.tombstone import Item

Value = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Put:
    """Put the whole item, whatever is there."""

    key: Item
    item: Item


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete, whatever is there."""

    key: Item


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Leave a tombstone, whatever is there."""

    key: Item


@dataclass(frozen=True, slots=True)
class InsertIfAbsent:
    """Put the item if the key is free."""

    key: Item
    item: Item


@dataclass(frozen=True, slots=True)
class ReplaceExpired:
    """Put the item over one whose time to live has passed, if that one still has the same expiry."""

    key: Item
    item: Item
    ttl_attribute: str
    expiry: Value


@dataclass(frozen=True, slots=True)
class StillHolds:
    """Change nothing; refuse unless the item at `key` still has every attribute of `item` (it may have more)."""

    key: Item
    item: Item


@dataclass(frozen=True, slots=True)
class Expectation:
    """An attribute that must have its old or already its new value (None: must be absent)."""

    name: str
    old: Value | None
    new: Value | None


@dataclass(frozen=True, slots=True)
class Delta:
    """Set and remove single attributes of an item that is there, on condition of what each of them was."""

    key: Item
    set: tuple[tuple[str, Value], ...]
    remove: tuple[str, ...]
    expect: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class DeleteIfEqual:
    """Delete the item if it still has every attribute of `item`; whoever asks learns what was deleted."""

    key: Item
    item: Item


PlainChange = Put | Delete | Tombstone
Change = PlainChange | InsertIfAbsent | ReplaceExpired | StillHolds | Delta
