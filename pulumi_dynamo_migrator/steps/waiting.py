"""Waiting inside a step, for DynamoDB or for time to pass: guarded, told to the listener, bounded by Timing."""

from __future__ import annotations

from collections.abc import Callable

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault
from pulumi_dynamo_migrator.aws.waiting import pauses
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import PointInTimeRecovery, Stream
from pulumi_dynamo_migrator.steps.step import Site


def wait_active(site: Site, table: str, *, what: str = "") -> ObservedTable:
    """Wait until the table and its global indexes are ACTIVE."""

    def tell(seen: ObservedTable) -> None:
        busy = [name for name, status in seen.index_statuses if status != "ACTIVE"]
        site.listener.progress(Progress(f"waiting for {what or ', '.join([table, *busy])}"))

    return site.doors.tables.wait_active(table, clock=site.clock, timing=site.timing, progress=tell)


def change_table(
    site: Site,
    table: str,
    ask: Callable[[ObservedTable], None],
    *,
    done: Callable[[ObservedTable], bool] | None = None,
) -> ObservedTable:
    """Ask for one change when the table is free, and wait until it is ACTIVE again and `done` sees the change.

    DescribeTable is eventually consistent (API reference): it may say ACTIVE of a table that is being changed, so a
    refusal because the table is in use is no error, and ACTIVE alone does not say that a change has been made. Nor is
    the refusal of what is `done`: an attempt whose answer was lost has done it.
    """
    began = site.clock.monotonic()
    _ask_when_free(site, table, ask, done)
    pause = pauses(site.timing)
    while True:
        seen = wait_active(site, table)
        if done is None or done(seen):
            return seen
        if site.clock.monotonic() - began > site.timing.table:
            raise MigratorError(
                f"A change of {table} was accepted by DynamoDB and does not show.", now="run `pulumi up` again."
            )
        site.clock.sleep(next(pause))


def _ask_when_free(
    site: Site,
    table: str,
    ask: Callable[[ObservedTable], None],
    done: Callable[[ObservedTable], bool] | None,
) -> None:
    began = site.clock.monotonic()
    for pause in pauses(site.timing):
        try:
            ask(wait_active(site, table))
            break
        except AwsError as error:
            if error.fault is Fault.INVALID and done is not None and done(wait_active(site, table)):
                break
            if error.fault is not Fault.IN_USE or site.clock.monotonic() - began > site.timing.table:
                raise
        site.clock.sleep(pause)


def switch_stream(site: Site, table: str, stream: Stream) -> ObservedTable:
    """Switch the stream on or off, and wait until the table says so."""
    return change_table(
        site,
        table,
        lambda _: site.doors.tables.update_stream(table, stream),
        done=lambda seen: seen.stream.enabled == stream.enabled,
    )


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


def wait_for_outcome(site: Site, unknown_at: float | None, *, guard: Callable[[], None] | None = None) -> None:
    """No phase closes while a request may still take effect whose outcome is unknown."""
    if unknown_at is not None:
        what = "waiting until a request of unknown outcome can no longer take effect"
        _wait_until(site, unknown_at + site.timing.outcome, what, guard or site.guard)


def wait_for_earlier_owners(site: Site) -> None:
    """Nor while an owner whose lease was taken over may only be asleep: its insert could bring a deleted item back."""
    if site.lease is not None and site.lease.settles is not None:
        what = "waiting until nothing that an earlier `up`, killed or asleep, has sent can take effect any more"
        _wait_until(site, site.lease.settles, what, site.guard)


def _wait_until(site: Site, moment: float, what: str, guard: Callable[[], None]) -> None:
    while (left := moment - site.clock.now()) > 0:
        guard()
        site.listener.progress(Progress(what, left=left))
        site.clock.sleep(min(1.0, max(0.05, left)))
