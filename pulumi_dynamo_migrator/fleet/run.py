"""The parent of the backfill's worker processes: hands out segments, keeps what they tell, ends them all together.

It alone has ledger, lease and guard. A checkpoint is kept here, after the worker said that every insert of the page has
its answer. A worker that does not say how it ended may have a request on its way: the outcome is unknown as of its end.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from pulumi_dynamo_migrator.backfill.job import BackfillJob, BackfillStoppedError, SegmentLedger, latest
from pulumi_dynamo_migrator.backfill.meter import Meter
from pulumi_dynamo_migrator.backfill.pool import AbandonedError, Stopping, run_all
from pulumi_dynamo_migrator.backfill.segments import Segment
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.fleet.division import Outfit, setups
from pulumi_dynamo_migrator.fleet.hand import Hand
from pulumi_dynamo_migrator.fleet.lender import Lender
from pulumi_dynamo_migrator.fleet.messages import (
    Answered,
    Counted,
    Ended,
    Failed,
    Fault,
    Heard,
    Paged,
    Refused,
    Stop,
    ToParent,
    Wanting,
)

TICK = 0.2
"""Seconds between two looks at the guard, the lease and the credentials."""
GRACE = 2.0
"""Seconds that a worker has to end after it was told to. A stop request is heard within three, and all of it shall take
no more than five."""


AGAIN = "run `pulumi up` again; it continues from the last checkpoints."


class WorkerError(MigratorError):
    """A worker process failed; `passing` as of what it failed by."""

    def __init__(self, what: str, *, now: str, passing: bool = False) -> None:
        super().__init__(what, now=now)
        self._passing = passing

    @property
    def passing(self) -> bool:
        """Whether the cause passes by itself."""
        return self._passing


class WorkerDiedError(MigratorError):
    """A worker process ended without a word."""

    def __init__(self, table: str, last_words: str) -> None:
        super().__init__(
            f"A worker process of the copy of table {table} ended before it was done: {last_words}.",
            now=f"{AGAIN} If the machine ran out of memory, give Migration(processes=...) a smaller number.",
        )


class WorkerFleet:
    """A `Fleet` of `outfit.processes` processes of this machine."""

    def __init__(self, outfit: Outfit) -> None:
        self._outfit = outfit
        self.last_unknown: float | None = None
        self.throttled = 0
        self._lock = threading.Lock()

    def copy(
        self,
        job: BackfillJob,
        segments: Sequence[Segment],
        *,
        ledger: SegmentLedger,
        guard: Callable[[], None],
        meter: Meter,
    ) -> list[Segment]:
        """Copy them all, begun in this order."""
        lender = Lender(self._outfit.loan.credentials)
        hands: list[Hand] = []
        try:
            for setup in setups(job, self._outfit, keys=lender.keys, segments=len(segments)):
                hands.append(Hand.start(setup))  # noqa: PERF401 - those before one that cannot start are closed too
            run = _Run(self, segments, hands, ledger=ledger, guard=guard, meter=meter)
            tend = partial(run.tend, outfit=self._outfit, lender=lender)
            # The one who ends them all comes first: a task that waits is not begun any more once another has failed.
            run_all([tend, *(partial(run.attend, hand, table=job.source) for hand in hands)], workers=1 + len(hands))
        finally:
            lender.close()
            for hand in hands:  # all of them first: nothing may be sent while one is waited for, or that is interrupted
                hand.kill()
            for hand in hands:
                self._close(hand)
        return run.done()

    def note(self, ended: Ended) -> None:
        """How a worker ended."""
        with self._lock:
            self.last_unknown = latest(self.last_unknown, ended.unknown_at)
            self.throttled += ended.throttled

    def note_death(self) -> None:
        """A worker ended that did not say how, by now."""
        self.note(Ended(unknown_at=self._outfit.clock.now()))

    def _close(self, hand: Hand) -> None:
        hand.close()
        if not hand.told:
            self.note_death()


class _Run:
    """One copy by several hands."""

    def __init__(
        self,
        fleet: WorkerFleet,
        segments: Sequence[Segment],
        hands: Sequence[Hand],
        *,
        ledger: SegmentLedger,
        guard: Callable[[], None],
        meter: Meter,
    ) -> None:
        self._fleet, self._hands = fleet, hands
        self._ledger, self._guard, self._meter = ledger, guard, meter
        self._waiting = deque(segments)
        self._now = {segment.number: segment for segment in segments}
        self._attended = len(hands)
        self._ending = False
        self._changed = threading.Condition()

    def done(self) -> list[Segment]:
        """The segments, all done."""
        segments = list(self._now.values())
        if not all(segment.done for segment in segments):
            raise AssertionError("worker processes ended, and said nothing, before all segments were done")
        return segments

    def attend(self, hand: Hand, _stopping: Stopping, *, table: str) -> None:
        """Do what a worker asks for, until it ends; after an error, only hear how it ends."""
        try:
            self._serve(hand, table)
        except BaseException:
            self._end()
            while not hand.told and (message := hand.receive()) is not None:
                if isinstance(message, Ended):
                    self._take_leave(hand, message)
            raise
        finally:
            with self._changed:
                self._attended -= 1
                self._changed.notify_all()

    def tend(self, stopping: Stopping, *, outfit: Outfit, lender: Lender) -> None:
        """Tell all workers what changes, until they have ended or must: then see to it that they do."""
        try:
            while not self._all_ended(TICK) and not self._ending and not stopping():
                self._guard()
                terms, lent = outfit.terms(), lender.changed()
                for hand in self._hands:
                    hand.renew(terms)
                    if lent is not None:
                        hand.send(lent)
        finally:
            self._end()
            if not self._all_ended(GRACE):
                for hand in self._hands:
                    hand.kill()

    def _end(self) -> None:
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        for hand in self._hands:
            hand.send(Stop())

    def _all_ended(self, within: float) -> bool:
        """Wait for it, or for the ending to begin."""
        ending = self._ending
        with self._changed:
            self._changed.wait_for(lambda: self._attended == 0 or self._ending != ending, timeout=within)
            return self._attended == 0

    def _serve(self, hand: Hand, table: str) -> None:
        while (message := hand.receive()) is not None:
            if isinstance(message, Ended):
                self._take_leave(hand, message)
                self._raise(message.fault, table)
                return
            if self._ending:
                raise AbandonedError
            self._answer(hand, message)
        if not self._ending:
            raise WorkerDiedError(table, hand.last_words())

    def _raise(self, fault: Refused | Fault | None, table: str) -> None:
        if isinstance(fault, Refused):
            raise BackfillStoppedError(table, keys=fault.keys, reasons=fault.reasons)
        if fault is not None:
            if fault.terms:
                self._guard()  # it knows best why
            raise WorkerError(fault.what, now=fault.now or AGAIN, passing=fault.passing)

    def _take_leave(self, hand: Hand, ended: Ended) -> None:
        hand.told = True
        self._fleet.note(ended)
        hand.hang_up()

    def _answer(self, hand: Hand, message: ToParent) -> None:
        match message:
            case Wanting(ticket):
                hand.send(Answered(ticket, self._next()))
            case Paged(ticket, segment):
                self._guard()
                self._ledger.save_segment(segment)
                self._now[segment.number] = segment
                hand.send(Answered(ticket))
            case Failed(ticket, key, reason, image):
                self._ledger.record_failed(key, reason, image)
                hand.send(Answered(ticket))
            case Counted(items):
                self._meter.add(items)
            case Heard():
                hand.heard()

    def _next(self) -> Segment | None:
        with self._changed:
            return self._waiting.popleft() if self._waiting else None
