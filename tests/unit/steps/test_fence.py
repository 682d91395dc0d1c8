"""A fence is recorded before it is put up, proved before it counts, renewed, missed when it lapsed, and lifted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.aws.ledger import StopRequest
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.lifecycle.tenure import (
    InterruptedMigrationError,
    LeaseGoneError,
    SpentError,
    StopRequestedError,
)
from pulumi_dynamo_migrator.model.history import Fence, Version
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.steps.fence import FenceHold, LapsedFenceError, LiftFence, fenced, thaw
from pulumi_dynamo_migrator.steps.step import Site
from tests.fakes.fencing import FAULT, START, FencedWorld
from tests.fakes.plans import NEW, asks, entry, situation, table, under_way

TIMING = Timing()
ONE, TWO = entry().versions[0], Version(2, "orders_V2", table_id="id-of-orders_V2", arn="arn:orders_V2")


@pytest.fixture
def world() -> FencedWorld:
    return FencedWorld(entry(versions=(ONE, TWO)), table(), table(name="orders_V2"))


def test_the_ledger_says_so_before_the_policy_does(world: FencedWorld) -> None:
    with fenced(world.site(), ONE):
        assert world.did[:2] == ["ledger fence of 1", "fence arn:orders"]
        assert world.books.stored.fence == Fence(1, START + TIMING.fence)
        assert world.policies.ends == {"arn:orders": START + TIMING.fence}


def test_it_is_lifted_at_the_end_and_struck_from_the_ledger(world: FencedWorld) -> None:
    with fenced(world.site(), ONE):
        pass
    assert world.did[-2:] == ["lift arn:orders", "ledger no fence"]
    assert world.policies.ends == {}


def test_one_that_is_kept_stays_for_good(world: FencedWorld) -> None:
    with fenced(world.site(), ONE) as hold:
        hold.keep()
    assert world.policies.ends == {"arn:orders": None}


def test_probes_must_be_denied_for_a_while_without_a_break(world: FencedWorld) -> None:
    world.policies.lag = 7.0
    world.after(20.0, lambda: pass_for(world, 2.0))
    with fenced(world.site(), ONE):
        assert world.clock.now() - START >= 22.0 + TIMING.fence_proof
        assert world.clock.now() - START < 24.0 + TIMING.fence_proof


def pass_for(world: FencedWorld, seconds: float) -> None:
    """Somewhere the policy is not known yet."""
    world.policies.enforced = False
    world.after(seconds, lambda: setattr(world.policies, "enforced", True))


def test_where_writes_are_never_denied_it_is_refused_and_the_policy_as_it_was(world: FencedWorld) -> None:
    world.policies.enforced = False
    with (
        pytest.raises(MigratorError, match="go on although its resource policy denies them"),
        fenced(world.site(), ONE),
    ):
        raise AssertionError("nothing is done behind no fence")
    assert TIMING.fence_patience <= world.clock.now() - START < TIMING.fence_patience + 5
    assert world.policies.ends == {}
    assert world.books.stored.fence is None


def test_credentials_that_may_not_delete_are_refused_before_anything(world: FencedWorld) -> None:
    world.items.forbidden = True
    with pytest.raises(MigratorError, match="may not delete items of orders"), fenced(world.site(), ONE):
        raise AssertionError
    assert not any(act.startswith(("fence", "ledger fence")) for act in world.did)


def test_a_fence_that_a_dead_process_left_is_taken_for_what_it_is(world: FencedWorld) -> None:
    world.policies.ends["arn:orders"] = START + 500.0
    world.policies.since["arn:orders"] = START - 500.0
    with fenced(world.site_in(fence=Fence(1, START + 500.0)), ONE):
        assert world.policies.ends["arn:orders"] == START + TIMING.fence


def up(world: FencedWorld, site: Site | None = None) -> FenceHold:
    """A fence in force; what was done for it is forgotten."""
    hold = FenceHold(site or world.site(), ONE, table())
    hold.put_up()
    world.did.clear()
    return hold


def test_whoever_works_behind_it_renews_it_and_not_too_often(world: FencedWorld) -> None:
    hold = up(world)
    hold.guard()
    assert world.did == []
    world.clock.time += TIMING.fence_renewal
    hold.guard()
    hold.guard()
    assert world.did == ["fence arn:orders"]
    assert world.policies.ends["arn:orders"] == world.clock.time + TIMING.fence


def test_it_is_renewed_while_it_is_proved(world: FencedWorld) -> None:
    world.policies.lag = 250.0
    up(world)
    assert world.policies.ends["arn:orders"] is not None
    assert world.policies.ends["arn:orders"] > START + TIMING.fence


def test_a_process_that_slept_for_too_long_notices_that_it_lapsed(world: FencedWorld) -> None:
    hold = up(world)
    world.clock.time += TIMING.fence
    with pytest.raises(LapsedFenceError, match="ended before it could be renewed"):
        hold.guard()
    assert world.did == []


def test_a_process_that_fell_asleep_in_the_middle_of_a_renewal_notices_it_too(world: FencedWorld) -> None:
    hold = up(world)
    world.clock.time = START + TIMING.fence - 20.0
    world.items.on_probe = lambda: setattr(world.clock, "time", world.clock.time + 19.0)
    real = world.policies.act

    def slow(what: str) -> None:
        world.clock.time += 1.0
        real(what)

    world.policies.act = slow
    with pytest.raises(LapsedFenceError, match="ended before it could be renewed"):
        hold.guard()


def test_somebody_who_takes_it_away_is_noticed_at_the_next_renewal_and_at_the_flip(world: FencedWorld) -> None:
    hold = up(world)
    world.policies.lift("arn:orders")
    hold.guard()
    with pytest.raises(LapsedFenceError, match="somebody changed its resource policy"):
        hold.flip_is_safe()
    world.clock.time += TIMING.fence_renewal
    with pytest.raises(LapsedFenceError, match="somebody changed its resource policy"):
        hold.guard()
    assert "fence arn:orders" not in world.did


def test_a_flip_is_safe_only_with_enough_of_it_left(world: FencedWorld) -> None:
    hold = up(world)
    hold.flip_is_safe()
    world.items.on_probe = lambda: setattr(world.clock, "time", world.clock.time + TIMING.fence - 989.0)
    with pytest.raises(LapsedFenceError, match="too short to move the outputs"):
        hold.flip_is_safe()


def test_whoever_may_not_go_on_does_not_renew(world: FencedWorld) -> None:
    hold = up(world)
    world.clock.time += TIMING.fence_renewal
    world.guard = interrupted
    with pytest.raises(InterruptedMigrationError):
        hold.guard()
    assert world.did == []


def interrupted() -> None:
    raise LeaseGoneError("the lease was lost")


ASKED = StopRequestedError(StopRequest("ann@desk", at=START))
ORPHAN = InterruptedMigrationError("the engine is gone")


@pytest.mark.parametrize(
    "error", [FAULT, LapsedFenceError("it lapsed"), SpentError("spent"), ASKED, ORPHAN, LookupError("a bug")], ids=repr
)
def test_a_failure_behind_it_undoes_and_lifts(world: FencedWorld, error: Exception) -> None:
    def fail() -> None:
        with fenced(world.site(), ONE, undo=lambda: world.act("undo")):
            raise error

    with pytest.raises(type(error)):
        fail()
    assert world.did[-3:] == ["undo", "lift arn:orders", "ledger no fence"]


def test_a_lost_lease_lifts_nothing(world: FencedWorld) -> None:
    with pytest.raises(LeaseGoneError), fenced(world.site(), ONE):
        interrupted()
    assert world.policies.ends == {"arn:orders": START + TIMING.fence}
    assert world.books.stored.fence is not None


def test_a_process_whose_lease_went_in_silence_lifts_nothing(world: FencedWorld) -> None:
    def fail() -> None:
        with fenced(world.site(), ONE):
            world.broken["ledger"] = MigratorError("the lease is somebody else's")
            raise FAULT

    with pytest.raises(MigratorError, match="AWS said no"):
        fail()
    assert "lift arn:orders" not in world.did


def flipping(world: FencedWorld) -> None:
    site = world.site()
    with fenced(site, ONE) as hold:
        site.record(served=2)
        hold.keep()


def test_a_flip_whose_answer_was_lost_leaves_the_fence(world: FencedWorld) -> None:
    world.books.loses = lambda written: written.served == 2
    with pytest.raises(MigratorError, match="no answer"):
        flipping(world)
    assert world.books.stored.served == 2
    assert "lift arn:orders" not in world.did


def test_a_flip_that_is_still_on_its_way_comes_too_late_once_the_fence_is_being_lifted(world: FencedWorld) -> None:
    world.books.delays = lambda written: written.served == 2
    real, refused = world.policies.act, list[str]()

    def arrive(what: str) -> None:
        real(what)
        if what == "lift arn:orders":
            with pytest.raises(MigratorError) as late:
                world.books.deliver()
            refused.append(late.value.what)

    world.policies.act = arrive
    with pytest.raises(MigratorError, match="no answer"):
        flipping(world)
    assert refused == ["the entry was changed by somebody else"]
    assert (world.books.stored.served, world.policies.ends) == (1, {})


def test_after_the_flip_nothing_lifts_it(world: FencedWorld) -> None:
    world.broken["fence arn:orders for good"] = FAULT
    with pytest.raises(MigratorError, match="AWS said no"):
        flipping(world)
    assert world.books.stored.served == 2
    assert "lift arn:orders" not in world.did


def test_a_lift_that_fails_is_told_beside_the_first_error(world: FencedWorld) -> None:
    world.broken["lift arn:orders"] = MigratorError("no permission")
    with (
        pytest.raises(MigratorError, match=r"AWS said no(.|\n)*lifting the fence failed as well: no permission"),
        fenced(world.site(), ONE),
    ):
        raise FAULT


def test_a_frozen_version_is_only_proved(world: FencedWorld) -> None:
    world.policies.fence("arn:orders", until=None)
    world.did.clear()
    with fenced(world.site(), replace(ONE, frozen=True)) as hold:
        world.clock.time += 10 * TIMING.fence
        hold.guard()
    assert world.did == []
    assert world.clock.now() - START >= TIMING.fence_proof


def test_a_frozen_version_that_somebody_made_writable_is_refused(world: FencedWorld) -> None:
    words = "go on although they were denied for good: somebody changed its resource policy"
    with pytest.raises(MigratorError, match=words), fenced(world.site(), replace(ONE, frozen=True)):
        raise AssertionError
    assert world.did == []


def test_a_table_that_changed_hands_is_not_fenced(world: FencedWorld) -> None:
    world.tables.seen["orders"] = table(table_id="another")
    with pytest.raises(MigratorError, match="is another one than the ledger's"), fenced(world.site(), ONE):
        raise AssertionError
    assert world.did == []


def test_a_fence_that_was_left_is_lifted_once(world: FencedWorld) -> None:
    site = world.site_in(fence=Fence(1, START))
    LiftFence(1, "orders").apply(site)
    LiftFence(1, "orders").apply(site)
    assert world.did == ["lift arn:orders", "ledger no fence"]


def test_the_lasting_fence_of_a_frozen_version_is_not_lifted(world: FencedWorld) -> None:
    LiftFence(1, "orders").apply(world.site_in(fence=Fence(1, START), versions=(replace(ONE, frozen=True), TWO)))
    assert world.did == ["ledger no fence"]


def test_a_version_that_is_gone_has_no_fence(world: FencedWorld) -> None:
    LiftFence(1, "orders").apply(world.site_in(fence=Fence(1, START), versions=(TWO,), served=2))
    assert world.did == ["ledger no fence"]


@pytest.mark.parametrize(("stage", "words"), [(Stage.FENCING, ["word tail"]), (Stage.FLIPPED, []), (Stage.NOTING, [])])
def test_the_replicator_works_again_where_a_cut_over_behind_the_fence_was_killed(
    stage: Stage, words: list[str]
) -> None:
    known = under_way(make_plan(asks(NEW), situation()), stage, fence=Fence(1, START))
    world = FencedWorld(known, table(), table(name="orders_V2"))
    LiftFence(1, "orders").apply(world.site())
    assert world.did == [*words, "lift arn:orders", "ledger no fence"]


def test_a_thaw_lifts_and_says_so(world: FencedWorld) -> None:
    thaw(world.site_in(versions=(replace(ONE, frozen=True), TWO)), 1)
    assert world.did == ["lift arn:orders", "ledger"]
    assert not world.books.stored.version(1).frozen


def test_a_fence_outlasts_whatever_was_signed_before_it_at_a_flip() -> None:
    timing = Timing()
    assert timing.fence_margin > timing.signature + timing.request
    assert timing.fence - timing.fence_renewal > timing.fence_margin
