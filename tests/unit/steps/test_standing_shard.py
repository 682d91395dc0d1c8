"""What a shard that stands still hides: while one fails, another runs on; nothing moves, and the item is named.

The steps are the real ones, and so is the replicator; time passes in the steps' sleeps, in which Lambda delivers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from pulumi_dynamo_migrator.aws.ledger import Counters, FailingBatch, MigrationLedger
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.replicate.invocation import BatchFailedError, run
from pulumi_dynamo_migrator.replicate.ports import Registration
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.steps.drain import wait_drained
from pulumi_dynamo_migrator.steps.lag import wait_until_close_behind
from tests.fakes.books import Partition
from tests.fakes.conversions import ID, PLACED_ONLY, config_of, written
from tests.fakes.copying import JumpingClock
from tests.fakes.plans import fed
from tests.fakes.poller import Batch, Poller
from tests.fakes.shards import ShardedTable
from tests.fakes.tables import Calls, FakeLedger, FakeWorld, KilledError
from tests.unit.steps.test_hand_over import Migrating

BAD, GOOD = "1", "2"  # in two shards


@dataclass
class InvocationClock:
    """The steps' time, as an invocation sees it."""

    clock: JumpingClock

    def now(self) -> float:
        return self.clock.now()

    def remaining(self) -> float:
        return 60.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nothing here is busy for {seconds} s")


@dataclass
class LivePartition(Partition):
    """What a replicator that works has in the ledger."""

    ledger: FakeLedger = field(kw_only=True)

    def set_word(self, word: Word) -> Any:
        self.ledger.items["word"] = {"word": {"S": word.value}}
        return super().set_word(word)

    def registrations(self) -> tuple[Registration, ...]:
        found = {name: self.ledger.items[name] for name in self.ledger.sort_keys("reg")}
        return tuple(
            Registration(
                name.removeprefix("reg#"),
                started=float(item["started"]["N"]),
                oldest=float(item["oldest"]["N"]),
                records=int(item["records"]["N"]),
            )
            for name, item in found.items()
        )

    def failing(self) -> tuple[FailingBatch, ...]:
        found = {name: self.ledger.items[name] for name in sorted(self.ledger.sort_keys("failing"))}
        return tuple(
            FailingBatch(name, item["error"]["S"], at=float(item["at"]["N"]), records=int(item["records"]["N"]))
            for name, item in found.items()
        )

    def counters(self) -> Counters:
        counters = self.ledger.items.get("counters", {})
        return Counters(**{name: int(counters.get(name, {"N": "0"})["N"]) for name in ("records", "gaps")})


class TwoShards(Migrating):
    """A migration that is ready to be handed over, and its replicator; the good shard is written to all the time."""

    def __init__(self) -> None:
        super().__init__()
        self.replicator = FakeWorld.make(ID, ID, word=Word.NOTING)
        self.config = config_of(written(PLACED_ONLY, meeting=Meeting.SEPARATE))
        self.stream = ShardedTable(self.replicator.source.table, now=self.clock.now)
        self.stream.split(self.stream.shards[0])
        self.poller = Poller(self.stream)
        self.partition = LivePartition(self.act, Word.NOTING, ledger=self.replicator.ledger)
        (name,) = self.books.partitions
        self.books.partitions[name] = self.partition
        self.written = self.delivered = 0
        self.writes = True
        self.killed: set[str] = set()  # names whose next batch is killed
        self.clock.on_sleep = lambda _: self.turn()

    def write(self, name: str, a: int) -> None:
        self.stream.put({"id": {"S": name}, "a": {"N": str(a)}, "places": {"L": [{"S": "x"}]}})

    def turn(self) -> None:
        """A moment: one write to the good shard, one batch of each."""
        self.written += 1
        if self.writes:
            self.write(GOOD, self.written)
        for lane in self.poller.ready():
            self.deliver(self.poller.take(lane))

    def deliver(self, batch: Batch) -> None:
        self.delivered += 1
        calls = Calls()
        self.replicator.use(calls)
        name = batch.records[0]["dynamodb"]["Keys"]["id"]["S"]
        calls.plan({}, dies_before=3 if name in self.killed else None)
        self.killed.discard(name)
        try:
            run(
                batch.event,
                lambda: self.config,
                ports=self.replicator.ports,
                clock=InvocationClock(self.clock),
                invocation=f"i{self.delivered}",
                lanes=4,
            )
        except (BatchFailedError, KilledError):
            self.poller.failed(batch)
        else:
            self.poller.succeeded(batch)

    def holds_of(self, name: str) -> Any:
        item = self.replicator.target.table.get({"id": {"S": name}})
        return None if item is None else item["a"]["N"]

    def drain(self) -> None:
        site = self.site()
        wait_drained(site, cast(MigrationLedger, self.partition), guard=lambda: None, feed=fed(2))


