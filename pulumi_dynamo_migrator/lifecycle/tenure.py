"""Holding the lease while one works: heartbeats in a thread, and a guard that stops the work when it may not go on.

Reasons to stop: the lease could not be renewed in time, the engine is gone, somebody asked for it (the renewal brings
the news), the time that one `up` may take is spent. Each is raised from `guard`, at a moment when everything done is in
the ledger.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from pulumi_dynamo_migrator.aws.ledger import Lease, LeaseLostError, StopRequest
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.terms import Terms
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock

SOONER = 10
"""So many times sooner than a heartbeat a renewal that failed is tried again."""


class InterruptedMigrationError(MigratorError):
    """The work was stopped at a checkpoint, not by a fault of the migration; the next `up` goes on."""


class LeaseGoneError(InterruptedMigrationError):
    """The lease is another's, or may be: this process may not even put anything right."""


class StopRequestedError(InterruptedMigrationError):
    """Somebody asked for it, from another terminal."""

    def __init__(self, request: StopRequest) -> None:
        super().__init__(f"This run was asked to stop {request}.", now="run `pulumi up` again; it continues.")
        self.request = request


class SpentError(InterruptedMigrationError):
    """`wait_for` is over."""


class Tenure:
    """A lease kept alive. `renew` renews it, tells how it stands, raises when it is lost; `release` gives it back.

    It is over when either clock says so: others judge it by the time of day, and that may be set back; the other clock
    goes on while the machine sleeps.
    """

    def __init__(
        self,
        lease: Lease,
        renew: Callable[[], Lease],
        release: Callable[[], None],
        *,
        clock: Clock,
        timing: Timing,
        orphaned: Callable[[], bool],
        wait_for: float | None = None,
    ) -> None:
        self._renew, self._release = renew, release
        self._clock, self._timing = clock, timing
        self._orphaned = orphaned
        self._renewed = clock.monotonic() - max(0.0, clock.now() - lease.beat)
        self._until = lease.until
        self._ends = None if wait_for is None else clock.monotonic() + wait_for
        self._lost: Exception | None = None
        self._failed = ""
        self._asked: StopRequest | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._lost is None:
            self._release()

    def terms(self) -> Terms:
        """Until when this process may act, as far as is known now: every renewal moves it."""
        return Terms(self._until, self._renewed + self._timing.lease)

    def holds(self) -> None:
        """Raise when the lease is over, or may be: then nothing may be sent, not even to put something right."""
        if self._lost is not None:
            raise LeaseGoneError(
                f"The lease was lost: {self._lost}",
                now="another `pulumi up` has taken over, or this one slept too long; run it again.",
            )
        if self.terms().over(now=self._clock.now(), monotonic=self._clock.monotonic()):
            why = f": {self._failed}" if self._failed else "."
            raise LeaseGoneError(
                f"The lease could not be renewed in time{why}",
                now="run `pulumi up` again; it continues where it stopped.",
            )

    def guard(self) -> None:
        """Raise when the work may not go on."""
        self.holds()
        if self._orphaned():
            raise InterruptedMigrationError(
                "Pulumi's engine is gone.", now="run `pulumi cancel`, then `pulumi up`; it continues."
            )
        if self._asked is not None:
            raise StopRequestedError(self._asked)
        if self._ends is not None and self._clock.monotonic() > self._ends:
            raise SpentError(
                "The time that one run may take (wait_for) is spent.",
                now="run `pulumi up` again (or `python -m pulumi_dynamo_migrator resume`, anywhere); it continues.",
            )

    def _beat(self) -> None:
        pause = self._timing.heartbeat
        while not self._stop.wait(pause):
            begun = self._clock.monotonic()
            try:
                renewed = self._renew()
            except LeaseLostError as error:
                self._lost = error
                return
            except MigratorError as error:
                self._failed, pause = error.what, self._timing.heartbeat / SOONER
                continue  # out of reach for a moment is not lost: `guard` says when it has lasted too long
            self._asked = renewed.stop
            self._renewed, self._until = begun, renewed.until
            self._failed, pause = "", self._timing.heartbeat
