"""Give a provisioned successor the write units again that it was asked with, once it is copied.

The ledger says what was raised and what it is put back to, not the program: who carries a copy on may not know that.
What was edited meanwhile is set when the outputs have moved, as any other setting. Auto scaling cannot fight it:
nothing of it is registered for a successor before that. Never touches reads, nor a table that has become on-demand.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_dynamo_migrator.model.history import Raised
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import BillingMode, Units
from pulumi_dynamo_migrator.steps.own import expect
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.waiting import change_table


def put_back(site: Site) -> None:
    """Put the write units back and wait for it, then forget them; nothing where none were raised."""
    back = {one.index: one.back for one in site.migration.raised if one.back is not None}
    if not back:
        return
    table = expect(site, site.migration.target).name

    def ask(seen: ObservedTable) -> None:
        if not _is_back(seen, back):
            capacity, indexes = _units(seen, back)
            site.doors.tables.update_billing(table, BillingMode.PROVISIONED, capacity=capacity, indexes=indexes)

    change_table(site, table, ask, done=lambda seen: _is_back(seen, back))
    site.record_migration(raised=tuple(one for one in site.migration.raised if one.back is None))


def what_is_put_back(table: str, raised: tuple[Raised, ...]) -> str:
    """The same in words, after those of another act; nothing where none were raised."""
    back = [(f"index {one.index}" if one.index else table, one.back) for one in raised if one.back is not None]
    words = ", ".join(f"{units:,} ({where})" for where, units in back)
    return f"; its write units are put back to {words}" if words else ""


def _is_back(seen: ObservedTable, back: Mapping[str, int]) -> bool:
    if seen.settings.billing_mode is not BillingMode.PROVISIONED:
        return True
    capacity, indexes = _units(seen, back)
    held = {index.name: index.capacity for index in seen.structure.global_indexes}
    return capacity == seen.settings.capacity and all(held[name] == units for name, units in indexes.items())


def _units(seen: ObservedTable, back: Mapping[str, int]) -> tuple[Units | None, dict[str, Units]]:
    """What the table and its indexes have then: their reads stay."""
    capacity = seen.settings.capacity
    if capacity is not None and "" in back:
        capacity = Units(capacity.read, back[""])
    indexes = {
        index.name: Units((index.capacity or Units()).read, back[index.name])
        for index in seen.structure.global_indexes
        if index.name in back
    }
    return capacity, indexes
