"""What the engine needs of the outside, as protocols: time and listeners. Nothing here does anything."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Time, as an argument."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def monotonic(self) -> float:
        """Seconds that only grow, those included in which the machine was asleep."""

    def sleep(self, seconds: float) -> None:
        """Wait."""
