"""Ledger entries to try things on."""

from __future__ import annotations

from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.model.history import Applied, Entry, HistoryRow, MigrationRecord, Objects, Version
from pulumi_dynamo_migrator.model.phase import Phase, Stage

SMALL = Entry(
    id="orders-1",
    urn="urn:pulumi:dev::shop::pulumi-python:dynamic/dynamo:MigratedTable::orders",
    project="shop",
    stack="dev",
    base_name="orders",
    generation=1,
    phase=Phase.NEW,
)

MIGRATION = MigrationRecord(
    id="orders-1-v2-1",
    source=1,
    target=2,
    fingerprint="f00d",
    chain='{"links": []}',
    numbers=(2, 3),
    meeting=Meeting.SEPARATE,
    stage=Stage.COPYING,
    objects=Objects(role="r", function="f", mapping="uuid", stream_arn="arn", stream_is_ours=True),
    started_at="2026-11-23T12:00:00Z",
    items=28_000,
)

FULL = Entry(
    id="orders-1",
    urn=SMALL.urn,
    project="shop",
    stack="dev",
    base_name="orders",
    generation=3,
    phase=Phase.MIGRATING,
    revision=41,
    served=1,
    error="it stopped: käse 🧀",
    versions=(Version(1, "orders", table_id="i", arn="a", ours=False), Version(2, "orders_V2")),
    migration=MIGRATION,
    feeds=(MIGRATION,),
    applied=(Applied(2, "beef", "2026-11-22T12:00:00Z", shown="def f(item): ..."),),
    history=(HistoryRow(1, "orders", "create", "2026-11-22T12:00:00Z", conversions=(2,), items=5, verified="yes"),),
    asked="{}",
)
