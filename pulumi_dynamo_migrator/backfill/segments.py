"""How a table is divided for a parallel scan, and how far each part has come. Pure values.

A table that was begun with some number of segments is finished with it: cursors mean nothing under another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

ITEMS_PER_SEGMENT = 10_000
BYTES_PER_SEGMENT = 16 * 2**20
MOST_SEGMENTS = 64


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of items. `unsettled`: inserts that met somebody whom only verify can judge; `bytes`: as scanned."""

    read: int = 0
    inserted: int = 0
    present: int = 0
    dropped: int = 0
    failed: int = 0
    unsettled: int = 0
    bytes: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            read=self.read + other.read,
            inserted=self.inserted + other.inserted,
            present=self.present + other.present,
            dropped=self.dropped + other.dropped,
            failed=self.failed + other.failed,
            unsettled=self.unsettled + other.unsettled,
            bytes=self.bytes + other.bytes,
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """Part `number` of `total`: everything up to `cursor` (a LastEvaluatedKey as JSON bytes) has been answered for."""

    number: int
    total: int
    cursor: bytes | None = None
    done: bool = False
    tally: Tally = Tally()

    def after(self, cursor: bytes | None, *, tally: Tally) -> Segment:
        """The segment with one more page answered for; no cursor means that the page was the last one."""
        if self.done:
            raise ValueError(f"segment {self.number} of {self.total} is done and cannot go on")
        return replace(self, cursor=cursor, done=cursor is None, tally=self.tally + tally)


def segment_count(items: int, size: int, *, asked: int | None = None) -> int:
    """How many segments for a table of about so many items and bytes; what was asked for goes first."""
    if asked is not None:
        return max(1, asked)
    wanted = max(-(-items // ITEMS_PER_SEGMENT), -(-size // BYTES_PER_SEGMENT))
    return min(MOST_SEGMENTS, max(1, wanted))


def plan_segments(count: int, *, saved: Sequence[Segment] = ()) -> list[Segment]:
    """All segments, those that were saved as they stand; a saved one decides the count."""
    total = saved[0].total if saved else count
    known = {segment.number: segment for segment in saved}
    if any(segment.total != total for segment in saved) or any(number >= total for number in known):
        raise ValueError("the saved segments do not belong to one scan")
    return [known.get(number, Segment(number, total)) for number in range(total)]


def sum_of(segments: Sequence[Segment]) -> Tally:
    """What all segments together have done."""
    return sum((segment.tally for segment in segments), Tally())
