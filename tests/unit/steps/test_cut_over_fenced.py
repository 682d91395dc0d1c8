"""A fenced cut-over: denied, drained, stopped, compared, flipped; what fails before the flip leaves all as it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from pulumi_dynamo_migrator.aws.ledger.partition import FailedItem
from pulumi_dynamo_migrator.conversion.keys import KeySchema
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.lifecycle.tenure import InterruptedMigrationError, LeaseGoneError, SpentError
from pulumi_dynamo_migrator.model.history import Entry, Fence
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.model.spec import Options, Spec
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.replicate.ports import Registration
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.steps.cut_over_fenced import CutOverFenced, Freeze
from pulumi_dynamo_migrator.steps.fence import LapsedFenceError
from tests.fakes.fencing import FAULT, START, FencedWorld
from tests.fakes.items import FakeTable
from tests.fakes.plans import ELSEWHERE, NEW, asks, begun, situation, table, under_way

FENCED = Options(fence=True, segments=1, workers=1)
ITEMS = [{"id": {"S": f"k{n}"}, "country": {"S": f"c{n}"}} for n in range(5)]
CUT = CutOverFenced("orders", "orders_V2", 2)
DONE = [
    "ledger",
    "word tail",
    "ledger fence of 1",
    "fence arn:orders",
    "word stop",
    "ledger",
    "ledger served 2",
    "fence arn:orders for good",
    "ledger no fence",
]


class Migrating(FencedWorld):
    """A migration that was verified; both tables hold the items."""

    def __init__(self, spec: Spec, *, stage: Stage = Stage.VERIFIED, items: Iterable[Any] = ITEMS) -> None:
        plan = make_plan(spec, situation())
        super().__init__(under_way(plan, stage), table(), table(spec.structure, name="orders_V2"))
        kept = list(items)
        names = spec.structure.keys
        self.spec = spec
        self.old: FakeTable = self.holds("orders", KeySchema(("id",), ("S",)), kept)
        self.new: FakeTable = self.holds("orders_V2", KeySchema(names, ("S",) * len(names)), kept)
        self.partition = self.books.migration(begun(plan).id)

    def cut(self) -> None:
        """Cut over."""
        CUT.apply(self.site(self.spec))


@pytest.fixture
def world() -> Migrating:
    return Migrating(asks(NEW, options=FENCED))


def test_the_outputs_move_last_and_writes_stay_denied(world: Migrating) -> None:
    world.cut()
    assert world.did == DONE
    stored = world.books.stored
    assert (stored.served, stored.fence, stored.version(1).frozen) == (2, None, True)
    assert stored.migration is not None
    assert (stored.migration.stage, stored.migration.items) == (Stage.FLIPPED, 5)
    assert stored.migration.flipped_at is not None
    assert stored.moved_from == 1
    assert world.policies.ends == {"arn:orders": None}
    assert world.partition.said is Word.STOP


def test_a_replicator_that_was_left_with_another_word_tails_first(world: Migrating) -> None:
    world.partition.said = Word.LATE
    world.cut()
    assert [act for act in world.did if act.startswith("word")] == ["word tail", "word stop"]


@pytest.mark.parametrize("moment", [31.0, 59.0])
def test_a_write_of_the_replicator_that_may_land_late_is_waited_for_behind_the_fence(
    world: Migrating, moment: float
) -> None:
    """What a time to live removes goes on coming: landing after the flip, it would take what was made anew there."""

    def unanswered() -> None:
        world.partition.counted = replace(world.partition.counted, unsure=1)

    world.after(moment, unanswered)
    world.cut()
    migration = world.books.stored.migration
    assert migration is not None
    assert migration.flipped_at is not None
    assert migration.flipped_at >= START + moment + world.timing.outcome


def test_what_an_earlier_owner_may_have_on_its_way_is_waited_for_before_the_fence(world: Migrating) -> None:
    """It was repairing behind its own fence: its last request would bring back what the served table has deleted."""
    CUT.apply(world.site(world.spec, settles=START + 900.0))
    migration = world.books.stored.migration
    assert migration is not None
    assert migration.flipped_at is not None
    assert START + 950.0 < migration.flipped_at < START + 1100.0
    assert world.policies.since["arn:orders"] >= START + 900.0


def as_it_was(world: Migrating) -> None:
    """Served as before, writable, and the replicator at work."""
    stored = world.books.stored
    assert (stored.served, stored.fence, stored.version(1).frozen) == (1, None, False)
    assert world.policies.ends == {}
    assert world.partition.said is Word.TAIL


@pytest.mark.parametrize("act", ["fence arn:orders", "word stop"])
def test_a_failure_before_the_flip_lifts_and_brings_tail_back(world: Migrating, act: str) -> None:
    world.broken[act] = FAULT
    with pytest.raises(MigratorError, match="AWS said no"):
        world.cut()
    as_it_was(world)


def test_a_difference_is_found_behind_the_fence_and_nothing_moves(world: Migrating) -> None:
    world.new.delete(ITEMS[0])
    with pytest.raises(MigratorError, match=r"differs from orders in 1 item(.|\n)*writes are allowed again"):
        world.cut()
    as_it_was(world)


def test_items_that_may_meet_are_repaired_behind_the_fence(world: Migrating) -> None:
    meeting = Migrating(asks(ELSEWHERE, options=FENCED))
    meeting.new.put({**ITEMS[0], "stale": {"BOOL": True}})
    meeting.new.put({"country": {"S": "nobody"}})
    meeting.cut()
    assert sorted(meeting.new.all(), key=str) == sorted(ITEMS, key=str)
    assert meeting.books.stored.served == 2


def test_two_items_that_share_a_key_stop_it(world: Migrating) -> None:
    meeting = Migrating(asks(ELSEWHERE, options=FENCED))
    meeting.old.put({"id": {"S": "twin"}, "country": {"S": "c1"}})
    with pytest.raises(MigratorError, match="collision"):
        meeting.cut()
    as_it_was(meeting)


def test_an_item_that_was_left_behind_stops_it_before_anything(world: Migrating) -> None:
    world.partition.failed_items.append(FailedItem("S:x", "no country", START, "backfill", None))
    with pytest.raises(MigratorError, match="could not be moved"):
        world.cut()
    assert world.did == []


def test_an_item_that_could_not_be_moved_just_before_the_fence_stops_it(world: Migrating) -> None:
    def write_it(operation: str) -> None:
        if operation == "Scan" and not world.partition.failed_items:
            world.partition.failed_items.append(FailedItem('["S:x"]', "no country", START, "replicator", None))

    world.items.before = write_it
    with pytest.raises(MigratorError, match="could not be moved"):
        world.cut()
    as_it_was(world)


def test_a_fence_that_lapses_while_it_compares_moves_nothing(world: Migrating) -> None:
    def sleep(operation: str) -> None:
        if operation == "Scan":
            world.clock.time += 1800.0

    world.items.before = sleep
    with pytest.raises(LapsedFenceError):
        world.cut()
    as_it_was(world)


def test_who_falls_asleep_between_the_last_look_and_the_flip_moves_nothing(world: Migrating) -> None:
    """Guards against a flip that was signed after the sleep: nothing else would refuse it."""

    def sleep(written: Entry) -> None:
        if written.served == 2:
            world.clock.time += 1800.0

    world.books.before = sleep
    with pytest.raises(LapsedFenceError, match="too short to move the outputs"):
        world.cut()
    as_it_was(world)


def test_a_write_that_came_in_although_it_was_denied_moves_nothing(world: Migrating) -> None:
    """The source still changes between the looks: somebody is not kept out."""
    world.new.delete(ITEMS[0])
    moves = iter(range(1000))

    def write(operation: str) -> None:
        if operation in ("GetItem", "BatchGetItem"):
            world.old.put({**ITEMS[0], "n": {"N": str(next(moves))}})

    world.items.before = write
    with pytest.raises(MigratorError, match="changed although writes to it were denied"):
        world.cut()
    as_it_was(world)


def test_a_fence_that_somebody_took_away_moves_nothing(world: Migrating) -> None:
    def take_away(operation: str) -> None:
        if operation == "Scan":
            world.policies.ends.clear()

    world.items.before = take_away
    with pytest.raises(LapsedFenceError, match="somebody changed its resource policy"):
        world.cut()
    as_it_was(world)


def test_an_unknown_outcome_of_the_flip_never_lifts(world: Migrating) -> None:
    world.books.loses = lambda written: written.served == 2
    with pytest.raises(MigratorError, match="no answer"):
        world.cut()
    assert "lift arn:orders" not in world.did
    assert world.partition.said is Word.STOP
    assert world.books.stored.served == 2


def test_a_failure_right_after_the_flip_lifts_nothing_either(world: Migrating) -> None:
    world.broken["fence arn:orders for good"] = FAULT
    with pytest.raises(MigratorError, match="AWS said no"):
        world.cut()
    assert "lift arn:orders" not in world.did
    assert world.partition.said is Word.STOP
    assert world.books.stored.fence is not None


@pytest.mark.parametrize(
    ("error", "lifted"),
    [
        (LeaseGoneError("lost"), False),
        (InterruptedMigrationError("the engine is gone"), True),
        (SpentError("spent"), True),
    ],
)
def test_an_interruption_lifts_it_but_a_lost_lease_does_not(world: Migrating, error: Exception, lifted: bool) -> None:
    def stop() -> None:
        raise error

    world.after(40.0, lambda: setattr(world, "guard", stop))
    with pytest.raises(type(error)):
        world.cut()
    assert (world.books.stored.fence is None) is lifted
    assert (world.policies.ends == {}) is lifted


def test_the_end_of_its_time_lifts_although_an_invocation_is_at_work(world: Migrating) -> None:
    """Guards against an undo that waits for the replicator, and may not: the table would be denied for half an hour."""

    def stop() -> None:
        raise SpentError("spent")

    def at_work() -> None:
        world.partition.working, world.guard = (Registration("one", START, START, 7),), stop

    world.after(40.0, at_work)
    with pytest.raises(SpentError):
        world.cut()
    as_it_was(world)


def test_after_it_writes_stay_denied_and_the_replicator_goes(world: Migrating) -> None:
    world.cut()
    world.did.clear()
    assert world.books.stored.migration is not None
    Freeze("orders", world.books.stored.migration.objects.function).apply(world.site())
    function = world.books.stored.migration.objects.function
    assert world.did == [
        "fence arn:orders for good",
        "disable uuid",
        "disconnect uuid",
        f"remove function {function}",
        f"remove {function}",
        f"remove {function}",
        "ledger",
    ]
    assert world.books.stored.migration.ended_at is not None


def test_a_process_that_died_right_after_the_flip_is_made_good(world: Migrating) -> None:
    world.broken["fence arn:orders for good"] = FAULT
    with pytest.raises(MigratorError):
        world.cut()
    world.broken.clear()
    world.clock.time += 3600.0
    Freeze("orders", "f").apply(world.site())
    assert world.policies.ends == {"arn:orders": None}
    assert world.books.stored.fence is None


def test_it_goes_on_from_a_fence_that_a_dead_process_left(world: Migrating) -> None:
    assert world.books.stored.migration is not None
    fencing = replace(world.books.stored.migration, stage=Stage.FENCING)
    world.books.stored = replace(world.books.stored, migration=fencing, fence=Fence(1, START + 60.0))
    world.policies.ends["arn:orders"], world.policies.since["arn:orders"] = START + 60.0, START
    world.partition.said = Word.STOP
    world.cut()
    assert world.books.stored.served == 2
