"""Limits on read and write units per second, shared by all threads of a copy.

The price of a request is known only afterwards: the next one waits until the debt is paid. Never limits by guessing.
"""

from __future__ import annotations

import threading

from pulumi_dynamo_migrator.ports import Clock

GRACE = 0.001


class Pace:
    """A token bucket of one second's units; without a limit it never waits."""

    def __init__(self, units_per_second: float | None, *, clock: Clock) -> None:
        self._rate = units_per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._balance = units_per_second or 0.0
        self._at = clock.monotonic()

    def wait(self) -> None:
        """Wait until the debt is paid."""
        pause = self._debt()
        while pause > 0:
            self._clock.sleep(pause)
            pause = self._debt()

    def spend(self, units: float) -> None:
        """Note what a request cost."""
        if self._rate is not None:
            with self._lock:
                self._balance -= units

    def _debt(self) -> float:
        """Seconds until the balance is no longer negative."""
        if self._rate is None:
            return 0.0
        with self._lock:
            now = self._clock.monotonic()
            self._balance = min(self._rate, self._balance + (now - self._at) * self._rate)
            self._at = now
            debt = -self._balance / self._rate
            # A rest too small for a clock to show would be waited for in a busy loop.
            return debt if debt > GRACE else 0.0
