"""Rule R, pure: for a source change (old, new), delete keys(f(old)) - keys(f(new)), then put f(new).

Used as it is while the successor is not served (`open`, `tail`, `noting`). It never looks at what the successor holds:
the replicator wins there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pulumi_dynamo_migrator.conversion.keys import KeySchema, canonical_key, key_of
from pulumi_dynamo_migrator.replicate.changes import Delete, PlainChange, Put, Tombstone
from pulumi_dynamo_migrator.replicate.record import Record
from pulumi_dynamo_migrator.replicate.tombstone import Item

CanonicalKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Images:
    """A record with what the conversion makes of its old and of its new image."""

    record: Record
    old: tuple[Item, ...]
    new: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """One change of the successor and the record that it comes from."""

    change: PlainChange
    record: Record


def by_key(items: Iterable[Item], keys: KeySchema) -> dict[CanonicalKey, Item]:
    """The items under their canonical keys."""
    return {canonical_key(item, keys): item for item in items}


def removal(key: Item, *, leave_tombstone: bool) -> PlainChange:
    """The change after which nothing is at the key, as far as users can see."""
    return Tombstone(key) if leave_tombstone else Delete(key)


def changes_of(images: Images, keys: KeySchema, *, leave_tombstones: bool) -> dict[CanonicalKey, PlainChange]:
    """Rule R for one record: at most one change per target key."""
    gone = by_key(images.old, keys)
    come = by_key(images.new, keys)
    removals = {
        name: removal(key_of(item, keys), leave_tombstone=leave_tombstones)
        for name, item in gone.items()
        if name not in come
    }
    return {**removals, **{name: Put(key_of(item, keys), item) for name, item in come.items()}}


def last_actions(batch: Iterable[Images], keys: KeySchema, *, leave_tombstones: bool) -> tuple[Action, ...]:
    """Per target key the last action of the batch: BatchWriteItem takes no key twice, and the others are history."""
    last: dict[CanonicalKey, Action] = {}
    for images in batch:
        for name, change in changes_of(images, keys, leave_tombstones=leave_tombstones).items():
            last[name] = Action(change, images.record)
    return tuple(last.values())
