"""Take an existing table as version 1. Changes nothing of it: no item, no key, no setting, no tag.

Two resources, of two stacks say, may want the same table at the same time. Each has a lease on its own entry, so the
table has one as well while it is being adopted: whoever holds it looks once more whether another resource has it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import HistoryRow, Version
from pulumi_dynamo_migrator.steps.own import held_by
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
        ledger = site.doors.ledger
        claim = ledger.acquire(f"the adoption of {self.table} ({self.table_id})")
        by = held_by(site.doors, site.entry, {self.table_id})
        if by:
            ledger.end(claim)
            raise MigratorError(f"adopt = {self.table!r}: {held(by)}")
        now = stamp(site.clock)
        adopted = replace(
            site.entry,
            served=1,
            base_name=self.table,
            versions=(Version(1, self.table, table_id=table.table_id, arn=table.arn, ours=False),),
            history=(HistoryRow(1, self.table, "adopt", now, finished_at=now),),
        )
        site.entry = ledger.save(adopted, lease=site.lease, ends=claim)


def held(by: str) -> str:
    """Why a table that another resource has already is not taken: each would change and end it on its own."""
    return (
        f"it is a version of the resource {by} already, and the two would share its table. Take it out of that one "
        "first (`pulumi destroy --target` there leaves a table that was adopted or taken over)."
    )
