"""A hand-over moves the outputs only on a proof that still holds, and while the replicator listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.aws.ledger.partition import Counters
from pulumi_dynamo_migrator.aws.mappings import MappingState
from pulumi_dynamo_migrator.conversion.keys import KeySchema
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.model.spec import Options
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.replicate.ports import Registration
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.steps.hand_over import HandOver
from pulumi_dynamo_migrator.steps.verify import Verify
from tests.fakes.fencing import START, FencedWorld
from tests.fakes.items import FakeTable
from tests.fakes.plans import NEW, asks, begun, situation, table, under_way

ITEMS = [{"id": {"S": f"k{n}"}, "country": {"S": f"c{n}"}} for n in range(5)]
HOUR = 3600.0


class Migrating(FencedWorld):
    """A migration at a stage, compared some hours ago; both tables hold the items."""

    def __init__(self, stage: Stage = Stage.VERIFIED, *, hours: float | None = 0.0) -> None:
        plan = make_plan(asks(NEW), situation())
        known = under_way(plan, stage)
        assert known.migration is not None
        at = None if hours is None else START - hours * HOUR
        migration = replace(known.migration, verified_at=at)
        super().__init__(replace(known, migration=migration), table(), table(NEW, name="orders_V2"))
        self.old: FakeTable = self.holds("orders", KeySchema(("id",), ("S",)), ITEMS)
        self.new: FakeTable = self.holds("orders_V2", KeySchema(NEW.keys, ("S", "S")), ITEMS)
        self.partition = self.books.migration(begun(plan).id)
        self.partition.said = Word.NOTING

    def hand_over(self) -> None:
        """Hand over."""
        HandOver("orders", "orders_V2", 2).apply(self.site())

    @property
    def words(self) -> list[str]:
        return [act.removeprefix("word ") for act in self.did if act.startswith("word")]

    @property
    def stage(self) -> Stage | None:
        migration = self.books.stored.migration
        return None if migration is None else migration.stage


@pytest.mark.parametrize("stage", [Stage.VERIFIED, Stage.NOTING])
@pytest.mark.parametrize("hours", [0.0, 20.0 - 0.1])
def test_a_fresh_proof_is_enough(stage: Stage, hours: float) -> None:
    world = Migrating(stage, hours=hours)
    world.hand_over()
    assert world.words == ["noting", "late"]
    assert (world.books.stored.served, world.stage) == (2, Stage.LATE)


@pytest.mark.parametrize("stage", [Stage.VERIFIED, Stage.NOTING])
@pytest.mark.parametrize("hours", [20.0 + 0.1, 72.0, -1.0, None], ids=str)
def test_an_old_proof_is_renewed_first(stage: Stage, hours: float | None) -> None:
    """A replicator that nothing invoked for days leaves no trace but what is missing; a clock may have jumped."""
    world = Migrating(stage, hours=hours)
    world.hand_over()
    assert world.words == ["noting", "noting", "late"]
    migration = world.books.stored.migration
    assert migration is not None
    assert migration.verified_at is not None
    assert migration.verified_at >= START
    assert world.books.stored.served == 2


def test_what_went_missing_meanwhile_is_found_and_nothing_moves() -> None:
    world = Migrating(Stage.NOTING, hours=72.0)
    world.new.delete(ITEMS[3])
    with pytest.raises(MigratorError, match=r"differs from orders in 1 item\(s\).*k3"):
        world.hand_over()
    assert (world.books.stored.served, world.stage) == (1, Stage.VERIFYING)
    assert world.partition.said is Word.NOTING


def test_both_tables_are_compared_once_noting_is_in_force_and_what_came_before_it_has_come_again() -> None:
    world = Migrating(Stage.VERIFYING, hours=None)
    world.partition.said = Word.TAIL
    (verify,) = [step for step in make_plan(asks(NEW), situation()).steps if isinstance(step, Verify)]
    verify.apply(world.site())
    assert world.words == ["noting"]
    migration = world.books.stored.migration
    assert migration is not None
    assert migration.verified_at is not None
    assert migration.verified_at >= START + migration.function_timeout


@pytest.mark.parametrize("fence", [True, False], ids=["behind a fence", "held"])
def test_a_comparison_that_no_hand_over_follows_leaves_the_word_as_it_is(fence: bool) -> None:
    plan = make_plan(asks(NEW, options=Options(fence=fence), serve=None if fence else 1), situation())
    (verify,) = [step for step in plan.steps if isinstance(step, Verify)]
    assert not verify.noting


@pytest.mark.parametrize("word", [Word.OPEN, Word.TAIL])
def test_what_was_compared_under_another_word_is_compared_again(word: Word) -> None:
    """Under `tail` an invocation that Lambda has given up writes its old batch over what was compared."""
    world = Migrating()
    world.partition.said = word
    world.new.put({**ITEMS[3], "stale": {"S": "written too late"}})
    with pytest.raises(MigratorError, match=r"differs from orders in 1 item\(s\).*k3"):
        world.hand_over()
    assert (world.books.stored.served, world.partition.said) == (1, Word.NOTING)
    world.new.put(ITEMS[3])
    world.hand_over()
    assert world.books.stored.served == 2


def test_after_a_gap_what_is_missing_is_repaired_and_the_gap_is_none_any_more() -> None:
    world = Migrating(Stage.NOTING)
    world.partition.counted = Counters(gaps=2)
    world.new.delete(ITEMS[3])
    world.new.put({"id": {"S": "gone"}, "country": {"S": "c"}})
    world.hand_over()
    assert sorted(world.new.all(), key=str) == ITEMS
    assert world.partition.counted.gaps == 0
    assert world.books.stored.served == 2


def test_after_a_write_that_got_no_answer_both_tables_are_compared_again_and_put_right() -> None:
    """It may land late, over a newer one, also when it was sent just before the comparison."""
    world = Migrating(Stage.NOTING)
    world.partition.counted = Counters(unsure=3)
    assert world.books.stored.migration is not None
    sent = world.books.stored.migration.function_timeout  # all that `tail` applied has come again
    world.after(sent + world.timing.outcome - 1.0, lambda: world.new.put({**ITEMS[3], "stale": {"S": "landed late"}}))
    world.hand_over()
    assert sorted(world.new.all(), key=str) == ITEMS
    assert world.partition.counted.unsure == 0
    assert world.books.stored.served == 2


def test_what_an_earlier_owner_may_have_on_its_way_is_waited_for_before_both_tables_are_compared() -> None:
    """It was repairing, and is asleep: what it has signed is taken for minutes, and brings back what is gone since."""
    world = Migrating(Stage.VERIFYING, hours=None)
    world.after(800.0, lambda: world.new.put({"id": {"S": "gone"}, "country": {"S": "c"}}))
    Verify("orders", "orders_V2", repair=True, noting=True).apply(world.site(settles=START + 900.0))
    assert sorted(world.new.all(), key=str) == ITEMS
    assert world.clock.now() > START + 900.0


def test_a_write_that_got_no_answer_while_it_was_waited_for_another_is_not_made_up_for() -> None:
    world = Migrating(Stage.VERIFYING, hours=None)
    world.partition.counted = Counters(unsure=1)

    def one_more() -> None:
        world.partition.counted = Counters(unsure=2)

    world.after(world.timing.outcome + 30.0, one_more)
    Verify("orders", "orders_V2", noting=True).apply(world.site())
    assert world.partition.counted.unsure == 2


def later(world: Migrating, change: Callable[[], None]) -> None:
    """Change something while the hand-over waits in late mode."""

    def when_late() -> None:
        if world.partition.said is Word.LATE:
            change()

    world.guard = when_late


def test_a_gap_that_comes_up_while_it_waits_moves_nothing() -> None:
    world = Migrating()

    def gap() -> None:
        world.partition.counted = Counters(gaps=1)

    later(world, gap)
    with pytest.raises(MigratorError, match="was not handed over: 1 batch"):
        world.hand_over()
    assert (world.books.stored.served, world.stage) == (1, Stage.NOTING)
    world.guard = lambda: None
    world.hand_over()
    assert world.books.stored.served == 2


def test_a_process_that_slept_through_the_wait_moves_nothing() -> None:
    world = Migrating()
    asleep = iter([21 * HOUR])

    def sleep() -> None:
        world.clock.time += next(asleep, 0.0)

    later(world, sleep)
    with pytest.raises(MigratorError, match="compared more than 20 h ago"):
        world.hand_over()
    assert world.books.stored.served == 1


@pytest.mark.parametrize("state", [MappingState.DISABLED, MappingState.DISABLING, None])
@pytest.mark.parametrize("waiting", [False, True], ids=["before", "while it waits"])
def test_a_replicator_that_nothing_invokes_is_no_ground_for_a_hand_over(
    state: MappingState | None, waiting: bool
) -> None:
    """Its tables agree as long as nobody writes; afterwards every late write would be lost without a word."""
    world = Migrating()

    def switch_off() -> None:
        world.helpers.mapping = state

    if waiting:
        later(world, switch_off)
    else:
        switch_off()
    with pytest.raises(MigratorError, match=r"event source mapping of .* is (gone|Disabl)") as refused:
        world.hand_over()
    assert refused.value.now.startswith("nothing was handed over")
    assert world.books.stored.served == 1
    assert world.words == (["noting", "late"] if waiting else [])


def test_a_lagging_replicator_is_waited_for() -> None:
    world = Migrating()
    behind = iter([50.0] * 20)

    def lag() -> None:
        now = world.clock.now()
        world.partition.working = (Registration("i", now, now - next(behind, 0.0), 100),)

    later(world, lag)
    world.hand_over()
    assert next(behind, None) is None
    assert world.books.stored.served == 2
