"""The real clock, and the timing that tests may shorten through the environment. Nothing else of the outside."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace

from pulumi_dynamo_migrator.model.timing import Timing

TIMING_VARIABLE = "PULUMI_DYNAMO_MIGRATOR_TIMING"
"""JSON object of `Timing` fields; for tests on the embedded AWS, where nothing takes minutes."""


_SINCE_BOOT: int | None = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
"""Linux's and macOS's clocks that go on while the machine sleeps; `time.monotonic` stands still there meanwhile."""


class SystemClock:
    """Wall clock of this machine, and a clock that only grows, also while the machine sleeps."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that only grow, those included in which the machine was asleep."""
        return time.monotonic() if _SINCE_BOOT is None else time.clock_gettime(_SINCE_BOOT)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def timing_from_environment() -> Timing:
    """The default timing, shortened where the variable says so."""
    text = os.environ.get(TIMING_VARIABLE)
    return Timing() if not text else replace(Timing(), **{key: float(value) for key, value in json.loads(text).items()})
