"""Counting items from many threads for one listener, which is told not more often than it helps."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.ports import Clock

INTERVAL = 0.25
SETTLED = 3.0
"""Seconds after which a rate says something about the time that is left: the first requests open connections."""

Tell = Callable[[Progress], None]


class Meter:
    """Counts items of one piece of work and tells, one call at a time; the listener may raise to stop the work."""

    def __init__(self, what: str, *, total: int, tell: Tell, clock: Clock, begun: int = 0) -> None:
        self._what = what
        self._total = total
        self._begun = begun
        self._done = begun
        self._listener = tell
        self._clock = clock
        self._lock = threading.Lock()
        self._start = clock.monotonic()
        self._told = self._start

    def add(self, items: int) -> None:
        """Count items; tell the listener when it is time."""
        with self._lock:
            self._done += items
            if self._clock.monotonic() - self._told >= INTERVAL:
                self._tell()

    def finish(self) -> None:
        """Tell the last state."""
        with self._lock:
            self._tell()

    def _tell(self) -> None:
        self._told = self._clock.monotonic()
        seconds = self._told - self._start
        rate = (self._done - self._begun) / seconds if seconds > 0 else None
        sure = rate and self._total and seconds >= SETTLED
        left = max(0, self._total - self._done) / rate if rate and sure else None
        self._listener(Progress(self._what, self._done, self._total or None, rate, left))
