"""What a backfill is told, and what it tells: plain values and the ports it needs. Nothing here does anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pulumi_dynamo_migrator.backfill.meter import Meter
from pulumi_dynamo_migrator.backfill.segments import Segment, Tally
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.replicate.config import OnItemError


@dataclass(frozen=True, slots=True)
class BackfillJob:
    """One copy; the chain knows both tables' keys.

    `segments` counts only for a scan not begun yet; `sized`: it is a guess from a size that may be hours old, and a
    first page may show that it takes more; `workers`: requests in flight; `max_*_units` are per second; `estimate`: how
    many items to expect (0: not known); `checkpoint`: seconds between two checkpoints of a segment.
    """

    source: str
    target: str
    chain: Chain
    segments: int = 1
    sized: bool = False
    workers: int = 8
    max_read_units: float | None = None
    max_write_units: float | None = None
    on_item_error: OnItemError = OnItemError.STOP
    estimate: int = 0
    checkpoint: float = 0.25


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """What was done, over all runs of this copy; of this run, `unknown_at`: when an outcome was last unknown (epoch),
    and `throttled`: how many attempts were.
    """

    tally: Tally
    segments: tuple[Segment, ...]
    seconds: float
    unknown_at: float | None = None
    throttled: int = 0


class SegmentLedger(Protocol):
    """Where whoever copies a segment keeps what became of it. Called by several threads at once."""

    def save_segment(self, segment: Segment) -> None:
        """Keep one segment's progress; when this returns it is durable."""

    def record_failed(self, key: WireItem, reason: str, image: WireItem) -> None:
        """Keep an item that could not be copied."""


class BackfillLedger(SegmentLedger, Protocol):
    """Where the copy keeps its progress."""

    def load_segments(self) -> list[Segment]:
        """The segments that were saved."""


class Fleet(Protocol):
    """Other processes, which copy segments in this one's place."""

    @property
    def last_unknown(self) -> float | None:
        """When the outcome of a request of theirs was last unknown (epoch seconds), if ever."""

    @property
    def throttled(self) -> int:
        """How many attempts were throttled."""

    def copy(
        self,
        job: BackfillJob,
        segments: Sequence[Segment],
        *,
        ledger: SegmentLedger,
        guard: Callable[[], None],
        meter: Meter,
    ) -> list[Segment]:
        """Copy them all, begun in this order; as they are then. Nothing is at work any more when this returns or
        raises. `guard` raises to stop everything; the ledger is called here, by several threads at once.
        """


def latest(*moments: float | None) -> float | None:
    """The last of the moments that were."""
    return max((moment for moment in moments if moment is not None), default=None)


class BackfillStoppedError(MigratorError):
    """Items could not be copied and the job says stop; `keys` names them, `reasons` says why."""

    def __init__(self, table: str, *, keys: Sequence[WireItem], reasons: Sequence[str]) -> None:
        shown = "; ".join(f"{_text(key)}: {reason}" for key, reason in list(zip(keys, reasons, strict=True))[:3])
        more = f" (and {len(keys) - 3} more on the same page)" if len(keys) > 3 else ""
        super().__init__(
            f"{len(keys)} item{'s' if len(keys) > 1 else ''} of table {table} cannot be copied: {shown}{more}",
            now="repair the items or the conversion and run `pulumi up` again (the copy continues before this page), "
            'or set migration=Migration(on_item_error="skip") to keep them aside and go on',
        )
        self.keys = tuple(keys)
        self.reasons = tuple(reasons)


def _text(key: WireItem) -> str:
    return "{" + ", ".join(f"{name}={next(iter(value.values()))!r}" for name, value in key.items()) + "}"
