"""Late mode, pure: after a hand-over the served table's own writes count; a source change is applied where it fits.

`wanted` says what a record asks for; `decide` compares that with what the served table holds and gives either the parts
of one transaction or a conflict. It never applies whole images over an item that is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_dynamo_migrator.conversion.canonical import equal
from pulumi_dynamo_migrator.conversion.keys import KeySchema, key_of
from pulumi_dynamo_migrator.replicate.changes import (
    Change,
    DeleteIfEqual,
    Delta,
    Expectation,
    InsertIfAbsent,
    ReplaceExpired,
    StillHolds,
)
from pulumi_dynamo_migrator.replicate.rule import CanonicalKey, Images, by_key
from pulumi_dynamo_migrator.replicate.tombstone import Item

# An expression has at most 4 KB and 300 operators (DynamoDB's limits page). "(#n123 = :v123 OR #n123 = :v124) AND " is
# 38 characters with 4 operators, "#n123 = :v123 AND " 18 with 2. What is wider cannot be conditional: it is a conflict.
WIDEST_DELTA = 70
WIDEST_ITEM = 140

Held = Mapping[CanonicalKey, Item | None]


@dataclass(frozen=True, slots=True)
class Expiry:
    """When an item counts as gone: its time-to-live attribute, and now."""

    attribute: str | None
    now: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a record asks of the served table."""

    inserts: Mapping[CanonicalKey, InsertIfAbsent]
    deltas: Mapping[CanonicalKey, Delta]
    deletes: Mapping[CanonicalKey, DeleteIfEqual]

    def nothing(self) -> bool:
        """Whether the conversion makes the same of both images."""
        return not (self.inserts or self.deltas or self.deletes)

    def keys(self) -> dict[CanonicalKey, Item]:
        """Every target key that the record touches."""
        changes: dict[CanonicalKey, InsertIfAbsent | Delta | DeleteIfEqual]
        changes = {**self.inserts, **self.deltas, **self.deletes}
        return {name: change.key for name, change in changes.items()}


@dataclass(frozen=True, slots=True)
class Fits:
    """The record fits: `changes` are for one transaction, `deletes` follow it."""

    changes: tuple[Change, ...]
    deletes: tuple[DeleteIfEqual, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """The record does not fit, and why. Nothing of it may be applied."""

    why: str


def wanted(images: Images, keys: KeySchema) -> Wanted:
    """The difference between f(old) and f(new): items to insert, attributes to change, items to delete."""
    old, new = by_key(images.old, keys), by_key(images.new, keys)
    deltas = {name: _delta(old[name], item, keys) for name, item in new.items() if name in old}
    return Wanted(
        inserts={n: InsertIfAbsent(key_of(item, keys), item) for n, item in new.items() if n not in old},
        deltas={name: delta for name, delta in deltas.items() if delta.expect},
        deletes={n: DeleteIfEqual(key_of(item, keys), item) for n, item in old.items() if n not in new},
    )


def decide(want: Wanted, held: Held, expiry: Expiry) -> Fits | Conflict:
    """Compare with what a consistent read has found at every key of `want`."""
    changes: list[Change] = []
    for name, insert in want.inserts.items():
        verdict = _insert(insert, held.get(name), expiry)
        if isinstance(verdict, Conflict):
            return verdict
        changes.append(verdict)
    for name, delta in want.deltas.items():
        why = _delta_misfit(delta, held.get(name))
        if why:
            return Conflict(why)
        changes.append(delta)
    for name, delete in want.deletes.items():
        why = delete_misfit(delete, held.get(name))
        if why:
            return Conflict(why)
        changes.append(StillHolds(delete.key, delete.item))
    return Fits(tuple(changes), tuple(want.deletes.values()))


def holds(item: Item, held: Item) -> bool:
    """Whether `held` has every attribute of `item`; it may have more."""
    return all(name in held and equal(value, held[name]) for name, value in item.items())


def beyond(item: Item, held: Item) -> tuple[str, ...]:
    """The attributes that `held` has and `item` has not."""
    return tuple(sorted(held.keys() - item.keys()))


def delete_misfit(delete: DeleteIfEqual, held: Item | None) -> str | None:
    """Why the item may not be deleted, if so."""
    if held is None:
        return "the source deleted an item that the served table no longer has"
    if not holds(delete.item, held):
        return "the source deleted an item that was changed on the served table"
    extra = beyond(delete.item, held)
    if extra:
        return f"the source deleted an item that has got more attributes on the served table: {', '.join(extra)}"
    return _too_wide(len(delete.item), WIDEST_ITEM)


def _delta(old: Item, new: Item, keys: KeySchema) -> Delta:
    names = [n for n in {**old, **new} if n not in keys.names and not _same(n, old, new)]
    return Delta(
        key=key_of(new, keys),
        set=tuple((name, new[name]) for name in names if name in new),
        remove=tuple(name for name in names if name not in new),
        expect=tuple(Expectation(name, old.get(name), new.get(name)) for name in names),
    )


def _same(name: str, old: Item, new: Item) -> bool:
    return name in old and name in new and equal(old[name], new[name])


def _insert(insert: InsertIfAbsent, held: Item | None, expiry: Expiry) -> Change | Conflict:
    if held is None:
        return insert
    attribute = expiry.attribute
    if attribute is not None and expired(held, attribute, expiry.now):
        return ReplaceExpired(insert.key, insert.item, attribute, held[attribute])
    if not holds(insert.item, held):
        return Conflict("the source inserted an item at a key that the served table already uses")
    why = _too_wide(len(insert.item), WIDEST_ITEM)
    return Conflict(why) if why else StillHolds(insert.key, insert.item)


def expired(item: Item, attribute: str, now: float) -> bool:
    """Whether the item's time to live has passed: DynamoDB counts only numbers, and only of the last five years."""
    try:
        at = float(item.get(attribute, {})["N"])
    except (KeyError, ValueError):
        return False
    return now - 5 * 365 * 86_400 < at < now


def _delta_misfit(delta: Delta, held: Item | None) -> str | None:
    if held is None:
        return "the source changed an item that the served table no longer has"
    changed = [e.name for e in delta.expect if not _is(held, e.name, e.old) and not _is(held, e.name, e.new)]
    if changed:
        return f"the source changed what was changed on the served table too: {', '.join(changed)}"
    return _too_wide(len(delta.expect), WIDEST_DELTA)


def _is(held: Item, name: str, value: dict[str, object] | None) -> bool:
    return name not in held if value is None else name in held and equal(held[name], value)


def _too_wide(attributes: int, widest: int) -> str | None:
    if attributes <= widest:
        return None
    return f"the change compares {attributes} attributes, more than the {widest} that one condition can hold"
