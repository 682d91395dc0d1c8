"""Law: what a copy sends for an item is what boto3 would send for it, value by value, byte by byte."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import msgspec
from botocore.serialize import create_serializer
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_dynamo_migrator.aws.items import DynamoItems
from pulumi_dynamo_migrator.aws.retry import Retry
from pulumi_dynamo_migrator.backfill.page import PageConverter
from pulumi_dynamo_migrator.conversion.canonical import equal
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.keys import KeySchema, TargetShape
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.conversion.values import decode, encode
from pulumi_dynamo_migrator.items import Page, WireItem
from pulumi_dynamo_migrator.replicate.handler import to_bytes
from tests.fakes.conversions import written
from tests.fakes.copying import JumpingClock
from tests.properties.strategies import key_schemas, keyed_items
from tests.soaking import dose

MODEL = botocore.session.Session().get_service_model("dynamodb")
SERIALIZER = create_serializer("json", include_validation=False)
ITSELF = """
def convert(item):
    return item
"""


def boto3s(item: WireItem) -> bytes:
    """The body of boto3's `put_item` for this item."""
    body: Any = SERIALIZER.serialize_to_request({"Item": to_bytes(item)}, MODEL.operation_model("PutItem"))["body"]
    return bytes(body)


def sent(page: Page, chain: Chain) -> list[dict[str, msgspec.Raw]]:
    """What a copy of the page sends: statements whose names are the attributes' and whose parameters their values."""
    bodies: list[bytes] = []

    def call(operation: str, body: bytes, *, at: float) -> bytes:
        bodies.append(body)
        return json.dumps({"Responses": [{}] * len(json.loads(body)["Statements"])}).encode()

    items = DynamoItems(call, retry=Retry(JumpingClock(), random=lambda: 0.0, guard=lambda: None))
    for batch in PageConverter(chain).writes(page).batches:
        items.insert_if_absent("t", batch.items, hash_key="k")
    return [
        dict(zip(names_in(statement["Statement"]), statement["Parameters"], strict=True))
        for body in bodies
        for statement in msgspec.json.decode(body, type=_Body).Statements
    ]


class _Statement(msgspec.Struct):
    Statement: str
    Parameters: list[msgspec.Raw]

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


class _Body(msgspec.Struct):
    Statements: list[_Statement]


def names_in(statement: str) -> list[str]:
    """The attribute names of an INSERT: what stands between single quotes, doubled ones being one."""
    names, left = [], statement.removeprefix('INSERT INTO "t" VALUE {')
    while left != "}":
        end = 1
        while left[end] != "'" or left[end + 1] == "'":
            end += 2 if left[end] == "'" else 1
        names.append(left[1:end].replace("''", "'"))
        left = left[end + 1 :].removeprefix(": ?").removeprefix(", ")
    return names


@st.composite
def cases(draw: st.DrawFn) -> tuple[KeySchema, list[WireItem]]:
    keys = draw(key_schemas())
    return keys, draw(st.lists(keyed_items(keys), min_size=1, max_size=4))


@settings(max_examples=dose(40), deadline=None)
@given(cases())
def test_a_pass_through_copy_sends_the_bytes_that_boto3_writes(case: tuple[KeySchema, list[WireItem]]) -> None:
    keys, items = case
    theirs = [msgspec.json.decode(boto3s(item), type=dict[str, dict[str, msgspec.Raw]])["Item"] for item in items]
    text = b'{"Items":[' + b",".join(boto3s(item)[len(b'{"Item": ') : -1] for item in items) + b"]}"
    chain = Chain((), Meeting.SEPARATE, keys, TargetShape(keys))
    assert [bytes_of(item) for item in sent(Page(text), chain)] == [bytes_of(item) for item in theirs]


@settings(max_examples=dose(40), deadline=None)
@given(cases())
def test_a_conversion_that_changes_nothing_sends_what_boto3_sends_for_an_equal_item(
    case: tuple[KeySchema, list[WireItem]],
) -> None:
    keys, items = case
    chain = written(ITSELF, meeting=Meeting.SEPARATE, source=keys, target=keys)
    got = [{name: json.loads(bytes(value)) for name, value in item.items()} for item in sent(_page(items), chain)]
    assert all(equal(one, item) for one, item in zip(got, items, strict=True))
    assert got == [json.loads(boto3s(encode(decode(item))))["Item"] for item in items]


def bytes_of(item: dict[str, msgspec.Raw]) -> dict[str, bytes]:
    return {name: bytes(value) for name, value in item.items()}


def _page(items: list[WireItem]) -> Page:
    return Page(msgspec.json.encode({"Items": items}))
