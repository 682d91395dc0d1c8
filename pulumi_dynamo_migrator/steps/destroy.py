"""End a resource: remove what was made for it, and nothing else. An adopted table stays, with its data.

Looks at everything first and refuses whole when one of our tables has deletion protection: nothing is half destroyed.
"""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import MigrationRecord, Version
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.model.spec import Stream
from pulumi_dynamo_migrator.steps.own import is_own
from pulumi_dynamo_migrator.steps.replicator import disconnect, remove_replicator
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.waiting import delete_table, switch_stream


@dataclass(frozen=True, slots=True)
class Destroy:
    """Remove replicators, tables, and the ledger entry, with which the lease goes."""

    def describe(self) -> str:
        """One line for the log."""
        return "remove replicators, tables and the ledger entry"

    def apply(self, site: Site) -> None:
        """Refuse, or remove everything in an order that can be resumed."""
        tables = [(version, site.doors.tables.observe(version.table)) for version in site.entry.versions]
        _refuse_protected(site, tables)
        site.record(phase=Phase.DESTROYING)
        # All are disconnected first: the wait for their last invocations is then one and not many.
        since = {one.id: disconnect(site, one) for one in _migrations(site) if one.ended_at is None}
        for migration in _migrations(site):
            if migration.id in since:
                remove_replicator(site, migration, since=since[migration.id])
            site.doors.ledger.migration(migration.id).purge()
        for version, table in tables:
            if table is None:
                continue
            if version.ours and is_own(site, version, table):
                delete_table(site, table.name, table_id=table.table_id)
            else:
                _give_back(site, version, table)
        site.doors.ledger.delete(site.entry)


def _refuse_protected(site: Site, tables: list[tuple[Version, ObservedTable | None]]) -> None:
    protected = [
        table.name
        for version, table in tables
        if table is not None and version.ours and is_own(site, version, table) and table.settings.deletion_protection
    ]
    if protected:
        raise MigratorError(
            f"{', '.join(protected)}: deletion protection is on; nothing was destroyed.",
            now="set deletion_protection_enabled=False, run `pulumi up`, then destroy.",
        )


def _migrations(site: Site) -> tuple[MigrationRecord, ...]:
    running = () if site.entry.migration is None else (site.entry.migration,)
    return (*running, *reversed(site.entry.feeds))


def _give_back(site: Site, version: Version, table: ObservedTable) -> None:
    """An adopted table as it was: writable, and without a stream that a migration switched on (if it still is that)."""
    if version.frozen or (site.entry.fence is not None and site.entry.fence.version == version.number):
        site.doors.policies.lift(table.arn)
    ours = {m.objects.stream_arn for m in _migrations(site) if m.objects.stream_is_ours and m.source == version.number}
    if table.stream.enabled and table.stream.latest_arn in ours:
        switch_stream(site, table.name, Stream(False))
