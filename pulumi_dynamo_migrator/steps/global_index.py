"""Add, remove or change one global index of the served table, and wait for it. One at a time, as DynamoDB demands."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import GlobalIndex
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.waiting import change_table


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

        def ask(seen: ObservedTable) -> None:
            if not _has(seen, self.index.name):
                site.doors.tables.create_index(self.table, self.index, types=dict(self.types))

        change_table(site, self.table, ask, done=lambda seen: _has(seen, self.index.name))


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

        def ask(seen: ObservedTable) -> None:
            if _has(seen, self.name):
                site.doors.tables.delete_index(self.table, self.name)

        change_table(site, self.table, ask, done=lambda seen: not _has(seen, self.name))


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
        change_table(site, self.table, lambda _: site.doors.tables.update_index(self.table, self.index))


def _has(table: ObservedTable, index: str) -> bool:
    return index in {one.name for one in table.structure.global_indexes}
