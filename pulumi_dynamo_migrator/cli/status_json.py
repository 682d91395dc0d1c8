"""A standing for programs. Pure. Names stay, times are ISO 8601 in UTC; what is nothing is null or an empty list."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pulumi_dynamo_migrator.aws.ledger import Lease
from pulumi_dynamo_migrator.cli.find import resource_name
from pulumi_dynamo_migrator.cli.standing import Replicator, Standing
from pulumi_dynamo_migrator.model.history import MigrationRecord


def as_json(one: Standing) -> dict[str, Any]:
    """Everything that the text says."""
    entry = one.entry
    return {
        "id": entry.id,
        "resource": resource_name(entry),
        "project": entry.project,
        "stack": entry.stack,
        "urn": entry.urn,
        "phase": entry.phase.value,
        "error": entry.error,
        "served": entry.served,
        "table": None if entry.serving is None else entry.serving.table,
        "tables": {str(version.number): version.table for version in entry.versions},
        "frozen": [version.number for version in entry.versions if version.frozen],
        "migration": None if entry.migration is None else _migration(entry.migration, copied=one.copied),
        "at_work": _lease(one.lease) if one.works and one.lease is not None else None,
        "replicators": [_replicator(replicator) for replicator in one.replicators],
        "fence": None if entry.fence is None else {"version": entry.fence.version, "until": _time(entry.fence.until)},
        "retiring": None
        if entry.retirement is None
        else {
            "version": entry.retirement.version,
            "stage": entry.retirement.stage.name.lower(),
            "since": entry.retirement.began_at,
            "backup": entry.retirement.backup,
        },
        "pending": [
            {"version": due.version, "table": due.table, "why": due.why, "not_before": _time(due.not_before)}
            for due in entry.pending
        ],
    }


def _migration(record: MigrationRecord, *, copied: int | None) -> dict[str, Any]:
    return {
        "id": record.id,
        "source": record.source,
        "target": record.target,
        "stage": record.stage.name.lower(),
        "since": record.started_at,
        "copied": copied,
        "items": record.items,
        "raised": [{"index": one.index or None, "write": one.write, "back": one.back} for one in record.raised],
        "hold": record.hold or None,
    }


def _lease(lease: Lease) -> dict[str, Any]:
    stop = lease.stop
    return {
        "user": lease.owner.user,
        "host": lease.owner.host,
        "process": lease.owner.pid,
        "since": _time(lease.since),
        "until": _time(lease.until),
        "asked_to_stop": None if stop is None else {"by": stop.by, "at": _time(stop.at), "because": stop.because},
    }


def _replicator(one: Replicator) -> dict[str, Any]:
    counters = one.counters
    return {
        "migration": one.migration.id,
        "source": one.migration.source,
        "target": one.migration.target,
        "ended": one.migration.ended_at,
        "word": None if one.word is None else one.word.value,
        "records": counters.records,
        "last_record": None if counters.last_at is None else _time(counters.last_at),
        "failing": [batch.error for batch in one.failing],
        "failed_items": one.failed_count,
        "conflicts": counters.conflicts,
        "gaps": counters.gaps,
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
