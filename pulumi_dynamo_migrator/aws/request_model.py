"""AWS's own model of CreateTable and UpdateTable, put to a script's keywords before AWS is called.

It is botocore's copy on this machine: no client, no credentials, nothing is sent. Newer keywords are known as soon as
botocore knows them. What the validator leaves out, the words that an enumeration allows, is looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

from pulumi_dynamo_migrator.lowering.step import Step, steps_of

INPUTS: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "create": ("CreateTable", None),
    "update": ("UpdateTable", None),
    "add_index": ("CreateTable", ("AttributeDefinitions", "LocalSecondaryIndexes", "GlobalSecondaryIndexes")),
    "change_key": ("CreateTable", ("KeySchema", "AttributeDefinitions")),
}
"""Operation → the request that its keywords are of, and which of them it takes (None: all)."""

_ONE_MORE = re.compile(r"\n(?=Missing |Unknown |Invalid |Must )")
"""Between two sentences of botocore's report; a value in one of them may hold line ends of its own."""


def misfits(script: Mapping[str, Any]) -> list[str]:
    """Everything in a script's keywords that AWS's model does not know, one sentence each, with version and place."""
    return [
        f"{step}: {step.operation}: {text}"
        for step in steps_of(script)
        if step.kind in INPUTS and not step.misread
        for text in _misfits(step)
    ]


def _misfits(step: Step) -> Iterator[str]:
    shape = _model().shape_for(_input_name(step.kind))
    report = ParamValidator().validate(step.arguments, shape)
    if report.has_errors():
        yield from (_sentence(text) for text in _ONE_MORE.split(report.generate_report()))
    yield from _wrong_words(step.arguments, shape, "")


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _wrong_words(value: Any, shape: Shape, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name in value.keys() & shape.members.keys():
            yield from _wrong_words(value[name], shape.members[name], f"{path}.{name}" if path else name)
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for number, one in enumerate(value):
            yield from _wrong_words(one, shape.member, f"{path}[{number}]")
    elif isinstance(shape, StringShape) and isinstance(value, str) and shape.enum and value not in shape.enum:
        yield f"Invalid value for parameter {path}, value: {value}, must be one of: {', '.join(shape.enum)}."


@cache
def _model() -> ServiceModel:
    """DynamoDB's model, and in it a shape for each operation of a script."""
    model = Loader().load_service_model("dynamodb", "service-2")
    inputs = {_input_name(kind): _input(model, kind) for kind in INPUTS}
    return ServiceModel({**model, "shapes": {**model["shapes"], **inputs}})


def _input_name(kind: str) -> str:
    return f"ScriptStep:{kind}"


def _input(model: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The request's input; only a create must name its table and all that goes with it."""
    operation, taken = INPUTS[kind]
    shape = model["shapes"][model["operations"][operation]["input"]["shape"]]
    members = {name: one for name, one in shape["members"].items() if taken is None or name in taken}
    required = shape.get("required", []) if kind == "create" else []
    return {"type": "structure", "members": members, "required": required}
