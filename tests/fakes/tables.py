"""The replicator's ports in memory: a source, a successor, a ledger, atomic transactions, and a way to fail at any
call.

They obey the semantic changes by what they mean and share no code with `lower.py`. Contract tests hold them and the
door over a real process to the same sentences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from pulumi_dynamo_migrator.conversion.canonical import equal
from pulumi_dynamo_migrator.conversion.keys import KeySchema, canonical_key
from pulumi_dynamo_migrator.replicate.changes import (
    Change,
    Delete,
    DeleteIfEqual,
    Delta,
    InsertIfAbsent,
    PlainChange,
    Put,
    ReplaceExpired,
    StillHolds,
    Tombstone,
    Value,
)
from pulumi_dynamo_migrator.replicate.notes import (
    ConflictImage,
    CountConflict,
    Failure,
    Note,
    NotOwned,
    Own,
    Seen,
    SeenState,
    Unseen,
    conflict_items,
    failure_item,
    keyed,
    own_item,
    seen_at,
    seen_item,
)
from pulumi_dynamo_migrator.replicate.ports import ChangeRefusedError, Ports, Refusal, Registration
from pulumi_dynamo_migrator.replicate.tombstone import Item, tombstone
from pulumi_dynamo_migrator.replicate.word import Word

T = TypeVar("T")
Refuses = Callable[[Item], str | None]


class KilledError(BaseException):
    """The process dies here. No handler may catch it."""


@dataclass
class Calls:
    """Every call of a port passes here: something may happen before it, and the process may die before or after it."""

    count: int = 0
    before: dict[int, list[Callable[[], None]]] = field(default_factory=dict)
    dies_before: int | None = None
    dies_after: int | None = None

    def plan(
        self,
        before: dict[int, list[Callable[[], None]]],
        *,
        dies_before: int | None = None,
        dies_after: int | None = None,
    ) -> None:
        """Count from zero again, with this ahead."""
        self.count, self.before, self.dies_before, self.dies_after = 0, before, dies_before, dies_after

    def through(self, effect: Callable[[], T]) -> T:
        """One call."""
        self.count += 1
        number = self.count
        for meanwhile in self.before.get(number, ()):
            meanwhile()
        if number == self.dies_before:
            raise KilledError
        result = effect()
        if number == self.dies_after:
            raise KilledError
        return result


@dataclass
class Memory:
    """A table: items under canonical keys."""

    keys: KeySchema
    items: dict[tuple[str, ...], Item] = field(default_factory=dict)
    ever: set[tuple[str, ...]] = field(default_factory=set)  # every key that was ever there, or deleted

    def get(self, key: Item) -> Item | None:
        """The item at the key (an item stands for its key)."""
        return self.items.get(canonical_key(key, self.keys))

    def put(self, item: Item) -> None:
        """Put it, whatever is there."""
        key = canonical_key(item, self.keys)
        self.ever.add(key)
        self.items[key] = dict(item)

    def remove(self, key: Item) -> Item | None:
        """Delete it, and give what was there."""
        self.ever.add(canonical_key(key, self.keys))
        return self.items.pop(canonical_key(key, self.keys), None)


def has_all(held: Item | None, item: Item) -> bool:
    """Whether every attribute of `item` is in `held`."""
    return held is not None and all(name in held and equal(held[name], value) for name, value in item.items())


def is_so(held: Item, name: str, value: Value | None) -> bool:
    """Whether an attribute has that value, or is absent where that is expected."""
    return name not in held if value is None else has_all(held, {name: value})


@dataclass
class FakeSource:
    """The source table."""

    calls: Calls
    table: Memory

    def read(self, key: Item) -> Item | None:
        """The item at the key."""
        return self.calls.through(lambda: self.table.get(key))


def _with(change: Delta, held: Item) -> Item:
    return {name: value for name, value in {**held, **dict(change.set)}.items() if name not in change.remove}


@dataclass
class FakeTarget:
    """The successor. `refuses` plays DynamoDB's own validation."""

    calls: Calls
    table: Memory
    refuses: Refuses
    took_more: Item | None = None  # what the last delete took, when that was more than was asked for

    def read(self, key: Item) -> Item | None:
        """The item at the key."""
        return self.calls.through(lambda: self.table.get(key))

    def write(self, changes: Sequence[PlainChange]) -> tuple[Refusal, ...]:
        """Each change is a call of its own: a batch is not atomic, and never takes a key twice."""
        names = {canonical_key(change.key, self.table.keys) for change in changes}
        assert len(names) == len(changes), "BatchWriteItem refuses the whole request"
        refusals = [self.calls.through(partial(self._write, change)) for change in changes]
        return tuple(refusal for refusal in refusals if refusal)

    def delete_if_equal(self, change: DeleteIfEqual) -> Item | None:
        """Delete, and give what was deleted."""
        return self.calls.through(lambda: self._delete_if_equal(change))

    def holds(self, change: Change) -> bool:
        """Whether the condition of a change holds."""
        held = self.table.get(change.key)
        match change:
            case InsertIfAbsent():
                return held is None
            case ReplaceExpired(ttl_attribute=name, expiry=expiry):
                return has_all(held, {name: expiry})
            case StillHolds(item=item):
                return has_all(held, item)
            case Delta(expect=expect):
                return held is not None and all(
                    any(
                        has_all(held, {e.name: value}) if value is not None else e.name not in held
                        for value in (e.old, e.new)
                    )
                    for e in expect
                )
            case Put() | Delete() | Tombstone():
                return True

    def refusal(self, change: Change) -> str | None:
        """Why the content is refused, if it is."""
        match change:
            case Put(item=item) | InsertIfAbsent(item=item) | ReplaceExpired(item=item):
                return self.refuses(item)
            case Delta(key=key) if (held := self.table.get(key)) is not None:
                return self.refuses(_with(change, held))
            case _:
                return None

    def make(self, change: Change) -> None:
        """Make a change whose condition holds."""
        match change:
            case Put(item=item) | InsertIfAbsent(item=item) | ReplaceExpired(item=item):
                self.table.put(item)
            case Tombstone(key=key):
                self.table.put(tombstone(key))
            case Delete(key=key):
                self.table.remove(key)
            case Delta(key=key):
                self.table.put(_with(change, self.table.get(key) or {}))
            case StillHolds():
                pass

    def _write(self, change: PlainChange) -> Refusal | None:
        reason = self.refusal(change)
        if reason and isinstance(change, Put):
            return Refusal(change, reason)
        self.make(change)
        return None

    def _delete_if_equal(self, change: DeleteIfEqual) -> Item | None:
        self.took_more = None
        held = self.table.get(change.key)
        if not has_all(held, change.item):
            return None
        deleted = self.table.remove(change.key)
        if deleted is not None and deleted.keys() - change.item.keys():
            self.took_more = deleted
        return deleted


