"""How far one segment has come, written down now and then: after so many seconds, when it is done, and by who leaves.

A checkpoint stands for pages whose every insert has its answer; whoever is killed before the next one repeats the pages
since, which is harmless, as inserts never overwrite. Nothing is written after the guard has raised.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from pulumi_dynamo_migrator.backfill.job import SegmentLedger
from pulumi_dynamo_migrator.backfill.segments import Segment
from pulumi_dynamo_migrator.ports import Clock


class Checkpoints:
    """One segment's; `every`: seconds between two of them. To be left (`with`): that keeps the last one."""

    def __init__(self, ledger: SegmentLedger, *, guard: Callable[[], None], every: float, clock: Clock) -> None:
        self._ledger = ledger
        self._guard = guard
        self._every = every
        self._clock = clock
        self._kept_at = clock.monotonic()
        self._due: Segment | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self.keep()
            return
        try:
            self.keep()
        except Exception as other:  # noqa: BLE001 - whatever it is, it is told beside the first error
            if type(other) is not type(error):  # most often it is the guard, which says once more what it said
                error.add_note(f"also, no checkpoint was kept: {type(other).__name__}: {other}")

    def reached(self, segment: Segment) -> Segment:
        """Note that all before the segment's cursor has its answer; the segment."""
        self._due = segment
        if segment.done or self._clock.monotonic() - self._kept_at >= self._every:
            self.keep()
        return segment

    def keep(self) -> None:
        """Write down what was reached since the last checkpoint, if anything was."""
        if self._due is None:
            return
        self._guard()
        self._ledger.save_segment(self._due)
        self._due = None
        self._kept_at = self._clock.monotonic()
