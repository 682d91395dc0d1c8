"""Whole tables as sums: 65,536 buckets of 16-byte digests. Pure, free of order, of one size whatever the tables' size.

A sum tells only that a bucket differs, never which key: for that the bucket's entries are read again. What one side
adds the other takes away, so equal tables leave every bucket at zero; two wrongs hide each other once in 2**128.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from enum import Enum
from zlib import crc32

import msgspec

BUCKETS = 2**16
_MASK = 2**128 - 1

CanonicalKey = tuple[str, ...]


class Side(Enum):
    """Which of the two tables."""

    SOURCE = 1
    TARGET = -1


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One target key with the digest of its item. There is one for every item: a frozen dataclass takes ten times."""

    key: CanonicalKey
    digest: bytes


def bucket_of(key: CanonicalKey) -> int:
    """The bucket of a canonical target key."""
    return crc32("\x1f".join(key).encode("utf-8", "surrogatepass")) % BUCKETS


class Balance:
    """Source minus target, bucket by bucket."""

    def __init__(self) -> None:
        self._sums = [0] * BUCKETS
        self._counts = {side: array("q", bytes(8 * BUCKETS)) for side in Side}

    def add(self, side: Side, entries: Iterable[Entry]) -> None:
        """Add entries of the source, or take those of the target away."""
        counts, sums, sign = self._counts[side], self._sums, side.value
        for entry in entries:
            bucket = bucket_of(entry.key)
            counts[bucket] += 1
            sums[bucket] = (sums[bucket] + sign * int.from_bytes(entry.digest)) & _MASK

    def differing(self) -> list[int]:
        """The buckets in which the two sides differ."""
        source, target = self._counts[Side.SOURCE], self._counts[Side.TARGET]
        return [n for n in range(BUCKETS) if self._sums[n] or source[n] != target[n]]

    def entries(self, bucket: int) -> int:
        """How many entries both sides had in a bucket."""
        return sum(counts[bucket] for counts in self._counts.values())


def portions(balance: Balance, *, most: int) -> list[frozenset[int]]:
    """The differing buckets in portions of at most so many entries (or of one bucket)."""
    parts: list[set[int]] = []
    size = most
    for bucket in balance.differing():
        entries = balance.entries(bucket)
        if not parts or size + entries > most:
            parts.append(set())
            size = 0
        parts[-1].add(bucket)
        size += entries
    return [frozenset(part) for part in parts]
