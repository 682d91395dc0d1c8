"""A captured conversion in a step: read, numbered by the step's version, and put behind those before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pulumi_dynamo_migrator.conversion.source import CapturedSource
from pulumi_dynamo_migrator.lowering.description import Description
from pulumi_dynamo_migrator.lowering.given import Tell
from pulumi_dynamo_migrator.lowering.step import Step
from pulumi_dynamo_migrator.model.spec import Conversion


def with_conversion(step: Step, before: Description, tell: Tell) -> Description:
    """With the step's conversion, if it has one."""
    given = step.conversion
    if given is None:
        return before
    if given.get("problem"):
        tell(str(given["problem"]))
        return before
    source, reverse = _source(given.get("source")), _source(given.get("reverse"))
    if source is None or (reverse is None) is not (given.get("reverse") is None):
        tell("its conversion cannot be read: give it a function.")
        return before
    one = Conversion(step.version or 0, source, reverse, bool(given.get("distinct_keys")))
    return replace(before, conversions=(*before.conversions, one))


def _source(given: Any) -> CapturedSource | None:
    if not isinstance(given, Mapping):
        return None
    try:
        return CapturedSource.from_json(dict(given))
    except (KeyError, TypeError, ValueError):
        return None
