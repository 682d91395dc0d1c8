"""Where a MigratedTable and its migration stand. The order of `Stage` is the order of the protocol."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Phase(StrEnum):
    """What the output `phase` says."""

    NEW = "new"
    READY = "ready"
    MIGRATING = "migrating"
    HELD = "held"
    FAILED = "failed"
    LOST = "lost"
    DESTROYING = "destroying"

    @property
    def settled(self) -> bool:
        """Whether an equal program has nothing to do."""
        return self in (Phase.READY, Phase.HELD)


class Stage(IntEnum):
    """How far one migration has come; each stage begins when the ledger says so, never before."""

    PLANNED = 0
    COPYING = 1
    CLOSING = 2
    VERIFYING = 3
    VERIFIED = 4
    NOTING = 5
    LATE = 6
    FENCING = 7
    FLIPPED = 8
    ABANDONING = 9

    @property
    def served(self) -> bool:
        """Whether the outputs have moved: from here there is no abandoning."""
        return self in (Stage.LATE, Stage.FLIPPED)
