"""Pulumi's `check`: validate, look, plan; show the plan in a preview. May read AWS and the ledger; changes neither.

Nobody waits for what is not needed: the planner and most doors to AWS are loaded only where something has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_dynamo_migrator.aws.connection import aws_config
from pulumi_dynamo_migrator.bags.outputs import LEFT
from pulumi_dynamo_migrator.bags.props import parse
from pulumi_dynamo_migrator.bags.shapes import normalise
from pulumi_dynamo_migrator.bags.unknowns import unknown_names
from pulumi_dynamo_migrator.console import Console
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.lifecycle.unchanged import glance
from pulumi_dynamo_migrator.model.spec import Spec

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
        return inputs, _looked(spec, olds, inputs, configuration=configuration, console=console if dry else None)
    except MigratorError as error:
        return inputs, [str(error)]


def _looked(spec: Spec, olds: Bag, inputs: dict[str, Any], *, configuration: Bag, console: Console | None) -> list[str]:
    """Look, plan if anything can have changed, and say so; the reasons against it."""
    seen = glance(olds, inputs, configuration=configuration)
    if seen.unchanged and seen.entry is not None and not seen.entry.fed:
        return []
    from pulumi_dynamo_migrator.lifecycle.planning import late, plan_of, told

    if seen.unchanged and seen.entry is not None:
        plan, conflicts = None, late(seen.entry, inputs, configuration=configuration)
    else:
        plan, conflicts = plan_of(spec, seen.entry, inputs, configuration=configuration)
        if seen.unknown_to_state and seen.entry is not None and not plan.empty:
            inputs[LEFT] = str(seen.entry.revision)
    if console is not None:
        for text in conflicts:
            console.warn(text)
    return [] if plan is None else told(plan, inputs, console)


def _described(inputs: Bag) -> tuple[Spec | None, list[str]]:
    """What the inputs ask, or every reason why they ask nothing that can be."""
    mistyped = _mistyped(inputs["script"]) if inputs.get("script") is not None else []
    parsed = parse(inputs)
    if parsed.spec is not None and not mistyped:
        return parsed.spec, []
    told = _told_by_the_model(inputs, mistyped)
    return None, [*mistyped, *(problem for problem in parsed.problems if problem not in told)]


def _told_by_the_model(inputs: Bag, mistyped: list[str]) -> tuple[str, ...]:
    """Problems of a script that AWS's own model of the request has told already, in its own words."""
    from pulumi_dynamo_migrator.lowering.lower import lower

    return lower(inputs["script"]).malformed if mistyped else ()


def _mistyped(script: Any) -> list[str]:
    from pulumi_dynamo_migrator.aws.request_model import misfits

    return misfits(script)


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


def _show_unknown(names: list[str], console: Console, *, dry: bool) -> None:
    if dry:
        console.note(f"plan: known when {', '.join(names)} {'is' if len(names) == 1 else 'are'} known")
