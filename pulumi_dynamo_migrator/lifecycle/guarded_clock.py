"""A clock that looks up while it waits. Knows nothing of leases: a guard raises when the work may not go on."""

from __future__ import annotations

from collections.abc import Callable

from pulumi_dynamo_migrator.ports import Clock

NAP = 0.5
"""The longest that a sleep goes on without asking: who waits for AWS, for a throttled table or for a limit of units
hears of a reason to stop that soon."""


class GuardedClock:
    """A clock whose sleep asks the guard first, after, and every `NAP` seconds: a wait of hours can be stopped."""

    def __init__(self, clock: Clock, guard: Callable[[], None]) -> None:
        self._clock, self._guard = clock, guard

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait, as long as this process may go on."""
        self._guard()
        until = self._clock.monotonic() + seconds
        left = seconds
        while left > 0:
            self._clock.sleep(min(left, NAP))
            self._guard()
            left = until - self._clock.monotonic()
