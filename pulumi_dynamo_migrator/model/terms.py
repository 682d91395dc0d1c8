"""Until when a process may act under a lease, by both of a machine's clocks. A noun: it asks no clock itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """`until`: the time of day (epoch seconds) by which others judge the lease; `ends`: the same moment by the clock
    that only grows, which all processes of a machine share. It is over when either clock says so.
    """

    until: float
    ends: float

    def over(self, *, now: float, monotonic: float) -> bool:
        """Whether nothing may be sent any more."""
        return monotonic > self.ends or now > self.until


FOREVER = Terms(float("inf"), float("inf"))
"""Of whoever needs no lease."""
