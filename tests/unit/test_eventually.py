"""Waiting in tests, on a clock of the test's own."""

from __future__ import annotations

import pytest

from tests.eventually import eventually


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_an_assertion_that_becomes_true_gives_its_result() -> None:
    clock = Clock()

    def three_o_clock() -> float:
        assert clock.now >= 3
        return clock.now

    assert eventually(three_o_clock, within=5, every=1, clock=lambda: clock.now, sleep=clock.sleep) == 3


def test_an_assertion_that_stays_false_fails_with_its_own_message() -> None:
    clock = Clock()

    def never() -> None:
        raise AssertionError(f"still {clock.now:.0f}")

    with pytest.raises(AssertionError, match="still 5"):
        eventually(never, within=5, every=1, clock=lambda: clock.now, sleep=clock.sleep)


def test_another_exception_is_not_waited_for() -> None:
    clock = Clock()

    def broken() -> None:
        raise KeyError("a mistake in the test")

    with pytest.raises(KeyError):
        eventually(broken, within=5, every=1, clock=lambda: clock.now, sleep=clock.sleep)
    assert clock.now == 0
