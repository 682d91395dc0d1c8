"""add_index, add_indexes: more indexes, and the types that they need."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.lowering import lower
from tests.fakes.scripts import add_global, add_local, attributes, bag_after, create, index, keys, script, step


def test_a_local_index_is_added_with_its_attribute_and_needs_another_table() -> None:
    lowered = lower(script(create(), add_local()))
    assert lowered.number == 2
    assert lowered.bags[1] == {
        **lowered.bags[0],
        "attributes": {"id": "S", "at": "S", "city": "S"},
        "local_secondary_indexes": [{"name": "by_city", "range_key": "city", "projection_type": "ALL"}],
    }


def test_a_global_index_is_added_and_needs_no_other_table() -> None:
    lowered = lower(script(create(), add_global()))
    assert lowered.number == 1
    assert lowered.bags[1] == {
        **lowered.bags[0],
        "attributes": {"id": "S", "at": "S", "name": "S"},
        "global_secondary_indexes": [{"name": "by_name", "hash_key": "name", "projection_type": "ALL"}],
    }


def test_both_kinds_may_come_in_one_step_and_under_both_words() -> None:
    many: dict[str, Any] = {
        "LocalSecondaryIndexes": [index("b", keys("id", ranged="x")), index("a", keys("id", ranged="y"))],
        "GlobalSecondaryIndexes": [index("g", keys("x"))],
        "AttributeDefinitions": attributes(x="N", y="B"),
    }
    found = bag_after(create(), step(2, "add_indexes", **many))
    assert [one["name"] for one in found["local_secondary_indexes"]] == ["a", "b"]
    assert found == bag_after(create(), step(2, "add_index", **many))


def test_types_that_are_known_may_be_said_again_or_left_out() -> None:
    known = step(
        2,
        "add_index",
        AttributeDefinitions=attributes(id="S", at="S"),
        GlobalSecondaryIndexes=[index("g", keys("at", ranged="id"))],
    )
    silent = step(2, "add_index", GlobalSecondaryIndexes=[index("g", keys("at", ranged="id"))])
    assert bag_after(create(), known) == bag_after(create(), silent)


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({}, ["it adds no index", "give LocalSecondaryIndexes or GlobalSecondaryIndexes"]),
        (
            {"AttributeDefinitions": attributes(id="N"), "GlobalSecondaryIndexes": [index("g", keys("id"))]},
            ["'id' is N, and the table's key uses it as S", "use change_key"],
        ),
        (
            {"LocalSecondaryIndexes": [index("by_x", keys("id", ranged="x"))]},
            ["local index 'by_x' uses the attribute 'x'", "nothing declares its type"],
        ),
        (
            {"LocalSecondaryIndexes": [index("by_x", keys("at", ranged="at"))]},
            ["local index 'by_x' has the HASH key 'at', and the table's is 'id'", "make this a global index"],
        ),
        ({"GlobalSecondaryIndexes": [index("by_city", keys("at"))]}, ["two indexes are named 'by_city'"]),
        (
            {
                "AttributeDefinitions": attributes(x="S"),
                "GlobalSecondaryIndexes": [index("g", keys("at"))],
            },
            ["declares 'x'", "take it out"],
        ),
        (
            {
                "GlobalSecondaryIndexes": [
                    index("g", keys("at"), ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
                ]
            },
            ["global index 'g' has ProvisionedThroughput, and the table is on demand"],
        ),
        (
            {"TableName": "orders", "GlobalSecondaryIndexes": [index("g", keys("at"))]},
            ["unknown keyword TableName; it takes AttributeDefinitions"],
        ),
    ],
)
def test_an_index_that_cannot_be_is_told_with_version_and_place(keywords: dict[str, Any], words: list[str]) -> None:
    found = lower(script(create(), add_local(), step(3, "add_indexes", **keywords))).problems
    assert found[0].startswith("version 3 (shop.py, line 30): add_indexes: ")
    assert all(word in found[0] for word in words), found


def test_what_was_told_of_one_step_is_not_told_again_of_the_next() -> None:
    broken = step(2, "add_index", LocalSecondaryIndexes=[index("by_at", keys("id", ranged="at"))])
    assert len(lower(script(create(), broken, add_global(3), add_local(4))).problems) == 1
