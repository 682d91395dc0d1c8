"""What a verify is told and what it tells: plain values. A report holds keys and names, never the values of items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.verify.digest import CanonicalKey

SHOWN = 20


class Kind(StrEnum):
    """How a target key can be wrong, its source standing still."""

    MISSING = "missing"
    DIFFERING = "differing"
    EXTRA = "extra"
    COLLISION = "collision"


@dataclass(frozen=True, slots=True)
class VerifyJob:
    """One comparison. `settle`: seconds that a difference must outlast, its source standing still, to be a mismatch.

    `sweep` removes tombstones on the way; `repair` puts right what is wrong and looks again; `segments` per table.
    `aside`: the source items that the ledger keeps because they could not be moved, with the digest of what they were
    then (None: not known). One that still is that item is not missed.
    """

    source: str
    target: str
    chain: Chain
    settle: float
    segments: int = 1
    workers: int = 8
    sweep: bool = False
    repair: bool = False
    ttl_attribute: str | None = None
    max_read_units: float | None = None
    estimate: int = 0
    aside: Mapping[CanonicalKey, bytes | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One wrong key of the target, and the names of the attributes that differ."""

    kind: Kind
    key: CanonicalKey
    attributes: tuple[str, ...] = ()

    def __str__(self) -> str:
        differs = f" in {', '.join(self.attributes)}" if self.attributes else ""
        return f"{self.kind.value} {key_text(self.key)}{differs}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the first look read. `rejected`: items that the chain refuses; `expired`: of both sides, passed over."""

    source_items: int = 0
    target_items: int = 0
    source_bytes: int = 0
    target_bytes: int = 0
    dropped: int = 0
    rejected: int = 0
    expired: int = 0
    swept: int = 0

    def __add__(self, other: Seen) -> Seen:
        return Seen(
            source_items=self.source_items + other.source_items,
            target_items=self.target_items + other.target_items,
            source_bytes=self.source_bytes + other.source_bytes,
            target_bytes=self.target_bytes + other.target_bytes,
            dropped=self.dropped + other.dropped,
            rejected=self.rejected + other.rejected,
            expired=self.expired + other.expired,
            swept=self.swept + other.swept,
        )


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What became of the keys that were looked at one by one; `lag`: the longest it took for one to become equal."""

    mismatches: tuple[Mismatch, ...] = ()
    mismatch_count: int = 0
    in_motion: tuple[str, ...] = ()
    in_motion_count: int = 0
    repaired: int = 0
    collisions: int = 0
    aside: int = 0
    lag: float = 0.0

    def __add__(self, other: Verdicts) -> Verdicts:
        return Verdicts(
            mismatches=(self.mismatches + other.mismatches)[:SHOWN],
            mismatch_count=self.mismatch_count + other.mismatch_count,
            in_motion=(self.in_motion + other.in_motion)[:SHOWN],
            in_motion_count=self.in_motion_count + other.in_motion_count,
            repaired=self.repaired + other.repaired,
            collisions=self.collisions + other.collisions,
            aside=self.aside + other.aside,
            lag=max(self.lag, other.lag),
        )


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """The result. `looks`: passes over both tables; not `complete`: ended early because far too much is wrong."""

    seen: Seen
    verdicts: Verdicts
    looks: int
    seconds: float
    complete: bool = True
    unknown_at: float | None = None

    @property
    def verified(self) -> bool:
        """Whether every key is equal, expired or in motion."""
        return self.complete and not self.verdicts.mismatch_count

    @property
    def source_items(self) -> int:
        """Items of the source, expired ones not counted."""
        return self.seen.source_items

    @property
    def target_items(self) -> int:
        """Items of the target, tombstones and expired ones not counted."""
        return self.seen.target_items

    @property
    def target_bytes(self) -> int:
        """Bytes of the target's items as DynamoDB JSON."""
        return self.seen.target_bytes

    @property
    def mismatches(self) -> tuple[Mismatch, ...]:
        """The first mismatches."""
        return self.verdicts.mismatches

    @property
    def mismatch_count(self) -> int:
        """All mismatches."""
        return self.verdicts.mismatch_count

    @property
    def in_motion_count(self) -> int:
        """Keys that were still being written to when the looks ended."""
        return self.verdicts.in_motion_count

    def listed(self) -> str:
        """The mismatches for people."""
        more = self.mismatch_count - len(self.mismatches)
        return "; ".join(str(mismatch) for mismatch in self.mismatches) + (f"; and {more:,} more" if more else "")

    def summary(self) -> str:
        """One line about what was found."""
        seen, verdicts = self.seen, self.verdicts
        said = [f"{seen.source_items:,} source items, {seen.target_items:,} target items, {self.seconds:.1f} s"]
        counts = (
            (verdicts.mismatch_count, "wrong"),
            (verdicts.in_motion_count, "in motion"),
            (verdicts.repaired, "repaired"),
            (verdicts.aside, "refused by DynamoDB and kept aside"),
            (verdicts.collisions, "target keys shared by several source items"),
            (seen.dropped, "dropped by the conversion"),
            (seen.rejected, "refused by the conversion"),
            (seen.expired, "expired"),
            (seen.swept, "tombstones swept"),
        )
        said += [f"{count:,} {what}" for count, what in counts if count]
        return ("verified: " if self.verified else "NOT verified: ") + ", ".join(said)


def key_text(key: CanonicalKey) -> str:
    """A key for people."""
    return " / ".join(key)
