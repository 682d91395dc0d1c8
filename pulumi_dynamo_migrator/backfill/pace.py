"""How fast one table is used: a limit that somebody set, shared by all, and the pace that each lane finds for itself.

A lane is one segment's way to the table. What is throttled may be the table, an index or one partition of either, and
DynamoDB does not always say which (a statement of a batch is told nothing but that it was). So a lane that is throttled
slows down by itself and comes up again by and by: where the table is too slow all lanes are throttled and share it,
where one partition is, those that write there wait and the others do not.

What a request costs is known only afterwards: what it should cost by experience is booked before it, the difference
after it. Never asks DynamoDB anything.
"""

from __future__ import annotations

import statistics
import threading
from collections.abc import Callable
from typing import Self

import msgspec

from pulumi_dynamo_migrator.backfill.flow import Balance, Cost, Found
from pulumi_dynamo_migrator.ports import Clock

AIM = 0.98
"""Of a limit: what lies between is for what comes dearer than was expected, so that the limit itself is kept."""
PORTION = 0.1
"""Seconds' worth of a limit in one request: a page of 1 MB is 256 read units at once, where 100 a second may be set."""
PORTION_FOUND = 0.5
"""And of a pace that was found: smaller requests would be more of them, and each may be throttled."""
LEAST_PAGE = 4.0
"""Units that a page should be for, however slow it goes: it is rounded up to a unit, so that a page of one small item
costs as much as one of many."""
MOST_ITEMS = 50_000
"""A page of 1 MB does not hold many more."""
GRACE = 0.001
NAP = 0.5


class Leave(msgspec.Struct, frozen=True, gc=False):
    """Whether a request may go: after so many seconds, or at once with what was booked for it."""

    wait: float = 0.0
    booked: float = 0.0


_AT_ONCE = Leave()


class Pace:
    """One table's; `least`: how many units a request should be for at least. Safe to share between threads."""

    def __init__(self, units_per_second: float | None, *, clock: Clock, least: float = 0.0) -> None:
        self.clock = clock
        self.least = least
        self.cost = Cost()
        self.lock = threading.Lock()
        self.throttled = 0
        self._limit = None if units_per_second is None else Balance(AIM * units_per_second, now=clock.monotonic())
        self._lanes: list[Lane] = []

    def lane(self) -> Lane:
        """A lane for one segment, at the usual pace of those that are there; to be closed."""
        with self.lock:
            rates = [lane.found.rate or float("inf") for lane in self._lanes]
            usual = statistics.median_low(rates) if rates else float("inf")
            lane = Lane(self, Found(None if usual == float("inf") else usual, now=self.clock.monotonic()))
            self._lanes.append(lane)
        return lane

    def close(self, lane: Lane) -> None:
        """The lane's segment is done."""
        with self.lock:
            self._lanes.remove(lane)

    @property
    def limit(self) -> float | None:
        """Units a second that are aimed at."""
        return None if self._limit is None else self._limit.rate

    def debt(self, now: float) -> float:
        """Seconds that the limit asks for."""
        return 0.0 if self._limit is None else self._limit.debt(now)

    def book(self, units: float) -> None:
        """Count on a cost."""
        if self._limit is not None:
            self._limit.book(units)

    def affords(self, seconds: float) -> int | None:
        """How many items a lane may have in hand, if all of them together are to cost so many seconds of the limit."""
        if self._limit is None:
            return None
        with self.lock:
            items = self._limit.rate * seconds / max(self.cost.item, 1e-6) / max(1, len(self._lanes))
            return max(1, int(min(MOST_ITEMS, items)))


class Lane:
    """One segment's way to one table; whoever helps with the segment goes by it as well."""

    def __init__(self, pace: Pace, found: Found) -> None:
        self._pace = pace
        self.found = found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pace.close(self)

    def portion(self) -> int | None:
        """How many items a request should be for; None: any number."""
        if self._free():
            return None
        with self._pace.lock:
            limit, rate = self._pace.limit, self.found.rate
            most = [] if limit is None else [limit * PORTION]
            most += [] if rate is None else [rate * PORTION_FOUND]
            if not most:
                return None
            units = max(self._pace.least, min(most))
            return max(1, int(min(MOST_ITEMS, units / max(self._pace.cost.item, 1e-6))))

    def leave(self, items: int | None) -> Leave:
        """Ask for one request for so many items (None: not known); never waits."""
        if self._free():
            return _AT_ONCE
        pace = self._pace
        with pace.lock:
            now = pace.clock.monotonic()
            # A rest too small for a clock to show would be waited for in a busy loop.
            wait = max(pace.debt(now), self.found.debt(now))
            if wait > GRACE:
                return Leave(wait=wait)
            booked = pace.cost.of(items)
            pace.book(booked)
            self.found.book(booked)
            return Leave(booked=booked)

    def _free(self) -> bool:
        """Whether there is nothing to keep to. A pace that is found meanwhile is for the next request."""
        return self._pace.limit is None and self.found.balance is None

    def wait(self, items: int | None, *, check: Callable[[], None] = lambda: None) -> float:
        """Wait until a request may go, asking `check` now and then; what was booked for it."""
        while True:
            leave = self.leave(items)
            check()
            if not leave.wait:
                return leave.booked
            self._pace.clock.sleep(min(leave.wait, NAP))

    def spend(self, units: float, *, booked: float, items: int, throttled: int = 0) -> None:
        """Note what a request cost that was booked, and how often it was throttled."""
        pace = self._pace
        with pace.lock:
            pace.throttled += throttled
            pace.cost.note(units, items)
            pace.book(units - booked)
            self.found.book(units - booked)
            self.found.went(units, throttled=throttled > 0, now=pace.clock.monotonic())
