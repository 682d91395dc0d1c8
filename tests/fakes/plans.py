"""Descriptions, tables and situations to plan with, and the end that a plan leads to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pulumi_dynamo_migrator.conversion.source import CapturedSource, fingerprint
from pulumi_dynamo_migrator.model.history import Applied, Entry, MigrationRecord, OlderFeed, Version
from pulumi_dynamo_migrator.model.names import TAG_TABLE, Identity
from pulumi_dynamo_migrator.model.observed import ObservedStream, ObservedTable, TableStatus
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Conversion,
    Encryption,
    LocalIndex,
    PointInTimeRecovery,
    Settings,
    Spec,
    Stream,
    Structure,
    Ttl,
)
from pulumi_dynamo_migrator.plan.plan import Plan
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.situation import RetireSight, Situation
from pulumi_dynamo_migrator.steps.begin import Begin

IDENTITY = Identity("urn:pulumi:dev::shop::pulumi-python:dynamic/dynamo:MigratedTable::orders")
OLD = Structure("id", None, (("id", "S"),))
NEW = Structure("country", "id", (("country", "S"), ("id", "S")))
INDEXED = replace(
    NEW, attributes=(("at", "N"), ("country", "S"), ("id", "S")), local_indexes=(LocalIndex("by_at", "at"),)
)
ELSEWHERE = Structure("country", None, (("country", "S"),))
SEEN = Settings(
    billing_mode=BillingMode.PAY_PER_REQUEST,
    stream=Stream(False),
    ttl=Ttl(False),
    point_in_time_recovery=PointInTimeRecovery(True, 35),
    encryption=Encryption(False),
    table_class="STANDARD",
    deletion_protection=False,
    tags=((TAG_TABLE, IDENTITY.entry_id),),
)
"""What a table that was made without a word about its settings is seen to have."""


def source(text: str = "return item") -> CapturedSource:
    """A conversion's source whose body is this one line."""
    module = f"def convert(item):\n    {text}\n"
    return CapturedSource("closure", "convert", (("c.py", module),), fingerprint(module, "convert"), "3.11", module)


def conversion(number: int, text: str = "return item", *, distinct_keys: bool = False) -> Conversion:
    """A numbered conversion."""
    return Conversion(number, source(text), distinct_keys=distinct_keys)


def applied(one: Conversion) -> Applied:
    """The same conversion, once it was applied."""
    return Applied(one.number, one.source.fingerprint, "2026-11-22T12:00:00Z", one.source.shown)


def table(structure: Structure = OLD, settings: Settings = SEEN, *, name: str = "orders", **more: Any) -> ObservedTable:
    """A living table as it is seen."""
    on = settings.stream is not None and settings.stream.enabled
    stream = ObservedStream(on, settings.stream.view_type if settings.stream else None, "arn:stream" if on else None)
    facts = {"items": 28_000, "bytes": 3_000_000, "table_id": f"id-of-{name}", "complete": True, **more}
    return ObservedTable(name, f"arn:{name}", structure=structure, settings=settings, stream=stream, **active(facts))


def active(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of a table that is ACTIVE where they do not say otherwise."""
    return {"status": TableStatus.ACTIVE, **facts}


def entry(**changes: Any) -> Entry:
    """The ledger's entry of a table that was created and nothing else."""
    whole = Entry(
        id=IDENTITY.entry_id,
        urn=IDENTITY.urn,
        project="shop",
        stack="dev",
        base_name="orders",
        generation=1,
        phase=Phase.READY,
        served=1,
        versions=(Version(1, "orders", table_id="id-of-orders", arn="arn:orders"),),
    )
    return replace(whole, **changes)


def situation(seen: ObservedTable | None = None, known: Entry | None = None, **more: Any) -> Situation:
    """A created table, and nothing in anybody's way."""
    return Situation(IDENTITY, known or entry(), served=seen or table(), **more)


def begun(plan: Plan) -> MigrationRecord:
    """The migration that a plan would begin."""
    for step in plan.steps:
        if isinstance(step, Begin):
            return step.record
    raise LookupError(f"the plan begins no migration: {plan.headline}")


def under_way(plan: Plan, stage: Stage, *, phase: Phase = Phase.MIGRATING, **changes: Any) -> Entry:
    """The ledger's entry when the plan's migration, from the entry of `situation`, has come to `stage`."""
    planned = begun(plan)
    mapping = None if stage is Stage.PLANNED else "uuid"
    record = replace(
        planned, stage=stage, started_at="2027-01-01T00:00:00Z", objects=replace(planned.objects, mapping=mapping)
    )
    name = record.base_name if record.target == 1 else f"{record.base_name}_V{record.target}"
    successor = Version(record.target, name, table_id=f"id-of-{name}", arn=f"arn:{name}")
    whole = entry(phase=phase, migration=record, attempts=1)
    return replace(whole, **{"versions": (*whole.versions, successor), **changes})


def asks(structure: Structure = OLD, **more: Any) -> Spec:
    """A description."""
    return Spec(structure, **more)


NOW = 1_800_000_000.0
"""When plans of a longer life are made (epoch seconds): 2027-01-15 08:00:00 UTC."""


def version(number: int, **changes: Any) -> Version:
    """A version whose table AWS has answered for."""
    name = "orders" if number == 1 else f"orders_V{number}"
    return replace(Version(number, name, table_id=f"id-of-{name}", arn=f"arn:{name}"), **changes)


def fed(target: int, **changes: Any) -> MigrationRecord:
    """A migration to `target` from the version before it that was finished and whose replicator still runs."""
    whole = replace(
        begun(make_plan(asks(NEW), situation())),
        id=f"feed-{target}",
        source=target - 1,
        target=target,
        stage=Stage.LATE,
        started_at="2027-01-10T08:00:00Z",
        finished_at="2027-01-10T09:00:00Z",
        flipped_at=NOW - 5 * 86_400.0,
    )
    function = f"replicates-{target}"
    whole = replace(whole, objects=replace(whole.objects, function=function, role=function, mapping=f"m-{target}"))
    return replace(whole, **changes)


def grown(to: int = 2, **changes: Any) -> Entry:
    """The entry of a table that was handed over from version to version, the last of which is served."""
    numbers = range(1, to + 1)
    whole = entry(served=to, versions=tuple(map(version, numbers)), feeds=tuple(map(fed, numbers[1:])))
    return replace(whole, **changes)


def sight(number: int, **changes: Any) -> RetireSight:
    """What is seen of an old version that was not written to for a week, and may go."""
    whole = RetireSight(
        number,
        table(name=version(number).table),
        last_write=NOW - 7 * 86_400.0,
        watched_since=NOW - 9 * 86_400.0,
        removes=(f"function replicates-{number + 1} with its mapping and role",),
    )
    return replace(whole, **changes)


def later(known: Entry, *sights: RetireSight, **more: Any) -> Situation:
    """A situation of a longer life: `sights` are of the versions that are asked to end."""
    assert known.serving is not None
    seen = table(NEW if known.served != 1 else OLD, name=known.serving.table)
    return situation(seen, known, retiring=sights, **{"now": NOW, "began": known.served, **more})


OLDER = OlderFeed(1, 2, ("copies",), ("m-older",), ("copies-role",), ("arn:copies-policy",), since=NOW - 100.0)
"""What the older library made to feed version 2."""
