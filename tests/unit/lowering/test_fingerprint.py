"""Fingerprints of steps: equal for what asks the same, different for what does not."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.lowering import asked
from tests.fakes.plans import source
from tests.fakes.scripts import attributes, captured, convert, create, index, keys, script, step

LIMITS = {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": None}
BASE = create(
    AttributeDefinitions=attributes(id="S", at="S", a="S", b="S"),
    GlobalSecondaryIndexes=[
        index("g", keys("a", "b"), OnDemandThroughput=LIMITS),
        {
            "IndexName": "h",
            "KeySchema": keys("a", ranged="b"),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x", "y"]},
        },
    ],
    Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
)


def mark(one: dict[str, Any]) -> str:
    return str(asked(script(one))[0][2])


def with_keywords(**keywords: Any) -> dict[str, Any]:
    return {**BASE, "arguments": {**BASE["arguments"], **keywords}}


@pytest.mark.parametrize(
    "same",
    [
        {**BASE, "where": "elsewhere.py, line 1", "callback": "other"},
        {**BASE, "version": 1.0},
        with_keywords(Tags=list(reversed(BASE["arguments"]["Tags"]))),
        with_keywords(AttributeDefinitions=attributes(b="S", a="S", at="S", id="S")),
        with_keywords(KeySchema=list(reversed(keys("id", ranged="at")))),
        with_keywords(TableClass=None),
        with_keywords(
            GlobalSecondaryIndexes=[
                {
                    "Projection": {"NonKeyAttributes": ["y", "x"], "ProjectionType": "INCLUDE"},
                    "KeySchema": list(reversed(keys("a", ranged="b"))),
                    "IndexName": "h",
                },
                index("g", keys("a", "b"), OnDemandThroughput={"MaxReadRequestUnits": 5.0}),
            ]
        ),
    ],
)
def test_what_asks_the_same_has_the_same_fingerprint(same: dict[str, Any]) -> None:
    assert mark(same) == mark(BASE)


@pytest.mark.parametrize(
    "other",
    [
        with_keywords(TableName="others"),
        with_keywords(AttributeDefinitions=attributes(id="N", at="S", a="S", b="S")),
        with_keywords(DeletionProtectionEnabled=False),
        with_keywords(
            GlobalSecondaryIndexes=[index("g", keys("b", "a")), *BASE["arguments"]["GlobalSecondaryIndexes"][1:]]
        ),
        {**BASE, "operation": "update"},
    ],
)
def test_what_asks_something_else_has_another_one(other: dict[str, Any]) -> None:
    assert mark(other) != mark(BASE)


def test_one_operation_has_one_fingerprint_under_both_its_words() -> None:
    assert mark(step(2, "add_index", X=1)) == mark(step(2, "add_indexes", X=1))
    assert mark(step(2, "remove_index", names=["a", "b"])) == mark(step(2, "remove_indexes", names=["b", "a"]))


def test_a_conversion_counts_by_what_it_does() -> None:
    assert mark(convert(2, "return item")) == mark(convert(2, "return item  # told"))
    assert mark(convert(2, "return item")) == mark(convert(2, "return item", reverse=source("return None").to_json()))
    assert mark(convert(2, "return item")) != mark(convert(2, "return None"))
    assert mark(convert(2, "return item")) != mark(convert(2, "return item", distinct_keys=True))
    assert mark(step(2, "change_key", captured(2))) != mark(step(2, "change_key"))


def test_how_a_version_ends_is_asked_but_is_no_part_of_the_step() -> None:
    one, other = step(3, "delete_table", table="a", evidence=5), step(3, "delete_table", table="a", backup=False)
    assert mark(one) == mark(other)
    assert asked(script(one)) != asked(script(other))
    assert mark(one) != mark(step(3, "delete_table", table="b"))


def test_what_is_asked_is_number_operation_and_fingerprint() -> None:
    found = asked(script(BASE, step(2, "add_indexes"), step(3, "delete_table", table="a", evidence=5.0)))
    assert [one[:2] for one in found] == [[1, "create"], [2, "add_index"], [3, "delete_table"]]
    assert [len(one) for one in found] == [3, 3, 6]
    assert found[2][3] == 5


@pytest.mark.parametrize("given", [None, {}, {"steps": [None, {"arguments": {"a": {1, 2}, "b": object}}]}])
def test_whatever_is_given_there_is_an_answer(given: Any) -> None:
    assert isinstance(asked(given), list)
