"""How a table is divided for a parallel scan, and how far each part has come. Pure values.

A table that was begun with some number of segments is finished with it: cursors mean nothing under another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

ITEMS_PER_SEGMENT = 10_000
BYTES_PER_SEGMENT = 16 * 2**20
MOST_SEGMENTS = 256
PER_WORKER = 4
"""A table of more than one segment has so many for each worker: how much each of them holds differs, and the last one
leaves the shorter a tail the smaller it is."""
FULL_PAGE = 2**19
"""Bytes of an answer that ended because a page was full, not because so few items had been asked for."""


class Tally(msgspec.Struct, frozen=True, gc=False):
    """What became of items. `unsettled`: inserts that met somebody whom only verify can judge; `bytes`: as scanned.

    No dataclass: every batch makes some, and a frozen dataclass takes ten times as long to make.
    """

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


NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Segment:
    """Part `number` of `total`: everything up to `cursor` (a LastEvaluatedKey as JSON bytes) has been answered for."""

    number: int
    total: int
    cursor: bytes | None = None
    done: bool = False
    tally: Tally = NOTHING

    def after(self, cursor: bytes | None, *, tally: Tally) -> Segment:
        """The segment with one more page answered for; no cursor means that the page was the last one."""
        if self.done:
            raise ValueError(f"segment {self.number} of {self.total} is done and cannot go on")
        return replace(self, cursor=cursor, done=cursor is None, tally=self.tally + tally)


def segment_count(items: int, size: int, *, workers: int, asked: int | None = None) -> int:
    """How many segments for a table of about so many items and bytes; what was asked for goes first."""
    if asked is not None:
        return max(1, asked)
    wanted = max(-(-items // ITEMS_PER_SEGMENT), -(-size // BYTES_PER_SEGMENT))
    return 1 if wanted <= 1 else min(MOST_SEGMENTS, max(wanted, PER_WORKER * workers))


def visiting_order(total: int) -> list[int]:
    """All segments, in an order in which those that follow each other lie far apart.

    Neighbours are neighbouring ranges of the source's hash. A target with the same hash key keeps them in one
    partition, which takes 1,000 write units a second while all others stand idle: so the bits are read backwards.
    """
    width = max(1, (total - 1).bit_length())
    return sorted(range(total), key=lambda number: int(f"{number:0{width}b}"[::-1], 2))


def plan_segments(count: int, *, saved: Sequence[Segment] = ()) -> list[Segment]:
    """All segments, those that were saved as they stand; a saved one decides the count."""
    total = saved[0].total if saved else count
    known = {segment.number: segment for segment in saved}
    if any(segment.total != total for segment in saved) or any(number >= total for number in known):
        raise ValueError("the saved segments do not belong to one scan")
    return [known.get(number, Segment(number, total)) for number in range(total)]


def sum_of(segments: Sequence[Segment]) -> Tally:
    """What all segments together have done."""
    return sum((segment.tally for segment in segments), NOTHING)
