"""`convert`: the same table with every item converted."""

from __future__ import annotations

from pulumi_dynamo_migrator.lowering.conversions import with_conversion
from pulumi_dynamo_migrator.lowering.description import Description
from pulumi_dynamo_migrator.lowering.given import of_ours
from pulumi_dynamo_migrator.lowering.step import Step, Teller


def apply(step: Step, before: Description, tell: Teller) -> Description:
    """With one conversion more."""
    of_ours(step, tell).only()
    if step.conversion is None:
        tell("it has no conversion: give it a function, as in convert(lambda item: …).")
    return with_conversion(step, before, tell)
