"""A ledger in memory that keeps every entry by its revision, loses answers and delays writes; and its partitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from pulumi_dynamo_migrator.aws.ledger.partition import Counters, FailedItem, FailingBatch, WordState
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.replicate.ports import Registration
from pulumi_dynamo_migrator.replicate.word import Word
from tests.fakes.copying import FakeLedger


@dataclass
class Partition:
    """One migration's part of the ledger: what its replicator was told, and what it tells."""

    act: Callable[[str], None]
    said: Word = Word.LATE
    counted: Counters = field(default_factory=Counters)
    failed_items: list[FailedItem] = field(default_factory=list)
    breaking: tuple[FailingBatch, ...] = ()
    working: tuple[Registration, ...] = ()

    def word(self) -> WordState:
        return WordState(self.said, 1)

    def set_word(self, word: Word) -> WordState:
        self.act(f"word {word.value}")
        self.said = word
        return self.word()

    def counters(self) -> Counters:
        return self.counted

    def strike_compared(self, seen: Counters) -> None:
        if self.counted.gaps == seen.gaps:
            self.counted = replace(self.counted, gaps=0)
        if self.counted.unsure == seen.unsure:
            self.counted = replace(self.counted, unsure=0)

    def failed_count(self) -> int:
        return len(self.failed_items)

    def failed(self, *, most: int | None = None) -> tuple[FailedItem, ...]:
        return tuple(self.failed_items[:most])

    def each_failed(self) -> Iterator[FailedItem]:
        return iter(self.failed())

    def clear_failed(self, item: FailedItem) -> None:
        self.failed_items = [one for one in self.failed_items if one.key != item.key]

    def failing(self) -> tuple[FailingBatch, ...]:
        return self.breaking

    def registrations(self) -> tuple[Registration, ...]:
        return self.working


@dataclass
class Books:
    """The ledger: entries by revision. `loses` answers of writes that it has stored, or `delays` them; `before` a write
    is looked at for the last time, something may happen."""

    act: Callable[[str], None]
    stored: Entry
    partitions: dict[str, Partition] = field(default_factory=dict)
    loses: Callable[[Entry], bool] = lambda _entry: False
    delays: Callable[[Entry], bool] = lambda _entry: False
    on_their_way: list[Entry] = field(default_factory=list)
    before: Callable[[Entry], None] = lambda _entry: None
    claimed: set[str] = field(default_factory=set)

    def acquire(self, name: str) -> str:
        self.claimed.add(name)
        return name

    def end(self, name: str) -> None:
        self.claimed.remove(name)

    def entries(self) -> Iterator[Entry]:
        yield self.stored

    def save(
        self, known: Entry, *, lease: object, ends: str | None = None, still: Callable[[], None] | None = None
    ) -> Entry:
        self.before(known)
        if still is not None:
            still()
        self.act(f"ledger {_told(self.stored, known)}".rstrip())
        wanted = replace(known, revision=known.revision + 1)
        if self.delays(wanted):
            self.on_their_way.append(wanted)
            raise MigratorError("no answer")
        self._put(wanted)
        if ends is not None:
            self.end(ends)
        if self.loses(wanted):
            raise MigratorError("no answer")
        return wanted

    def _put(self, wanted: Entry) -> None:
        if self.stored.revision != wanted.revision - 1:
            raise MigratorError("the entry was changed by somebody else")
        self.stored = wanted

    def deliver(self) -> None:
        """What was on its way arrives, if it is not too late."""
        for wanted in self.on_their_way:
            self._put(wanted)

    def read(self, _id: str) -> Entry:
        return self.stored

    def copying(self, _name: str, **_: object) -> FakeLedger:
        return FakeLedger()

    def migration(self, name: str, *, lease: object = None) -> Partition:
        return self.partitions.setdefault(name, Partition(self.act))


def _told(before: Entry, after: Entry) -> str:
    """What an entry says that the one before it did not, in words."""
    words = []
    if after.fence != before.fence:
        words.append("no fence" if after.fence is None else f"fence of {after.fence.version}")
    if after.retirement != before.retirement:
        stage = "no" if after.retirement is None else after.retirement.stage.name
        words.append(f"{stage} retirement")
    if after.served != before.served:
        words.append(f"served {after.served}")
    return ", ".join(words)
