"""Where one MigratedTable stands, as the ledger has it: its entry, who works, what its replicators did. Reads only."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pulumi_dynamo_migrator.aws.ledger import Conflict, Counters, FailedItem, FailingBatch, Lease, Ledger
from pulumi_dynamo_migrator.backfill.segments import sum_of
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.model.history import Entry, MigrationRecord
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.replicate.word import Word

SHOWN = 3
"""Failed items and conflicts that are named; all are counted."""


@dataclass(frozen=True, slots=True)
class Replicator:
    """What follows one stream: what it was told, what it has done, and what it could not do."""

    migration: MigrationRecord
    word: Word | None
    counters: Counters
    failing: tuple[FailingBatch, ...] = ()
    failed: tuple[FailedItem, ...] = ()
    failed_count: int = 0
    conflicts: tuple[Conflict, ...] = ()

    @property
    def telling(self) -> bool:
        """Whether there is anything to say of it: one that was taken away and left nothing is history."""
        return self.migration.ended_at is None or bool(
            self.failed_count or self.counters.conflicts or self.counters.gaps
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """`works`: the lease's holder is at work now; `copied`: source items that the copy under way has answered for."""

    entry: Entry
    lease: Lease | None = None
    works: bool = False
    copied: int | None = None
    replicators: tuple[Replicator, ...] = ()


def standing(entry: Entry, ledger: Ledger) -> Standing:
    """Look at everything that belongs to the entry."""
    lease = ledger.holder(entry.id)
    unfinished = () if entry.migration is None else (entry.migration,)
    records = {record.id: record for record in (*entry.feeds, *unfinished)}
    return Standing(
        entry,
        lease,
        works=lease is not None and ledger.works(lease),
        copied=_copied(entry, ledger),
        replicators=tuple(one for record in records.values() if (one := _replicator(record, ledger)).telling),
    )


def _copied(entry: Entry, ledger: Ledger) -> int | None:
    if entry.migration is None or entry.migration.stage is not Stage.COPYING:
        return None
    keys = Chain.from_json(json.loads(entry.migration.chain)).source_keys
    return sum_of(ledger.copying(entry.migration.id, keys=keys).load_segments()).read


def _replicator(record: MigrationRecord, ledger: Ledger) -> Replicator:
    partition = ledger.migration(record.id)
    word = partition.word()
    return Replicator(
        record,
        word=None if word is None else word.word,
        counters=partition.counters(),
        failing=partition.failing(),
        failed=partition.failed(most=SHOWN),
        failed_count=partition.failed_count(),
        conflicts=partition.conflicts(most=SHOWN),
    )
