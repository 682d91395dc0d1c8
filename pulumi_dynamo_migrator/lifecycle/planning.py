"""The plan of a preview, and what is said of it; loaded only where something has changed. Reads AWS, no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.console import Console
from pulumi_dynamo_migrator.lifecycle.conflicts import conflict_texts
from pulumi_dynamo_migrator.lifecycle.look import look
from pulumi_dynamo_migrator.lifecycle.work import open_doors
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.names import Identity
from pulumi_dynamo_migrator.model.spec import Spec
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.render import as_property, hazards
from pulumi_dynamo_migrator.plan.render import text as plan_text
from pulumi_dynamo_migrator.system import SystemClock

Bag = Mapping[str, Any]


def plan_of(spec: Spec, entry: Entry | None, inputs: Bag, *, configuration: Bag) -> tuple[Plan, list[str]]:
    """The plan, and what did not go over."""
    doors = open_doors(configuration, inputs)
    seen = look(
        spec,
        Identity(str(inputs["__urn"])),
        doors,
        entry,
        now=SystemClock().now(),
        began=None if entry is None else entry.told,
    )
    return make_plan(spec, seen), _late(entry, doors)


def late(entry: Entry, inputs: Bag, *, configuration: Bag) -> list[str]:
    """What did not go over, where no plan is made."""
    return _late(entry, open_doors(configuration, inputs))


def _late(entry: Entry | None, doors: Doors) -> list[str]:
    return [] if entry is None else conflict_texts(entry, doors)


def told(plan: Plan, inputs: dict[str, Any], console: Console | None) -> list[str]:
    """Put the plan into the inputs, and say it where there is somebody to hear; the reasons why it is refused."""
    if plan.empty and not plan.pending:
        return []
    if plan.route is Route.REFUSED:
        return list(plan.refusals)
    inputs["plan"] = as_property(plan)
    if console is not None:
        for hazard in hazards(plan):
            console.warn(hazard)
        console.note(plan_text(plan))
    return []
