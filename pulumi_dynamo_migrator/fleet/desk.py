"""A worker's side of the conversation: what it was told last, and its questions to the parent.

It is the guard of everything that the worker sends: nothing goes out after a stop, or past the terms of the lease that
the parent told last. A worker that was asleep may find newer terms in the pipe; it gives them a moment to be read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from pulumi_dynamo_migrator.backfill.segments import Segment
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.fleet.messages import (
    Answered,
    Counted,
    Ended,
    Failed,
    Heard,
    Keys,
    Lent,
    Message,
    Paged,
    Renewed,
    Setup,
    Stop,
    ToParent,
    ToWorker,
    Wanting,
)
from pulumi_dynamo_migrator.fleet.pipe import Pipe
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.ports import Clock

MOMENT = 1.0
"""Seconds in which a renewal that lies in the pipe is surely read."""


class StoppedError(Exception):
    """The parent said stop."""


class TermsOverError(Exception):
    """The lease is over, as far as this worker knows."""


class Desk:
    """What the parent said. A `SegmentLedger`, which keeps things by asking the parent to. Safe to share between
    threads.
    """

    def __init__(self, pipe: Pipe[ToParent, ToWorker], setup: Setup, *, clock: Clock, moment: float = MOMENT) -> None:
        self._pipe, self._clock, self._moment = pipe, clock, moment
        self._keys, self._terms = setup.keys, setup.terms
        self._stopped = False
        self._ticket = 0
        self._answers: dict[int, Answered] = {}
        self._counted = 0
        self._changed = threading.Condition()

    def listen(self) -> None:
        """Take in what the parent says, until it is gone or hangs up."""
        while (message := self._pipe.receive()) is not None:
            with self._changed:
                self._take(message)
                self._changed.notify_all()
            if isinstance(message, Renewed):
                self._pipe.send(Heard())

    def guard(self) -> None:
        """Raise when nothing may be sent any more."""
        if self._goes_on():
            return
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or not self._over(), timeout=self._moment)
            if self._stopped:
                raise StoppedError
            if self._over():
                raise TermsOverError

    def keys(self) -> Keys | None:
        """The credentials of the moment."""
        return self._keys

    def next_segment(self) -> Segment | None:
        """A segment to copy; None when none is left."""
        return self._ask(Wanting).segment

    def save_segment(self, segment: Segment) -> None:
        """Have one segment's progress kept; when this returns it is durable."""
        self._ask(lambda ticket: Paged(ticket, segment))

    def record_failed(self, key: WireItem, reason: str, image: WireItem) -> None:
        """Have an item kept that could not be copied."""
        self._ask(lambda ticket: Failed(ticket, key, reason, image))

    def progress(self, moment: Progress) -> None:
        """Tell how many items there were since the last time."""
        done = moment.done or 0
        self._pipe.send(Counted(done - self._counted))
        self._counted = done

    def end(self, ended: Ended) -> None:
        """The last thing that is said."""
        self._pipe.send(ended)

    def _take(self, message: Message) -> None:
        match message:
            case Renewed(terms):
                self._terms = terms
            case Lent(keys):
                self._keys = keys
            case Answered(ticket):
                self._answers[ticket] = message
            case Stop():
                self._stopped = True
            case _:
                raise TypeError(f"a parent does not say {type(message).__name__} twice")

    def _goes_on(self) -> bool:
        return not self._stopped and not self._over()

    def _over(self) -> bool:
        return self._terms.over(now=self._clock.now(), monotonic=self._clock.monotonic())

    def _ask(self, question: Callable[[int], ToParent]) -> Answered:
        with self._changed:
            self._ticket += 1
            ticket = self._ticket
        self._pipe.send(question(ticket))
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or ticket in self._answers)
            if ticket not in self._answers:
                raise StoppedError
            return self._answers.pop(ticket)
