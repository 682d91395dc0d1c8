"""Folds a script's steps into one description after the other. All problems are told; bad input never raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pulumi_dynamo_migrator.lowering.bag import bag_of
from pulumi_dynamo_migrator.lowering.checks import tell_new_problems
from pulumi_dynamo_migrator.lowering.description import Description, needs_another_table
from pulumi_dynamo_migrator.lowering.fingerprint import asked, step_fingerprint
from pulumi_dynamo_migrator.lowering.operations import apply, create
from pulumi_dynamo_migrator.lowering.order import number_problems, ordered
from pulumi_dynamo_migrator.lowering.step import Step, Teller, steps_of

__all__ = ["Lowered", "RawStep", "asked", "lower"]


@dataclass(frozen=True, slots=True)
class RawStep:
    """A step without what it makes of the table; `operation` is add_index for add_indexes too."""

    version: int
    operation: str
    fingerprint: str
    where: str


@dataclass(frozen=True, slots=True)
class Lowered:
    """A script in the declarative form. `bags` and `steps` go together; with problems, neither is to be used.

    `number`: the last version that DynamoDB needs another table for, 1 where there is none. `malformed` are those of
    the `problems` that AWS's own model of the request tells too, in its own words.
    """

    bags: tuple[dict[str, Any], ...]
    steps: tuple[RawStep, ...]
    number: int
    identifier: str | None
    problems: tuple[str, ...]
    malformed: tuple[str, ...] = ()


def lower(script: Mapping[str, Any]) -> Lowered:
    """The declarative arguments after each step of a script, and everything that is wrong with it."""
    steps = steps_of(script)
    problems, malformed = [*number_problems(steps), *_creates(steps)], list[str]()
    description: Description | None = None
    done: list[tuple[RawStep, Description]] = []
    for step in ordered(steps):
        tell = Teller(step, problems, malformed)
        if step.misread:
            tell(step.misread)
        description = _after(step, description, tell)
        if description is not None and step.version is not None:
            done.append((RawStep(step.version, step.kind, step_fingerprint(step), step.where), description))
    return Lowered(
        bags=tuple(bag_of(one) for _, one in done),
        steps=tuple(step for step, _ in done),
        number=1 if description is None else description.number,
        identifier=_identifier(script),
        problems=tuple(problems),
        malformed=tuple(malformed),
    )


def _after(step: Step, before: Description | None, tell: Teller) -> Description | None:
    """The description once the step is done; unchanged where it cannot be (there is a problem then)."""
    if step.operation == "create":
        if before is not None:
            return before
        made = create.apply(step, tell)
        tell_new_problems(None, made, tell)
        return replace(made, versions=(step.version or 1,))
    if before is None or step.misread:
        return before
    after = apply(step, before, tell)
    tell_new_problems(before, after, tell)
    if step.version is None:
        return after
    if needs_another_table(before, after):
        after = replace(after, tables=(*after.tables, step.version))
    return after if step.kind == "delete_table" else replace(after, versions=(*after.versions, step.version))


def _creates(steps: Sequence[Step]) -> list[str]:
    """One create, before everything else."""
    in_order = ordered(steps)
    creates = [step for step in in_order if step.operation == "create"]
    if not creates:
        return ["the script creates no table: begin it with @migrator.version(1) and @migrator.create(…)."]
    found = [
        f"{step}: {step.operation} comes before {creates[0]}, which creates the table: make create version 1, and "
        "number the others after it."
        for step in in_order[: in_order.index(creates[0])]
    ]
    if len(creates) > 1:
        found.append(
            f"there is more than one create: {' and '.join(map(str, creates))}; a migrator has one table, so take all "
            "but the first out, or give another table a Migrator of its own."
        )
    return found


def _identifier(script: Any) -> str | None:
    value = script.get("identifier") if isinstance(script, Mapping) else None
    return None if value is None else str(value)
