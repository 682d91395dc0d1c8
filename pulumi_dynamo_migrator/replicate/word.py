"""What the replicator is told to do. The word lives in the ledger; nothing here decides when it changes."""

from __future__ import annotations

from enum import Enum


class Word(Enum):
    """How records are applied, in the order in which a migration goes through it."""

    OPEN = "open"  # the backfill runs: a delete leaves a tombstone
    TAIL = "tail"  # the backfill is closed: a delete deletes
    NOTING = "noting"  # as TAIL, record by record, each record's eventID noted with its change
    LATE = "late"  # after a hand-over: conditional, what does not fit is kept as a conflict
    STOP = "stop"  # nothing is applied and nothing is consumed
