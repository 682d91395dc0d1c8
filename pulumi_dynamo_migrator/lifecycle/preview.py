"""Pulumi's `check`: validate, look, plan; show the plan in a preview. May read AWS and the ledger; changes neither."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_dynamo_migrator.aws.doors import Doors, aws_config
from pulumi_dynamo_migrator.aws.request_model import misfits as script_misfits
from pulumi_dynamo_migrator.bags.props import asked_fingerprint, fingerprint_before, parse
from pulumi_dynamo_migrator.bags.shapes import normalise
from pulumi_dynamo_migrator.bags.unknowns import unknown_names
from pulumi_dynamo_migrator.console import Console
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.lifecycle.conflicts import conflict_texts
from pulumi_dynamo_migrator.lifecycle.look import look
from pulumi_dynamo_migrator.lifecycle.work import open_doors
from pulumi_dynamo_migrator.lowering.lower import lower
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.names import Identity
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.model.spec import Spec
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.render import as_property, hazards
from pulumi_dynamo_migrator.plan.render import text as plan_text
from pulumi_dynamo_migrator.system import SystemClock

Bag = Mapping[str, Any]

HIDDEN = ("__urn", "__aws", "__unknown", "__adopts_resource")
"""Inputs of ours that a preview does not show; the rest that begins with an underscore is for one call only."""


def check(olds: Bag, news: Bag, *, configuration: Bag) -> tuple[dict[str, Any], list[str]]:
    """The inputs to keep, with the plan in them, and every reason against them."""
    inputs = _inputs(olds, news)
    try:
        _add_default_tags(inputs, configuration)
    except MigratorError as error:
        return inputs, [str(error)]
    console = Console(str(news.get("__urn") or ""))
    dry = bool(news.get("_dry"))
    unknown = unknown_names(inputs)
    if unknown:
        _show_unknown(unknown, console, dry=dry)
        return inputs, []
    spec, wrong = _described(inputs)
    if spec is None:
        return inputs, wrong
    try:
        plan, conflicts = _plan(spec, olds, inputs, configuration)
    except MigratorError as error:
        return inputs, [str(error)]
    for text in conflicts if dry else ():
        console.warn(text)
    return inputs, _told(plan, inputs, console if dry else None)


def _described(inputs: Bag) -> tuple[Spec | None, list[str]]:
    """What the inputs ask, or every reason why they ask nothing that can be."""
    mistyped = script_misfits(inputs["script"]) if inputs.get("script") is not None else []
    parsed = parse(inputs)
    if parsed.spec is not None and not mistyped:
        return parsed.spec, []
    told = _told_by_the_model(inputs, mistyped)
    return None, [*mistyped, *(problem for problem in parsed.problems if problem not in told)]


def _told(plan: Plan | None, inputs: dict[str, Any], console: Console | None) -> list[str]:
    """Put the plan into the inputs, and say it where there is somebody to hear; the reasons why it is refused."""
    if plan is None or (plan.empty and not plan.pending):
        return []
    if plan.route is Route.REFUSED:
        return list(plan.refusals)
    inputs["plan"] = as_property(plan)
    if console is not None:
        _show(plan, console)
    return []


def _told_by_the_model(inputs: Bag, mistyped: list[str]) -> tuple[str, ...]:
    """Problems of a script that AWS's own model of the request has told already, in its own words."""
    return lower(inputs["script"]).malformed if mistyped else ()


def _inputs(olds: Bag, news: Bag) -> dict[str, Any]:
    visible = normalise({key: value for key, value in news.items() if not key.startswith("_") and key != "plan"})
    hidden = {key: news[key] for key in HIDDEN if news.get(key) is not None}
    kept = {"plan": olds["plan"]} if olds.get("plan") is not None else {}
    return {**visible, **hidden, **kept}


def _add_default_tags(inputs: dict[str, Any], configuration: Bag) -> None:
    """`aws:defaultTags` (or an explicit provider's default_tags) go onto the table, as they do with pulumi_aws."""
    defaults = dict(aws_config(configuration, inputs).default_tags)
    tags = inputs.get("tags")
    if defaults and (tags is None or isinstance(tags, Mapping)):
        inputs["tags"] = {**defaults, **(tags or {})}


def _plan(spec: Spec, olds: Bag, inputs: Bag, configuration: Bag) -> tuple[Plan | None, list[str]]:
    """The plan (None where one look at the ledger and one at the table say that nothing has changed); conflicts."""
    identity = Identity(str(inputs["__urn"]))
    doors = open_doors(configuration, inputs)
    entry = doors.ledger.find(identity.urn) or _renamed(olds, doors)
    conflicts = [] if entry is None else conflict_texts(entry, doors)
    if entry is not None and _unchanged(entry, olds, inputs, doors):
        return None, conflicts
    began = None if entry is None else entry.told
    return make_plan(spec, look(spec, identity, doors, entry, now=SystemClock().now(), began=began)), conflicts


def _renamed(olds: Bag, doors: Doors) -> Entry | None:
    """A resource that got another URN (an alias) is known under its old one until its next update."""
    before = olds.get("__urn")
    return doors.ledger.find(str(before)) if before else None


def _unchanged(entry: Entry, olds: Bag, inputs: Bag, doors: Doors) -> bool:
    asked = asked_fingerprint(inputs)
    if not entry.phase.settled or fingerprint_before(entry.asked) != asked or asked_fingerprint(olds) != asked:
        return False
    if entry.phase is Phase.HELD or any(one.not_before <= SystemClock().now() for one in entry.pending):
        return False
    serving = entry.serving
    seen = None if serving is None else doors.tables.describe(serving.table)
    return serving is not None and seen is not None and seen.table_id == serving.table_id


def _show_unknown(names: list[str], console: Console, *, dry: bool) -> None:
    if dry:
        console.note(f"plan: known when {', '.join(names)} {'is' if len(names) == 1 else 'are'} known")


def _show(plan: Plan, console: Console) -> None:
    for hazard in hazards(plan):
        console.warn(hazard)
    console.note(plan_text(plan))
