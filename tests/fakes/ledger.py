"""Ledger entries to try things on, and a clock."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.model.history import (
    Applied,
    AppliedStep,
    Entry,
    Fence,
    HistoryRow,
    MigrationRecord,
    Objects,
    OlderFeed,
    Pending,
    Raised,
    Retirement,
    RetireStage,
    Version,
)
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

AT = 1795503687.1002343
"""A time as clocks tell it: a float, which DynamoDB has not."""

GROWN = replace(
    FULL,
    versions=(Version(1, "orders", table_id="i", arn="a", ours=False, frozen=True), Version(2, "orders_V2")),
    migration=replace(
        MIGRATION,
        stage=Stage.FENCING,
        view="NEW_IMAGE",
        may_meet="they may",
        unknown_at=AT,
        met=True,
        raised=(Raised("", 300, back=5), Raised("by_at", 5_000)),
    ),
    feeds=(replace(MIGRATION, stage=Stage.FLIPPED, flipped_at=AT, ended_at="2026-11-24T12:00:00Z"),),
    history=(
        *FULL.history,
        HistoryRow(
            2,
            "orders_V2",
            "successor",
            "2026-11-23T12:00:00Z",
            retired_at="2026-11-24T12:00:00Z",
            source="orders",
            operation="convert",
            cut_over="fenced",
            backup="arn:backup",
        ),
    ),
    steps=(
        AppliedStep(2, "convert", "c0de", "2026-11-24T12:00:00Z", "orders_V2", "shop.py, line 3", by="the older one"),
    ),
    older=(OlderFeed(1, 2, ("f",), ("m", "n"), ("r",), ("arn:p",), since=AT), OlderFeed(2, 3)),
    fence=Fence(1, AT),
    retirement=Retirement(1, RetireStage.DISCONNECTED, "2026-11-24T12:00:00Z", backup="arn:backup"),
    pending=(Pending(1, "orders", "it is served", AT),),
    moved_from=1,
)
"""Everything that an entry can hold."""


def row_before_fences() -> dict[str, Any]:
    """The item of `FULL`'s entry as it was written before there were fences, scripts and retirements."""
    text = Path(__file__).with_name("entry_before_fences.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


class HandClock:
    """Real pauses, and a time of day that a test sets."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return 1_800_000_000.0 + self.ahead

    def monotonic(self) -> float:
        return self.ahead

    def sleep(self, seconds: float) -> None:
        threading.Event().wait(seconds)