def test_both_shards_run_and_it_is_handed_over() -> None:
    world = TwoShards()
    world.write(BAD, 1)
    world.hand_over()
    assert world.books.stored.served == 2
    assert world.holds_of(BAD) == "1"


def test_while_one_shard_stands_nothing_is_handed_over_and_the_item_is_named() -> None:
    world = TwoShards()
    world.write(BAD, -1)
    with pytest.raises(MigratorError, match=r'item \["S:1"\] of t-source cannot be copied: .*a is negative'):
        world.hand_over()
    assert world.books.stored.served == 1
    assert world.partition.said is Word.NOTING
    assert int(world.holds_of(GOOD)) >= world.written - 1, "the other shard ran on"
    assert world.holds_of(BAD) is None


def test_once_the_item_is_mended_it_goes_on() -> None:
    world = TwoShards()
    world.write(BAD, -1)
    world.after(200.0, lambda: world.write(BAD, 5))
    world.hand_over()
    assert world.books.stored.served == 2
    assert world.holds_of(BAD) == "5"
    assert not world.partition.failing()


def test_behind_a_fence_it_is_not_drained_either() -> None:
    world = TwoShards()
    world.writes = False
    world.write(BAD, -1)
    with pytest.raises(MigratorError, match=r'cannot apply a batch: item \["S:1"\] .*a is negative'):
        world.drain()


def test_an_invocation_that_was_killed_bars_the_hand_over_no_longer_than_it_could_have_worked() -> None:
    """Its records were old: the registration that it left for good says that the replicator is far behind."""
    world = TwoShards()
    world.write(BAD, 1)
    world.clock.time += 500.0
    world.killed = {BAD}
    world.turn()
    assert world.partition.registrations()
    before = world.clock.time
    wait_until_close_behind(world.site())
    assert 60.0 <= world.clock.time - before < 120.0
    assert world.partition.registrations()


def test_what_the_stream_dropped_unread_is_a_gap_though_what_is_left_arrives() -> None:
    """The mapping was off for longer than a stream keeps its records."""
    world = TwoShards()
    world.writes = False
    world.write(BAD, 1)
    world.clock.time += 4 * 3600.0
    world.write(BAD, 2)
    world.clock.time += 20.5 * 3600.0
    world.stream.trim()
    world.turn()
    assert [record["eventID"] for record in world.poller.lost] == ["e0"]
    assert world.holds_of(BAD) == "2"
    assert world.partition.counters().gaps == 1


def test_a_shard_that_is_far_behind_bars_the_hand_over() -> None:
    world = TwoShards()
    world.replicator.ledger.items["reg#slow"] = {
        "started": {"N": "1000"},
        "oldest": {"N": "500"},
        "records": {"N": "1"},
    }
    renewed = iter(range(10_000))

    def again() -> None:
        item = world.replicator.ledger.items.popitem()[1]
        world.replicator.ledger.items[f"reg#slow{next(renewed)}"] = item

    world.clock.on_sleep = lambda _: again()
    with pytest.raises(MigratorError, match="500 s behind the writers of orders"):
        wait_until_close_behind(world.site())
