"""Limits of units per second."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.backfill.pace import Pace
from tests.fakes.copying import JumpingClock


def test_without_a_limit_nothing_waits() -> None:
    clock = JumpingClock()
    pace = Pace(None, clock=clock)
    for _ in range(100):
        pace.wait()
        pace.spend(1_000_000)
    assert clock.time == JumpingClock().time


def test_over_time_no_more_is_spent_than_the_limit_and_one_seconds_reserve() -> None:
    clock = JumpingClock()
    begun = clock.time
    pace = Pace(100, clock=clock)
    for _ in range(50):
        pace.wait()
        pace.spend(25)
    assert clock.time - begun == pytest.approx((50 * 25 - 100) / 100, abs=0.3)


def test_one_expensive_request_is_paid_for_before_the_next() -> None:
    clock = JumpingClock()
    begun = clock.time
    pace = Pace(10, clock=clock)
    pace.spend(110)
    pace.wait()
    assert clock.time - begun == pytest.approx(10, abs=0.1)
