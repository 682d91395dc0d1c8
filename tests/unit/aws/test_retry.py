"""Attempts: how long, how often, and never without asking the guard."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_dynamo_migrator.aws.retry import Patience, Retry
from pulumi_dynamo_migrator.aws.wire_faults import WireError, WireFault
from tests.fakes.copying import JumpingClock


def error(kind: WireFault) -> WireError:
    return WireError("Code", "message", status=400, kind=kind)


class Attempts:
    """Fails as it is told, then answers."""

    def __init__(self, *failures: WireFault) -> None:
        self.failures = list(failures)
        self.count = 0
        self.told: list[float] = []

    def __call__(self, at: float) -> str:
        self.told.append(at)
        self.count += 1
        if self.failures:
            raise error(self.failures.pop(0))
        return "answer"


class LostError(Exception):
    pass


def retry_of(
    clock: JumpingClock, *, guard: Callable[[], None] = lambda: None, patience: Patience | None = None
) -> Retry:
    return Retry(clock, random=lambda: 1.0, guard=guard, patience=patience)


def test_what_passes_is_tried_again_until_it_is_answered() -> None:
    attempts = Attempts(WireFault.THROTTLED, WireFault.TRANSIENT, WireFault.STALE)
    assert retry_of(JumpingClock()).run(attempts) == "answer"
    assert attempts.count == 4


@pytest.mark.parametrize(
    "kind", [WireFault.REJECTED, WireFault.DENIED, WireFault.GONE, WireFault.CONDITION, WireFault.OTHER]
)
def test_what_cannot_succeed_later_is_tried_once(kind: WireFault) -> None:
    attempts = Attempts(kind)
    with pytest.raises(WireError):
        retry_of(JumpingClock()).run(attempts)
    assert attempts.count == 1


def test_pauses_grow_up_to_the_cap() -> None:
    clock = JumpingClock()
    pauses: list[float] = []
    clock.on_sleep = pauses.append
    patience = Patience(base=1, cap=5, throttled=100)
    retry_of(clock, patience=patience).run(Attempts(*[WireFault.THROTTLED] * 5))
    assert pauses == [2, 4, 5, 5, 5]


def test_a_budget_that_is_spent_ends_it_with_the_last_error() -> None:
    clock = JumpingClock()
    patience = Patience(base=1, cap=1, throttled=10, failing=3)
    attempts = Attempts(*[WireFault.TRANSIENT] * 100)
    with pytest.raises(WireError):
        retry_of(clock, patience=patience).run(attempts)
    assert 4 <= attempts.count <= 6


def test_the_guard_is_asked_before_every_attempt_and_after_every_pause() -> None:
    clock = JumpingClock()
    attempts = Attempts(*[WireFault.THROTTLED] * 10)
    started = clock.now()

    def guard() -> None:
        if clock.now() > started:
            raise LostError

    with pytest.raises(LostError):
        retry_of(clock, guard=guard).run(attempts)
    assert attempts.count == 1


def test_an_attempt_is_told_when_the_guard_was_asked_however_long_that_took() -> None:
    """It is signed with that time: AWS refuses what slept before, in or after the question."""
    clock = JumpingClock(start=100.0)
    attempts = Attempts(WireFault.TRANSIENT)
    patience = Patience(base=1, cap=1)
    retry_of(clock, guard=lambda: clock.sleep(100.0), patience=patience).run(attempts)
    assert attempts.told == [100.0, 201.0]


def test_the_time_of_the_last_unknown_outcome_is_kept() -> None:
    clock = JumpingClock()
    retry = retry_of(clock)
    retry.run(Attempts(WireFault.THROTTLED))
    assert retry.last_unknown is None
    at = clock.now()
    retry.run(Attempts(WireFault.TRANSIENT))
    assert retry.last_unknown == at
