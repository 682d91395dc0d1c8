"""Making tables one's own that somebody else has made, in one write to the ledger.

Two resources, of two stacks say, may want the same table at the same time. Each has a lease on its own entry, so the
table has one as well while it is being taken: whoever holds it looks once more whether another resource has it.
"""

from __future__ import annotations

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import Entry, Version
from pulumi_dynamo_migrator.steps.own import held_by
from pulumi_dynamo_migrator.steps.step import Site


def claim(site: Site, taken: Entry, *, by: Version, what: str) -> None:
    """Write `taken` into the ledger, unless another resource has one of its tables, or is taking that of `by`.

    `what` begins the error: who asks for the tables.
    """
    ledger = site.doors.ledger
    lease = ledger.acquire(f"the adoption of {by.table} ({by.table_id})")
    holder = held_by(site.doors, site.entry, {version.table_id for version in taken.versions})
    if holder:
        ledger.end(lease)
        raise MigratorError(f"{what}{held(holder)}")
    site.entry = ledger.save(taken, lease=site.lease, ends=lease)


def held(by: str) -> str:
    """Why a table that another resource has already is not taken: each would change and end it on its own."""
    return (
        f"it is a version of the resource {by} already, and the two would share its table. Take it out of that one "
        "first (`pulumi destroy --target` there leaves a table that was adopted or taken over)."
    )
