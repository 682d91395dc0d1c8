"""Going on from where the older decorator library stopped: its versions, its newest table, its functions. Pure."""

from __future__ import annotations

from dataclasses import replace

from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.model.spec import Script, Spec, Structure
from pulumi_dynamo_migrator.plan.compare import compare_structure
from pulumi_dynamo_migrator.plan.first import describe_keys
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.situation import Situation, TakeOver
from pulumi_dynamo_migrator.steps.claim import held
from pulumi_dynamo_migrator.steps.take_over import TakeOverOlder, taken_over


def taking_over(spec: Spec, situation: Situation, left: TakeOver) -> tuple[Plan, Situation] | str:
    """The plan that takes over, and the situation after it; or why it cannot be."""
    assert spec.script is not None
    wrong = _problem(spec.script, left)
    if not wrong and situation.held_by:
        wrong = f"the older library has applied version {left.versions[-1].number}, but {held(situation.held_by)}"
    if wrong:
        return wrong
    step = TakeOverOlder(spec.script, left.versions, left.feeds, spec.name or left.versions[0].table)
    entry = situation.entry or _no_entry(situation)
    newest = left.tables[-1]
    after = replace(
        situation, entry=taken_over(entry, step, at=""), served=newest, began=left.versions[-1].number, left=None
    )
    applied = ", ".join(f"version {version.number} ({version.table})" for version in left.versions)
    plan = Plan(
        Route.TAKE_OVER,
        step.describe(),
        why=(
            f"the older library (dynamodb-migrator) has applied {applied}",
            *(f"kept until version {feed.source} is retired: {_names(feed)}" for feed in left.feeds),
        ),
        steps=(step,),
        served=None,
        becomes=left.versions[-1].number,
        again=True,
    )
    return plan, after


def with_what_follows(plan: Plan, after: Plan) -> Plan:
    """The plan, and what is planned after it, as one for people; the engine plans again in between."""
    if after.route is Route.REFUSED:
        return after
    if after.empty:
        return replace(plan, pending=after.pending)
    return replace(
        after,
        headline=f"{plan.headline}; then {after.headline}",
        why=(*plan.why, *after.why),
        steps=(*plan.steps, *after.steps),
        served=plan.served,
    )


def _problem(script: Script, left: TakeOver) -> str:
    newest, table = left.versions[-1], left.tables[-1]
    step = next((one for one in script.steps if one.version == newest.number), None)
    if step is None:
        return (
            f"the older library has applied version {newest.number} (table {newest.table}), which this script does not "
            "have: write the script as it was applied, then add to it."
        )
    if table is None:
        return (
            f"the older library has applied version {newest.number}, whose table {newest.table} does not exist in this "
            "account and region: correct the region, or take the table that there is over with adopt=."
        )
    words = _differences(table, step.structure)
    if words:
        return (
            f"version {newest.number} ({step.where}): the older library has applied it, but the table {newest.table} "
            f"({describe_keys(table.structure)}) differs from the script ({'; '.join(words)}). Write the script as the "
            "table is, then add to it."
        )
    return ""


def _differences(table: ObservedTable, structure: Structure) -> list[str]:
    difference = compare_structure(table.structure, structure)
    return [
        *difference.keys,
        *(f"type of {name}: {a} → {b}" for name, a, b in difference.types),
        *difference.local_indexes,
    ]


def _no_entry(situation: Situation) -> Entry:
    identity = situation.identity
    return Entry(identity.entry_id, identity.urn, identity.project, identity.stack, "", 1, Phase.NEW)


def _names(feed: object) -> str:
    parts = [
        f"{kind} {name}" for kind in ("functions", "mappings", "roles", "policies") for name in getattr(feed, kind)
    ]
    return ", ".join(parts)
