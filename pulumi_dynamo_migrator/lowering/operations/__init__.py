"""The operations of a script, one module each. The dispatcher here knows names and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from pulumi_dynamo_migrator.lowering.description import Description
from pulumi_dynamo_migrator.lowering.operations import (
    add_index,
    change_key,
    convert,
    delete_table,
    remove_index,
    update,
)
from pulumi_dynamo_migrator.lowering.step import Step, Teller

LATER: dict[str, Callable[[Step, Description, Teller], Description]] = {
    "add_index": add_index.apply,
    "remove_index": remove_index.apply,
    "change_key": change_key.apply,
    "convert": convert.apply,
    "update": update.apply,
    "delete_table": delete_table.apply,
}
"""All but create, which has no table before it."""


def apply(step: Step, before: Description, tell: Teller) -> Description:
    """The description after one step; what is wrong with it is told, and the rest of it taken."""
    operation = LATER.get(step.kind)
    if operation is None:
        tell(f"this is no operation: a step is create, {', '.join(LATER)}.")
        return before
    return operation(step, before, tell)
