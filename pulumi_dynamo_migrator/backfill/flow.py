"""Units per second as plain arithmetic: a balance that may be owed, a rate that was measured, a pace that is found.

Every function is told what time it is. Nothing here waits, and nothing knows DynamoDB.
"""

from __future__ import annotations

from collections import deque

RESERVE = 0.25
"""Seconds' worth of units that may be saved up: enough for a worker that was late, too little for a burst."""
WINDOW, WINDOWS = 1.0, 4
DOWN = 0.9
"""Of the best that went through in the last four seconds. Not of the pace itself: where requests are refused however
few there are (the application takes all that the table has), it would go down, and down again, to nothing."""
UP, STEP = 0.05, 0.5
"""A pace grows every second by so much of itself and so many units: twice as fast after 14 s, ten times after 47 s."""
SLOWEST = 0.25
HOLD = 0.5
"""Seconds after a step down in which another throttling counts as the same: its requests were on their way already."""
LEARN = 0.5


class Balance:
    """Units at so many a second; what was spent beyond is owed, and paid by waiting."""

    def __init__(self, rate: float, *, now: float) -> None:
        self.rate = rate
        self._units = 0.0
        self._at = now

    def debt(self, now: float) -> float:
        """Seconds until nothing is owed."""
        self._units = min(self.rate * RESERVE, self._units + (now - self._at) * self.rate)
        self._at = now
        return -self._units / self.rate

    def book(self, units: float) -> None:
        """Spend; less than nothing gives back."""
        self._units -= units

    def change(self, rate: float, *, now: float) -> None:
        """From now on so many a second."""
        self.debt(now)
        self.rate = rate


class Flow:
    """How many units a second went through, at best, in the last windows."""

    def __init__(self, *, now: float) -> None:
        self._since = now
        self._units = 0.0
        self._best: deque[float] = deque(maxlen=WINDOWS)

    def add(self, units: float, *, now: float) -> None:
        """Count them."""
        if now - self._since >= WINDOW:
            self._best.append(self._units / (now - self._since))
            self._since, self._units = now, 0.0
        self._units += units

    def rate(self, now: float) -> float:
        """Units a second."""
        if self._best:
            return max(self._best)
        return self._units / max(now - self._since, 0.05)


class Cost:
    """What an item, and a whole request, cost lately."""

    def __init__(self) -> None:
        self.item = 1.0
        self.request = 0.0

    def note(self, units: float, items: int) -> None:
        """Learn from one request."""
        self.request += LEARN * (units - self.request)
        if items:
            self.item += LEARN * (units / items - self.item)

    def of(self, items: int | None) -> float:
        """What a request for so many items (None: not known) is likely to cost."""
        return self.request if items is None else items * self.item


class Found:
    """The pace at which one lane is hardly throttled: none at first, a little less than what went through when it is,
    then up again by and by.

    It grows to at most twice what is used: a pace that nobody needs would say nothing when it is too high one day.
    """

    def __init__(self, rate: float | None, *, now: float) -> None:
        self.balance = None if rate is None else Balance(rate, now=now)
        self._flow = Flow(now=now)
        self._grown = now
        self._down = now - HOLD

    @property
    def rate(self) -> float | None:
        """Units a second; None: as fast as it goes."""
        return None if self.balance is None else self.balance.rate

    def debt(self, now: float) -> float:
        """Seconds until the next request."""
        return 0.0 if self.balance is None else self.balance.debt(now)

    def book(self, units: float) -> None:
        """Count on a cost."""
        if self.balance is not None:
            self.balance.book(units)

    def went(self, units: float, *, throttled: bool, now: float) -> None:
        """A request went through, after having been throttled or at once."""
        self._flow.add(units, now=now)
        if throttled:
            self._slow_down(now)
        elif self.balance is not None:
            grown = self.balance.rate + (now - self._grown) * (self.balance.rate * UP + STEP)
            used = 2 * max(self._flow.rate(now), SLOWEST)
            self.balance.change(max(self.balance.rate, min(grown, used)), now=now)
        self._grown = now

    def _slow_down(self, now: float) -> None:
        if now - self._down < HOLD:
            return
        self._down = now
        rate = max(SLOWEST, DOWN * self._flow.rate(now))
        rate = rate if self.balance is None else min(rate, self.balance.rate)
        if self.balance is None:
            self.balance = Balance(rate, now=now)
        else:
            self.balance.change(rate, now=now)
