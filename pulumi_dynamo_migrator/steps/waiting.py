"""Waiting for DynamoDB inside a step: guarded, told to the listener, bounded by Timing."""

from __future__ import annotations

from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import PointInTimeRecovery
from pulumi_dynamo_migrator.steps.step import Site


def wait_active(site: Site, table: str, *, what: str = "") -> ObservedTable:
    """Wait until the table and its global indexes are ACTIVE."""

    def tell(seen: ObservedTable) -> None:
        busy = [name for name, status in seen.index_statuses if status != "ACTIVE"]
        site.listener.progress(Progress(f"waiting for {what or ', '.join([table, *busy])}"))

    return site.doors.tables.wait_active(table, clock=site.clock, timing=site.timing, progress=tell)


def wait_stream(site: Site, arn: str) -> None:
    """Wait until the stream is ENABLED: the table's own ACTIVE does not say so."""
    site.listener.progress(Progress("waiting for the stream"))
    site.doors.streams.wait_enabled(arn, clock=site.clock, timing=site.timing)


def delete_table(site: Site, table: str, *, table_id: str | None = None) -> None:
    """Delete the table (only the one with `table_id`, where that is known) and wait until it is gone."""
    site.doors.tables.wait_active(table, clock=site.clock, timing=site.timing)
    site.listener.progress(Progress(f"deleting {table}"))
    site.doors.tables.delete(table, table_id=table_id)
    site.doors.tables.wait_gone(table, clock=site.clock, timing=site.timing)


def set_recovery(site: Site, table: str, wanted: PointInTimeRecovery) -> None:
    """Switch point-in-time recovery."""
    site.doors.tables.set_point_in_time_recovery(table, wanted, clock=site.clock, timing=site.timing)
