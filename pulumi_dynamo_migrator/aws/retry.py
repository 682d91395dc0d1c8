"""Attempts of one request: full jitter, a cap, a budget, and a guard before each attempt.

The guard (a lease check) raises when this process may no longer act: nothing is sent after that. An attempt is told the
time at which the guard was asked, and is signed with it: AWS refuses one that slept between the question and the
sending. Nothing is sent again under an older signature. Never retries what cannot succeed later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pulumi_dynamo_migrator.aws.wire_faults import WireError, WireFault
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """First and longest pause; how long throttling, and failures of the service or the way to it, are put up with."""

    base: float = 0.05
    cap: float = 10.0
    throttled: float = 1800.0
    failing: float = 300.0
    stale: float = 60.0

    @classmethod
    def of(cls, timing: Timing) -> Patience:
        """As the timing says."""
        return cls(base=timing.retry_base, cap=timing.retry_cap, throttled=timing.throttled, failing=timing.failing)

    def longest(self, number: int) -> float:
        """The longest pause before attempt `number`: base · 2^number, at most the cap."""
        return min(self.cap, self.base * 2.0 ** min(number, 20))

    def budget(self, fault: WireFault) -> float:
        """Seconds for which this kind of fault is borne."""
        if fault is WireFault.THROTTLED:
            return self.throttled
        return self.stale if fault is WireFault.STALE else self.failing


class Retry:
    """Runs a request until it succeeds, cannot succeed, its budget is spent or the guard raises."""

    def __init__(
        self, clock: Clock, *, random: Callable[[], float], guard: Callable[[], None], patience: Patience | None = None
    ) -> None:
        self._clock = clock
        self._random = random
        self._guard = guard
        self._patience = patience or Patience()
        self.last_unknown: float | None = None

    def run(self, attempt: Callable[[float], T], *, tries: Tries | None = None) -> T:
        """The first answer of `attempt` (which is told when the guard was asked), or its last error."""
        tries = tries or self.tries()
        while True:
            asked = tries.before()
            try:
                return attempt(asked)
            except WireError as error:
                tries.after(error)

    def tries(self) -> Tries:
        """Attempts of one request, counted by hand (for batches that succeed in parts)."""
        return Tries(self)

    def note(self, fault: WireFault) -> None:
        """Remember what the whole run must know: when an outcome was last unknown."""
        if fault.unknown:
            self.last_unknown = self._clock.now()

    def check(self) -> float:
        """Raise when this process may no longer act; the time before it was asked (epoch seconds)."""
        asked = self._clock.now()
        self._guard()
        return asked

    def pause(self, number: int) -> None:
        """Wait before attempt `number`: anything up to base · 2^number, at most the cap."""
        self._clock.sleep(self._random() * self._patience.longest(number))

    def spent(self, fault: WireFault, since: float) -> bool:
        """Whether a fault of this kind has lasted too long."""
        return self._clock.monotonic() - since > self._patience.budget(fault)

    def started(self) -> float:
        """Now, as the start of a budget."""
        return self._clock.monotonic()


class Tries:
    """The attempts of one request so far; `throttled`: how many of them were."""

    def __init__(self, retry: Retry) -> None:
        self.throttled = 0
        self._retry = retry
        self._since = retry.started()
        self._number = 0

    def before(self) -> float:
        """Wait if this is not the first attempt, then ask the guard; when it was asked."""
        if self._number:
            self._retry.pause(self._number)
        return self._retry.check()

    def after(self, error: WireError) -> None:
        """Count a failed attempt; raise the error when another one is no use."""
        self._retry.note(error.kind)
        self.throttled += error.kind is WireFault.THROTTLED
        self._number += 1
        if not error.kind.passing or self._retry.spent(error.kind, self._since):
            raise error

    def progress(self) -> None:
        """A part succeeded: the budget begins anew."""
        self._since = self._retry.started()
        self._number = min(self._number, 1)
