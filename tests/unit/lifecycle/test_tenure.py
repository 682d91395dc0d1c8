"""When work must stop, and when it may go on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.aws.ledger import Lease as Held
from pulumi_dynamo_migrator.aws.ledger import LeaseLostError, StopRequest
from pulumi_dynamo_migrator.aws.ledger.owner import Owner
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.fleet.run import TICK
from pulumi_dynamo_migrator.lifecycle.guarded_clock import NAP, GuardedClock
from pulumi_dynamo_migrator.lifecycle.tenure import (
    InterruptedMigrationError,
    LeaseGoneError,
    SpentError,
    StopRequestedError,
    Tenure,
)
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock
from tests.eventually import eventually
from tests.fakes.copying import JumpingClock

QUIET = Timing(lease=60.0, heartbeat=3600.0)
BUSY = Timing(lease=60.0, heartbeat=0.001)

MINE = Held("orders-1", "token", 1, Owner("here", "eve", 7), since=0.0, beat=0.0, until=60.0)


class Lease:
    """Counts what is done with it; `renew` may be told to fail, and to bring a request."""

    def __init__(self, error: MigratorError | None = None) -> None:
        self.error, self.renewed, self.released = error, 0, 0
        self.asked: StopRequest | None = None
        self.clock: Clock = JumpingClock()

    def renew(self) -> Held:
        self.renewed += 1
        if self.error is not None:
            raise self.error
        now = self.clock.now()
        return replace(MINE, stop=self.asked, beat=now, until=now + QUIET.lease)

    def release(self) -> None:
        self.released += 1


def tenure(
    lease: Lease,
    clock: Clock,
    timing: Timing = QUIET,
    *,
    orphaned: Callable[[], bool] = lambda: False,
    wait_for: float | None = None,
) -> Tenure:
    lease.clock = clock
    mine = replace(MINE, since=clock.now(), beat=clock.now(), until=clock.now() + timing.lease)
    return Tenure(mine, lease.renew, lease.release, clock=clock, timing=timing, orphaned=orphaned, wait_for=wait_for)


def test_work_goes_on_while_the_lease_is_young() -> None:
    lease, clock = Lease(), JumpingClock()
    with tenure(lease, clock) as held:
        clock.sleep(59)
        held.guard()
    assert lease.released == 1


def test_a_lease_that_was_not_renewed_in_time_stops_the_work() -> None:
    clock = JumpingClock()
    with tenure(Lease(), clock) as held:
        clock.sleep(61)
        with pytest.raises(LeaseGoneError, match="could not be renewed in time"):
            held.guard()


class TwoClocks(JumpingClock):
    """A time of day that may be set; sleeping moves both clocks."""

    set_by: float = 0.0

    def now(self) -> float:
        return self.time + self.set_by


@pytest.mark.parametrize("set_by", [3600.0, -3600.0], ids=["forward", "back"])
def test_a_time_of_day_that_is_set_makes_no_lease_last_longer(set_by: float) -> None:
    """Others may have taken it over long ago, or may do so when the lease is over by their clocks."""
    clock = TwoClocks()
    with tenure(Lease(), clock) as held:
        clock.sleep(50)
        held.guard()
        clock.set_by = set_by
        clock.sleep(11)
        with pytest.raises(LeaseGoneError, match="could not be renewed in time"):
            held.guard()


@pytest.mark.parametrize("set_by", [3600.0, -3600.0], ids=["forward", "back"])
def test_after_the_time_of_day_was_set_a_heartbeat_lets_the_work_go_on(set_by: float) -> None:
    lease, clock = Lease(), TwoClocks()
    with tenure(lease, clock, BUSY) as held:
        clock.set_by = set_by
        beats = lease.renewed
        eventually(lambda: _more_than(lease, beats + 1), within=10)
        clock.sleep(59)
        held.guard()


def test_the_time_that_it_took_to_get_the_lease_counts() -> None:
    clock = TwoClocks()
    mine = replace(MINE, beat=clock.now(), until=clock.now() + QUIET.lease)
    clock.sleep(50)
    lease = Lease()
    held = Tenure(mine, lease.renew, lease.release, clock=clock, timing=QUIET, orphaned=lambda: False)
    clock.set_by = -3600.0
    clock.sleep(11)
    with pytest.raises(LeaseGoneError):
        held.guard()


def test_whoever_was_asked_to_stop_may_put_things_right_and_whoever_lost_the_lease_may_not() -> None:
    clock = JumpingClock()
    with tenure(Lease(), clock, wait_for=30) as held:
        clock.sleep(31)
        with pytest.raises(SpentError):
            held.guard()
        held.holds()
        clock.sleep(30)
        with pytest.raises(LeaseGoneError):
            held.holds()


def test_a_heartbeat_keeps_it_young() -> None:
    lease, clock = Lease(), JumpingClock()
    with tenure(lease, clock, BUSY) as held:
        clock.sleep(59)
        beats = lease.renewed
        eventually(lambda: _more_than(lease, beats + 1), within=10)
        clock.sleep(59)
        held.guard()


def _more_than(lease: Lease, beats: int) -> None:
    assert lease.renewed > beats


def _stops(held: Tenure) -> None:
    try:
        held.guard()
    except InterruptedMigrationError:
        return
    raise AssertionError("the work still goes on")


def test_a_lost_lease_stops_the_work_and_is_not_given_back() -> None:
    lease = Lease(LeaseLostError(MINE, None))
    with tenure(lease, JumpingClock(), BUSY) as held:
        eventually(lambda: _stops(held), within=10)
        with pytest.raises(LeaseGoneError, match="nobody holds it"):
            held.guard()
    assert lease.released == 0


def test_a_ledger_out_of_reach_for_a_moment_is_no_lost_lease() -> None:
    lease = Lease(MigratorError("no answer"))
    with tenure(lease, JumpingClock(), BUSY) as held:
        eventually(lambda: _more_than(lease, 3), within=10)
        held.guard()
    assert lease.released == 1


def test_a_renewal_that_failed_is_tried_again_sooner_than_a_heartbeat() -> None:
    """Else one failure after another could outlast the lease though AWS is back again."""
    lease = Lease(MigratorError("no answer"))
    with tenure(lease, JumpingClock(), Timing(lease=60.0, heartbeat=3.0)):
        eventually(lambda: _more_than(lease, 0), within=30)
        eventually(lambda: _more_than(lease, 5), within=13)  # five heartbeats are fifteen seconds


def test_a_ledger_out_of_reach_for_too_long_stops_the_work_and_is_named() -> None:
    lease, clock = Lease(MigratorError("no answer")), JumpingClock()
    with tenure(lease, clock, BUSY) as held:
        eventually(lambda: _more_than(lease, 1), within=10)
        clock.sleep(61)
        with pytest.raises(LeaseGoneError, match="could not be renewed in time: no answer"):
            held.guard()


def test_an_orphan_stops() -> None:
    gone = threading.Event()
    with tenure(Lease(), JumpingClock(), orphaned=gone.is_set) as held:
        held.guard()
        gone.set()
        with pytest.raises(InterruptedMigrationError, match="Pulumi's engine is gone") as raised:
            held.guard()
    assert not isinstance(raised.value, LeaseGoneError)


def test_a_stop_that_was_asked_for_is_heard_at_the_next_heartbeat() -> None:
    lease = Lease()
    with tenure(lease, JumpingClock(), BUSY) as held:
        held.guard()
        lease.asked = StopRequest("ann@desk", at=1_800_000_000.0, because="the flash sale begins")
        eventually(lambda: _stops(held), within=10)
        with pytest.raises(StopRequestedError) as raised:
            held.guard()
    assert raised.value.what == (
        "This run was asked to stop by ann@desk at 2027-01-15 08:00:00 UTC, because: the flash sale begins."
    )
    assert raised.value.now == "run `pulumi up` again; it continues."
    assert not isinstance(raised.value, LeaseGoneError)
    assert lease.released == 1


def test_while_it_stops_the_lease_is_kept_alive() -> None:
    lease, clock = Lease(), JumpingClock()
    lease.asked = StopRequest("ann@desk", at=0.0)
    with tenure(lease, clock, BUSY) as held:
        eventually(lambda: _stops(held), within=10)
        beats = lease.renewed
        eventually(lambda: _more_than(lease, beats + 1), within=10)


def test_a_lost_lease_goes_before_what_it_was_asked() -> None:
    lease = Lease()
    lease.asked = StopRequest("ann@desk", at=0.0)
    with tenure(lease, JumpingClock(), BUSY) as held:
        eventually(lambda: _stops(held), within=10)
        lease.error = LeaseLostError(MINE, None)
        eventually(lambda: _is_gone(held), within=10)
    assert lease.released == 0


def _is_gone(held: Tenure) -> None:
    try:
        held.guard()
    except LeaseGoneError:
        return
    except InterruptedMigrationError as error:
        raise AssertionError("not yet") from error


def test_a_spent_budget_stops_and_is_told_apart() -> None:
    clock = JumpingClock()
    with tenure(Lease(), clock, wait_for=30) as held:
        clock.sleep(30)
        held.guard()
        clock.sleep(1)
        with pytest.raises(SpentError, match="wait_for"):
            held.guard()


def test_a_failure_inside_gives_the_lease_back() -> None:
    lease = Lease()
    with pytest.raises(ZeroDivisionError), tenure(lease, JumpingClock()):
        raise ZeroDivisionError
    assert lease.released == 1


def test_a_guarded_clock_asks_before_and_after_each_sleep_and_every_half_second_of_it() -> None:
    asked: list[float] = []
    clock = JumpingClock(start=0.0)
    guarded = GuardedClock(clock, lambda: asked.append(clock.time))
    guarded.sleep(1.75)
    assert asked == [0.0, 0.5, 1.0, 1.5, 1.75]
    assert (guarded.now(), guarded.monotonic()) == (1.75, 1.75)


@pytest.mark.parametrize("reason", ["stop", "engine", "wait_for"])
def test_whatever_stops_the_work_ends_a_pause_of_ten_seconds_within_one(reason: str) -> None:
    """A retry's longest pause, and a wait for a limit of units, sleep by this clock."""
    clock, gone, lease = JumpingClock(), threading.Event(), Lease()
    with tenure(lease, clock, BUSY, orphaned=gone.is_set, wait_for=2 if reason == "wait_for" else None) as held:

        def at_two(_nap: float) -> None:
            if clock.time < begun + 2:
                return
            if reason == "engine":
                gone.set()
            elif reason == "stop":
                lease.asked = StopRequest("ann@desk", at=0.0)
                eventually(lambda: _stops(held), within=10)

        begun = clock.time
        clock.on_sleep = at_two
        with pytest.raises(InterruptedMigrationError):
            GuardedClock(clock, held.guard).sleep(10)
        assert clock.time <= begun + 3


def test_what_a_stop_request_waits_for_is_less_than_five_seconds() -> None:
    """The heartbeat that hears of it, a sleep that looks up, and what a parent's look at its workers takes."""
    assert Timing().heartbeat + NAP + TICK < 5


def test_a_guarded_clock_does_not_sleep_when_it_may_not() -> None:
    def refuse() -> None:
        raise InterruptedMigrationError("stop")

    clock = JumpingClock(start=0.0)
    with pytest.raises(InterruptedMigrationError):
        GuardedClock(clock, refuse).sleep(5)
    assert clock.time == 0.0