@dataclass
class FakeLedger:
    """One migration's partition: sort key -> attributes."""

    calls: Calls
    target: FakeTarget
    items: dict[str, Item] = field(default_factory=dict)
    told: Word | None = None  # the last word that was read

    def register(self, registration: Registration) -> None:
        """Say that an invocation works."""
        item: Item = {
            "started": {"N": str(registration.started)},
            "oldest": {"N": str(registration.oldest)},
            "records": {"N": str(registration.records)},
        }
        self._put(f"reg#{registration.invocation}", item)

    def unregister(self, invocation: str) -> None:
        """Say that it does no more."""
        self._remove(f"reg#{invocation}")

    def word(self) -> Word:
        """The word."""
        self.told = self.calls.through(lambda: Word(self.items["word"]["word"]["S"]))
        return self.told

    def mark_failing(self, first_event_id: str, *, error: str, at: float, records: int, by: Registration) -> None:
        """Leave the mark and count it."""
        item: Item = {"error": {"S": error}, "at": {"N": str(at)}, "records": {"N": str(records)}}
        self.calls.through(lambda: self._mark_failing(first_event_id, item, by))

    def note_done(self, first_event_id: str, *, by: Registration) -> None:
        """Note the success, unless another has."""
        self.calls.through(lambda: self._note_done(first_event_id, by))

    def clear_failing(self, event_ids: Sequence[str]) -> None:
        """Remove the marks and count them off."""
        for event_id in event_ids:
            self.calls.through(partial(self._forget, f"failing#{event_id}", "failing"))

    def count(self, records: int, *, at: float | None) -> int:
        """Add to the counters."""
        self.calls.through(lambda: self.add(records=records, **({} if at is None else {"last_at": 0})))
        return int(self.items["counters"].get("failing", {"N": "0"})["N"])

    def count_gap(self) -> None:
        """One more batch that came too late."""
        self.calls.through(lambda: self.add(gaps=1))

    def count_unsure(self) -> None:
        """One more plain write whose outcome is unknown."""
        self.calls.through(lambda: self.add(unsure=1))

    def failures(self) -> int:
        """How many are noted as failed."""
        return self.calls.through(lambda: int(self.items.get("counters", {}).get("failed", {"N": "0"})["N"]))

    def note_failure(self, failure: Failure) -> None:
        """Note and count."""
        self.calls.through(lambda: self._note_failure(failure))

    def forget_failure(self, source_key: str, *, noted_by: float) -> None:
        """Remove and count, unless it is newer."""
        self.calls.through(lambda: self._forget(keyed("failed", source_key), "failed", noted_by))

    def seen(self, event_id: str) -> SeenState | None:
        """How far the record has come."""
        return self.calls.through(lambda: self._state(event_id))

    def noted_at(self, event_id: str) -> float:
        """When the record came as far as it is."""
        return self.calls.through(lambda: seen_at(self.items[f"seen#{event_id}"]))

    def owned(self, source_key: str) -> bool:
        """Whether the served table owns the source item."""
        return self.calls.through(lambda: keyed("owned", source_key) in self.items)

    def transact(self, notes: Sequence[Note], changes: Sequence[Change]) -> bool:
        """All or nothing."""
        return self.calls.through(lambda: self._transact(notes, changes))

    def forget_what_was_told(self) -> None:
        """Before an invocation."""
        self.told = None
        self.target.took_more = None

    def add(self, **amounts: float) -> None:
        """Add to the counters, now."""
        counters = self.items.setdefault("counters", {})
        for name, amount in amounts.items():
            counters[name] = {"N": str(int(counters.get(name, {"N": "0"})["N"]) + int(amount))}

    def sort_keys(self, kind: str) -> set[str]:
        """What is noted under `kind#`."""
        return {name for name in self.items if name.startswith(f"{kind}#")}

    def _put(self, sort_key: str, attributes: Item) -> None:
        self.calls.through(lambda: self.items.__setitem__(sort_key, attributes))

    def _remove(self, sort_key: str) -> None:
        self.calls.through(lambda: self.items.pop(sort_key, None))

    def _state(self, event_id: str) -> SeenState | None:
        item = self.items.get(f"seen#{event_id}")
        return SeenState(item["state"]["S"]) if item else None

    def _note_failure(self, failure: Failure) -> None:
        sort_key, attributes = failure_item(failure)
        if sort_key not in self.items:
            self.add(failed=1)
        self.items[sort_key] = attributes

    def _forget(self, sort_key: str, counted: str, noted_by: float = math.inf) -> None:
        item = self.items.get(sort_key)
        if item is not None and float(item["at"]["N"]) <= round(noted_by, 3):
            del self.items[sort_key]
            self.add(**{counted: -1})

    def _done_by_another(self, first_event_id: str, by: Registration) -> bool:
        done = self.items.get(f"done#{first_event_id}")
        return done is not None and float(done["at"]["N"]) >= by.started and done.get("by") != {"S": by.invocation}

    def _note_done(self, first_event_id: str, by: Registration) -> None:
        if not self._done_by_another(first_event_id, by):
            self.items[f"done#{first_event_id}"] = {"at": {"N": str(by.started)}, "by": {"S": by.invocation}}

    def _mark_failing(self, first_event_id: str, item: Item, by: Registration) -> None:
        if self._done_by_another(first_event_id, by):
            return
        if f"failing#{first_event_id}" not in self.items:
            self.add(failing=1)
        self.items[f"failing#{first_event_id}"] = item

    def _transact(self, notes: Sequence[Note], changes: Sequence[Change]) -> bool:
        reasons = [reason for reason in map(self.target.refusal, changes) if reason]
        if reasons:
            raise ChangeRefusedError(reasons[0])
        if not all(map(self._note_holds, notes)) or not all(map(self.target.holds, changes)):
            return False
        for note in notes:
            self._note(note)
        for change in changes:
            self.target.make(change)
        return True

    def _note_holds(self, note: Note) -> bool:
        match note:
            case Seen(event_id=event_id, before=before, always=always, stood=stood):
                if stood is not None and seen_at(self.items[f"seen#{event_id}"]) != stood:
                    return False
                return always or self._state(event_id) is before
            case Unseen(event_id=event_id):
                return self._state(event_id) is None
            case NotOwned(source_key=source_key):
                return keyed("owned", source_key) not in self.items
            case Own() | ConflictImage() | CountConflict():
                return True

    def _note(self, note: Note) -> None:
        match note:
            case Seen():
                self.items.update([seen_item(note)])
            case Own():
                self.items.update([own_item(note)])
            case ConflictImage():
                self.items.update(conflict_items(note))
            case CountConflict():
                self.add(conflicts=1)
            case NotOwned() | Unseen():
                pass


