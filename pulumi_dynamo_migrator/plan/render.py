"""A plan for people (log lines on the resource) and for programs (the input property `plan`). Pure.

The property holds only what is stable: volatile figures (items, bytes) go as text rounded, so that `up --plan` accepts
what `preview --save-plan` wrote.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pulumi_dynamo_migrator.figures import about, size
from pulumi_dynamo_migrator.model.history import Pending
from pulumi_dynamo_migrator.plan.plan import Plan


def text(plan: Plan) -> str:
    """The whole plan, headline first: Pulumi shows the first line of the last message on the resource's row."""
    lines = [f"plan: {plan.headline}", f"  route: {plan.route}{_versions(plan)}"]
    lines += [f"  why: {reason}" for reason in plan.why]
    if plan.items is not None:
        lines.append(
            f"  to copy: about {plan.items:,} items, {size(plan.bytes or 0)} (DynamoDB's figures, up to six hours old)"
        )
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
    return found


def _versions(plan: Plan) -> str:
    if plan.becomes is None or plan.served == plan.becomes:
        return "" if plan.served is None else f" (version {plan.served} stays)"
    return f" (version {plan.served or 'none'} → {plan.becomes})"
