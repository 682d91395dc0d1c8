"""Write a migration into the ledger: every name that it will make, before any of it is made. Touches nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.model.history import MigrationRecord, Version
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.steps.stamp import stamp
from pulumi_dynamo_migrator.steps.step import Site


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin `record`'s migration towards the table `table`."""

    record: MigrationRecord
    table: str

    def describe(self) -> str:
        """One line for the preview."""
        return f"write version {self.record.target} ({self.table}) and the names of all it needs into the ledger"

    def apply(self, site: Site) -> None:
        """Record the migration, its version and the attempt."""
        if site.entry.migration is not None and site.entry.migration.id == self.record.id:
            return
        site.record(
            phase=Phase.MIGRATING,
            attempts=site.entry.attempts + 1,
            versions=(*site.entry.versions, Version(self.record.target, self.table)),
            migration=replace(self.record, started_at=stamp(site.clock)),
        )
