"""Attribute names of any kind, through every statement and condition of the item door, on a real table.

An insert stores exactly the item that was given: no name becomes a part of the statement that it stands in.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pulumi_dynamo_migrator.aws.items import DynamoItems
from pulumi_dynamo_migrator.aws.retry import Retry
from pulumi_dynamo_migrator.aws.wire import wire_of
from pulumi_dynamo_migrator.conversion.canonical import equal
from pulumi_dynamo_migrator.items import Answer, Outcome, WireItem
from pulumi_dynamo_migrator.system import SystemClock
from tests.fakes.doors import session_on
from tests.soaking import dose
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

pieces = st.sampled_from(
    [
        "'",
        "''",
        '"',
        "\\",
        "?",
        ": ?",
        ", ",
        "}",
        "{",
        "--",
        "/*",
        ";",
        "\n",
        "\0",
        "#0",
        ":0",
        ".",
        "[0]",
        "size",
        "é",
        "a",
    ]
)
names = st.text(min_size=1, max_size=30) | st.lists(pieces, min_size=1, max_size=10).map("".join)
attributes = st.dictionaries(names.filter(lambda name: name != "id"), st.integers(-9, 9), min_size=1, max_size=5)
_numbers = count(1)


@dataclass
class Door:
    """The item door on one table, with how often each operation went over the wire."""

    items: DynamoItems
    table: str
    calls: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
def door(aws: EmbeddedAws) -> Iterator[Door]:
    session = session_on(aws)
    client = session.client("dynamodb")
    wire = wire_of(session.boto3, client)
    calls: dict[str, int] = {}

    def call(operation: str, body: bytes, *, at: float) -> bytes:
        calls[operation] = calls.get(operation, 0) + 1
        return wire.call(operation, body, at=at)

    client.create_table(
        TableName="names",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    retry = Retry(SystemClock(), random=random.random, guard=lambda: None)
    yield Door(DynamoItems(call, retry=retry), "names", calls)
    client.delete_table(TableName="names")


@settings(max_examples=dose(30), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_=st.lists(attributes, min_size=1, max_size=4))
@example(given_=[{"a': 'b', 'c": 1}])
@example(given_=[{"x': ?, 'y": 1, "z": 2}, {"?": 3}])
@example(given_=[{"it's": 1, "\\'": 2, "#0 = :0": 3}])
def test_what_stands_there_is_what_was_given(door: Door, given_: list[dict[str, int]]) -> None:
    made = [item(f"k{next(_numbers)}", one) for one in given_]
    inserted = door.items.insert_if_absent(door.table, made, hash_key="id")
    assert inserted.answers == (Answer(Outcome.INSERTED),) * len(made)
    again = door.items.insert_if_absent(door.table, made, hash_key="id")
    assert again.answers == (Answer(Outcome.PRESENT),) * len(made)
    for one in made:
        key = {"id": one["id"]}
        assert equal(door.items.get_item(door.table, key) or {}, one)
        changed: WireItem = {**one, "more": {"S": "x"}}
        assert door.items.put_if_equal(door.table, changed, seen=one, hash_key="id")
        assert not door.items.put_if_equal(door.table, one, seen={**changed, "more": {"S": "y"}}, hash_key="id")
        assert equal(door.items.get_item(door.table, key) or {}, changed)
        assert door.items.delete_if_equal(door.table, key, seen=changed)
        assert door.items.get_item(door.table, key) is None


def test_most_of_them_went_as_statements(door: Door) -> None:
    """The single puts that take over where a statement is refused would hide a wrong one."""
    before = door.calls.get("PutItem", 0)
    hostile = item("statement", {"a': 'b', 'c": 1, "it's": 2, '"': 3})
    door.items.insert_if_absent(door.table, [hostile], hash_key="id")
    assert door.calls.get("PutItem", 0) == before
    assert equal(door.items.get_item(door.table, {"id": hostile["id"]}) or {}, hostile)


def item(name: str, attributes: dict[str, Any]) -> WireItem:
    return {"id": {"S": name}, **{key: {"N": str(value)} for key, value in attributes.items()}}
