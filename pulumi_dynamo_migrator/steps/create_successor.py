"""Create the successor's table.

It can still be deleted freely: what would protect or change it comes at the cut-over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import Version
from pulumi_dynamo_migrator.model.spec import Settings, Structure
from pulumi_dynamo_migrator.steps.own import is_own, own_tags_for
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.waiting import delete_table, wait_active


@dataclass(frozen=True, slots=True)
class CreateSuccessor:
    """Create `table` with the asked structure and the carried settings."""

    table: str
    structure: Structure
    settings: Settings

    def describe(self) -> str:
        """One line for the preview."""
        return f"create table {self.table}, empty"

    def apply(self, site: Site) -> None:
        """Create it where it is not there, refuse a stranger's, wait, record its TableId."""
        version = site.entry.version(site.migration.target)
        table = site.doors.tables.observe(version.table)
        if table is None:
            settings = replace(
                self.settings,
                stream=None,
                ttl=None,
                point_in_time_recovery=None,
                deletion_protection=None,
                resource_policy=None,  # what the source's has become by then is put on at the cut-over
            )
            tags = own_tags_for(site, version.number, site.migration.id)
            site.doors.tables.create(version.table, self.structure, settings=settings, tags=tags)
        elif not is_own(site, version, table):
            raise MigratorError(
                f"A table named {version.table} exists and was not made by this migration; nothing was changed.",
                now="delete or rename it, or give this resource another base name with name=.",
            )
        ready = wait_active(site, version.table)
        _record(site, replace(version, table_id=ready.table_id, arn=ready.arn))

    def undo(self, site: Site) -> None:
        """Delete the table, only if it is the one that this migration made, and wait until it is gone."""
        version = site.entry.version(site.migration.target)
        table = site.doors.tables.observe(version.table)
        if table is not None and is_own(site, version, table):
            delete_table(site, version.table, table_id=table.table_id)


def _record(site: Site, version: Version) -> None:
    site.record(versions=tuple(version if v.number == version.number else v for v in site.entry.versions))
