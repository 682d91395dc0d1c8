"""A plan for people (log lines on the resource) and for programs (the input property `plan`). Pure.

The property holds only what is stable: volatile figures (items, bytes) go as text rounded, so that `up --plan` accepts
what `preview --save-plan` wrote.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pulumi_dynamo_migrator.figures import about, duration, money, size
from pulumi_dynamo_migrator.model.history import Pending
from pulumi_dynamo_migrator.plan.cost import Estimate
from pulumi_dynamo_migrator.plan.plan import Plan
from pulumi_dynamo_migrator.plan.prices import AS_OF, REGION


def text(plan: Plan) -> str:
    """The whole plan, headline first: Pulumi shows the first line of the last message on the resource's row."""
    lines = [f"plan: {plan.headline}", f"  route: {plan.route}{_versions(plan)}"]
    lines += [f"  why: {reason}" for reason in plan.why]
    if plan.items is not None:
        lines.append(
            f"  to copy: about {plan.items:,} items, {size(plan.bytes or 0)} (DynamoDB's figures, up to six hours old)"
        )
    if plan.estimate is not None:
        lines += _takes(plan.estimate)
    lines += [f"  {number}. {step.describe()}" for number, step in enumerate(plan.steps, 1)]
    lines += [f"  + {one}" for one in plan.makes]
    lines += [f"  - {one}" for one in plan.removes]
    lines += [f"  {pending_text(one)}" for one in plan.pending]
    return "\n".join(lines)


def pending_text(one: Pending) -> str:
    """A version that may not end yet, for people."""
    at = datetime.fromtimestamp(one.not_before, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"pending: retire version {one.version} (table {one.table}): {one.why}; not before {at}"


def hazards(plan: Plan) -> list[str]:
    """One text a hazard, with what to do now."""
    return [f"hazard: {hazard.what}\n  what now: {hazard.now}" for hazard in plan.hazards]


def as_property(plan: Plan) -> dict[str, Any]:
    """The stable part, for `preview --diff` and `preview --json`."""
    found: dict[str, Any] = {
        "route": plan.route.value,
        "headline": plan.headline,
        "why": list(plan.why),
        "steps": [step.describe() for step in plan.steps],
        "makes": list(plan.makes),
        "removes": list(plan.removes),
        "hazards": [{"what": hazard.what, "now": hazard.now} for hazard in plan.hazards],
    }
    if plan.pending:
        found["pending"] = [f"version {one.version} ({one.table})" for one in plan.pending]
    if plan.served is not None:
        found["served"] = plan.served
    if plan.becomes is not None:
        found["becomes"] = plan.becomes
    if plan.items is not None:
        found["copy"] = {"items": about(plan.items), "bytes": about(plan.bytes or 0)}
        if plan.estimate is not None:
            found["copy"] |= _figures(plan.estimate)
    return found


def _takes(cost: Estimate) -> list[str]:
    """What the copy takes, for people."""
    writes, reads, rate = about(cost.write_units), about(cost.read_units), cost.slowest
    paid = "" if cost.dollars is None else f", {_price(cost.dollars)}"
    takes = (
        f"  takes: about {writes:,} write units and {reads:,} read units{paid}; writes that come meanwhile not counted"
    )
    time = (
        f"  time: about {duration(cost.copy_seconds)} to copy, {duration(cost.compare_seconds)} to compare; slowest: "
        f"{rate.of}, {rate.units:,} units a second ({rate.bound})"
    )
    return [takes, time]


def _figures(cost: Estimate) -> dict[str, Any]:
    """The same for programs: text where a number would look surer than it is."""
    found: dict[str, Any] = {
        "write_units": about(cost.write_units),
        "read_units": about(cost.read_units),
        "time": f"about {duration(cost.seconds)}",
    }
    return found if cost.dollars is None else {**found, "price": _price(cost.dollars)}


def _price(dollars: float) -> str:
    paid = money(dollars)
    sure = paid if paid.startswith("less") else f"about {paid}"
    return f"{sure} at {REGION}'s on-demand prices of {AS_OF}"


def _versions(plan: Plan) -> str:
    if plan.becomes is None or plan.served == plan.becomes:
        return "" if plan.served is None else f" (version {plan.served} stays)"
    return f" (version {plan.served or 'none'} → {plan.becomes})"
