"""Take an existing table as version 1. Changes nothing of it: no item, no key, no setting, no tag."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import HistoryRow, Version
from pulumi_dynamo_migrator.steps.claim import claim
from pulumi_dynamo_migrator.steps.stamp import stamp
from pulumi_dynamo_migrator.steps.step import Site


@dataclass(frozen=True, slots=True)
class Adopt:
    """Write the table `table`, with the TableId that the plan saw, into the ledger."""

    table: str
    table_id: str

    def describe(self) -> str:
        """One line for the preview."""
        return f"write table {self.table} into the ledger as version 1; nothing of it is changed"

    def apply(self, site: Site) -> None:
        """Record the version as one that we did not make."""
        table = site.doors.tables.describe(self.table)
        if table is None or table.table_id != self.table_id:
            raise MigratorError(
                f"The table {self.table} changed hands between plan and adoption; nothing was changed.",
                now="run `pulumi up` again.",
            )
        now = stamp(site.clock)
        version = Version(1, self.table, table_id=table.table_id, arn=table.arn, ours=False)
        adopted = replace(
            site.entry,
            served=1,
            base_name=self.table,
            versions=(version,),
            history=(HistoryRow(1, self.table, "adopt", now, finished_at=now),),
        )
        claim(site, adopted, by=version, what=f"adopt = {self.table!r}: ")
