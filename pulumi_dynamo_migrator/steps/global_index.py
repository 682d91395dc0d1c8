"""Add, remove or change one global index of the served table, and wait for it. One at a time, as DynamoDB demands."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_dynamo_migrator.model.spec import GlobalIndex
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.waiting import wait_active


@dataclass(frozen=True, slots=True)
class CreateGlobalIndex:
    """Create `index` and wait until its backfill has finished; `types` are its key attributes'."""

    table: str
    index: GlobalIndex
    types: tuple[tuple[str, str], ...]

    def describe(self) -> str:
        """One line for the preview."""
        return f"add global index {self.index.name} ({', '.join(self.index.keys)}) to {self.table}; DynamoDB fills it"

    def apply(self, site: Site) -> None:
        """Create the index where it is not there, then wait until it is ACTIVE."""
        table = wait_active(site, self.table)
        if self.index.name not in {index.name for index in table.structure.global_indexes}:
            site.doors.tables.create_index(self.table, self.index, types=dict(self.types))
        wait_active(site, self.table, what=f"index {self.index.name} of {self.table}")


@dataclass(frozen=True, slots=True)
class DeleteGlobalIndex:
    """Delete the index `name` and wait until it is gone."""

    table: str
    name: str

    def describe(self) -> str:
        """One line for the preview."""
        return f"delete global index {self.name} of {self.table}"

    def apply(self, site: Site) -> None:
        """Delete the index where it still is, then wait."""
        table = wait_active(site, self.table)
        if self.name in {index.name for index in table.structure.global_indexes}:
            site.doors.tables.delete_index(self.table, self.name)
        wait_active(site, self.table)


@dataclass(frozen=True, slots=True)
class ChangeGlobalIndex:
    """Change capacity or throughput limits of `index`."""

    table: str
    index: GlobalIndex

    def describe(self) -> str:
        """One line for the preview."""
        return f"change the capacity of global index {self.index.name} of {self.table}"

    def apply(self, site: Site) -> None:
        """Ask for the change and wait."""
        wait_active(site, self.table)
        site.doors.tables.update_index(self.table, self.index)
        wait_active(site, self.table)
