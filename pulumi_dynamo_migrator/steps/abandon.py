"""Undo an unfinished migration: mapping, function, role, table, stream, in the reverse of the order in which they were
made.

Deletes only what this migration made: the table by TableId or our tag, the function and role by the names in the
ledger. Never touches the source's items.
"""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import HistoryRow
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.spec import Settings
from pulumi_dynamo_migrator.steps.create_replicator import CreateReplicator
from pulumi_dynamo_migrator.steps.create_successor import CreateSuccessor
from pulumi_dynamo_migrator.steps.enable_stream import EnableStream
from pulumi_dynamo_migrator.steps.fence import lift_left_fence
from pulumi_dynamo_migrator.steps.stamp import stamp
from pulumi_dynamo_migrator.steps.step import Site


@dataclass(frozen=True, slots=True)
class Abandon:
    """Undo the running migration towards `table`, whose replicator is `function`."""

    table: str
    function: str

    def describe(self) -> str:
        """One line for the preview."""
        return (
            f"abandon {self.table}: remove the replicator {self.function}, then the table; the served table is "
            "untouched"
        )

    def apply(self, site: Site) -> None:
        """Record that it is being abandoned, undo each step, and strike it from the ledger."""
        if site.entry.migration is None:
            return
        migration = site.migration
        if migration.stage.served:
            raise MigratorError(
                f"{self.table} is served already; it cannot be abandoned.",
                now="run `pulumi up` with the program that made it.",
            )
        lift_left_fence(site)
        site.record_migration(stage=Stage.ABANDONING)
        source = site.entry.version(migration.source).table
        CreateReplicator(self.function, source, self.table).undo(site)
        CreateSuccessor(self.table, site.spec.structure, Settings()).undo(site)
        EnableStream(source, already=False).undo(site)
        site.partition.purge()
        now = stamp(site.clock)
        row = HistoryRow(
            migration.target, self.table, "abandoned", migration.started_at, finished_at=now, why=migration.why
        )
        site.record(
            phase=Phase.READY,
            migration=None,
            versions=tuple(version for version in site.entry.versions if version.number != migration.target),
            history=(*site.entry.history, row),
        )
