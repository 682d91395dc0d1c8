"""What the ledger said, and when → the seconds that each phase of an `up` took. Pure.

A stage begins when the ledger says so; it is looked at ten times a second, and no figure is more exact than that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from pulumi_dynamo_migrator.model.history import Entry, MigrationRecord
from pulumi_dynamo_migrator.model.phase import Stage

PAUSE = 0.1  # seconds between two looks


class Phase(Enum):
    """A part of an `up`, in order."""

    PREVIEW = "engine's start, preview"
    PREPARE = "successor, stream and replicator made"
    COPY = "copy"
    CLOSE = "end of the tombstones"
    NOTING = "wait for what the stream may repeat"
    COMPARE = "sweep, and comparison of both tables"
    HAND_OVER = "hand-over"
    END = "outputs, state, engine's end"


@dataclass(frozen=True, slots=True)
class Look:
    """One look, at epoch seconds `at`. `updating`: the engine is past its preview."""

    at: float
    updating: bool
    stage: Stage | None = None
    verified_at: float | None = None
    flipped_at: float | None = None


def look_at(entry: Entry, target: int, *, at: float, updating: bool) -> Look:
    """What an entry says of the migration to that version."""
    record: MigrationRecord | None = entry.migration or entry.feed_to(target)
    if record is None or record.target != target:
        return Look(at, updating)
    return Look(at, updating, record.stage, record.verified_at, record.flipped_at)


def phases_of(began: float, looks: Sequence[Look], ended: float) -> dict[Phase, float]:
    """Seconds a phase; one that no look has met took none. The sum is the whole."""
    moments = [began, *_moments(looks, ended), ended]
    for number in range(1, len(moments)):
        moments[number] = min(ended, max(moments[number], moments[number - 1]))
    return {phase: moments[number + 1] - moments[number] for number, phase in enumerate(Phase)}


def _moments(looks: Sequence[Look], ended: float) -> Iterator[float]:
    """When each phase but the first began."""
    yield next((look.at for look in looks if look.updating), ended)
    for stage in (Stage.COPYING, Stage.CLOSING, Stage.VERIFYING):
        yield _first(looks, stage, ended)
    verified = _first(looks, Stage.VERIFIED, ended)
    yield next((look.verified_at for look in looks if look.verified_at is not None), verified)
    yield verified
    yield next((look.flipped_at for look in looks if look.flipped_at is not None), ended)


def _first(looks: Sequence[Look], stage: Stage, ended: float) -> float:
    return next((look.at for look in looks if look.stage is not None and look.stage >= stage), ended)
