"""Whether a table is the one that the ledger means: by TableId, or, before AWS's answer was recorded, by our tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import Entry, Version
from pulumi_dynamo_migrator.model.names import TAG_MIGRATION, TAG_TABLE, TAG_VERSION
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.steps.step import Site

if TYPE_CHECKING:
    from pulumi_dynamo_migrator.aws.doors import Doors


def own_tags_for(site: Site, version: int, migration: str = "") -> dict[str, str]:
    """The tags of a table that we make: whose it is, set in CreateTable itself so that there is no moment without."""
    tags = {TAG_TABLE: site.entry.id, TAG_VERSION: str(version)}
    return {**tags, TAG_MIGRATION: migration} if migration else tags


def is_own(site: Site, version: Version, table: ObservedTable) -> bool:
    """Whether `table` is the one that the ledger calls `version`."""
    if version.table_id is not None:
        return table.table_id == version.table_id
    tags = table.tags
    if tags.get(TAG_TABLE) != site.entry.id or tags.get(TAG_VERSION) != str(version.number):
        return False
    migration = site.entry.migration
    return migration is None or migration.target != version.number or tags.get(TAG_MIGRATION) == migration.id


def expect(site: Site, number: int) -> ObservedTable:
    """The table of a version as it is now; an error when it is gone or another table stands in its place."""
    version = site.entry.version(number)
    table = site.doors.tables.describe(version.table)
    if table is None:
        raise MigratorError(
            f"The table {version.table} (version {number}) is gone.",
            now=(
                "if it was deleted by hand, revert the program to abandon the migration, or restore the table from a "
                "backup."
            ),
        )
    if version.table_id is not None and table.table_id != version.table_id:
        raise MigratorError(
            f"The table {version.table} is another one than the ledger's: TableId {table.table_id}, expected "
            f"{version.table_id}.",
            now="someone deleted and made it again; nothing was changed. Revert the program to abandon the migration.",
        )
    return table


def expect_source(site: Site) -> ObservedTable:
    """The source of the running migration, with the very stream that the replicator reads from its beginning."""
    source, arn = expect(site, site.migration.source), site.migration.objects.stream_arn
    if arn is not None and (not source.stream.enabled or source.stream.latest_arn != arn):
        raise MigratorError(
            f"The stream of {source.name} was switched off or made anew while the migration read it ({arn}): writes of "
            "the time between are not known to it.",
            now=(
                "nothing was handed over. Revert the program and run `pulumi up` to abandon the migration, then begin "
                "again."
            ),
        )
    return source


def held_by(doors: Doors, entry: Entry | None, tables: set[str | None]) -> str:
    """Which other resource of this ledger has one of these tables (by TableId), and since when; "" where none has."""
    wanted = tables - {None}
    if not wanted:
        return ""
    others = (other for other in doors.ledger.entries() if entry is None or other.id != entry.id)
    for other in others:
        for version in other.versions:
            if version.table_id in wanted:
                return other.urn + _since(other, version)
    return ""


def _since(entry: Entry, version: Version) -> str:
    row = next((row for row in entry.history if row.version == version.number and row.table == version.table), None)
    return "" if row is None else f" since {row.finished_at or row.started_at}"