@dataclass
class FakeClock:
    """Time that stands still unless it is slept through."""

    time: float = 1_000_000.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.time

    def remaining(self) -> float:
        """Always a minute."""
        return 60.0

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.time += seconds


@dataclass
class FakeWorld:
    """Everything outside of the replicator."""

    source: FakeSource
    target: FakeTarget
    ledger: FakeLedger
    calls: Calls
    clock: FakeClock

    @classmethod
    def make(cls, source: KeySchema, target: KeySchema, *, word: Word, refuses: Refuses = lambda _: None) -> FakeWorld:
        """Empty tables, and a ledger that holds the word."""
        calls = Calls()
        successor = FakeTarget(calls, Memory(target), refuses)
        world = cls(FakeSource(calls, Memory(source)), successor, FakeLedger(calls, successor), calls, FakeClock())
        world.set_word(word)
        return world

    @property
    def ports(self) -> Ports:
        """The ports."""
        return Ports(self.source, self.target, self.ledger)

    def use(self, calls: Calls) -> None:
        """Let every call pass through another gate."""
        self.calls = self.source.calls = self.target.calls = self.ledger.calls = calls

    def apart(self) -> tuple[FakeTarget, FakeLedger]:
        """The same tables for one invocation of several, which is told and takes for itself."""
        target = replace(self.target, took_more=None)
        return target, replace(self.ledger, target=target, told=None)

    def set_word(self, word: Word) -> None:
        """As whoever drives the migration does."""
        self.ledger.items["word"] = {"word": {"S": word.value}}
