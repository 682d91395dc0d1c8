"""change_key: another key, other types, with or without a conversion."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.lowering import lower
from tests.fakes.scripts import (
    add_global,
    add_local,
    attributes,
    bag_after,
    captured,
    create,
    index,
    keys,
    problem_of,
    script,
    step,
)


def change(version: int, conversion: dict[str, Any] | None = None, **keywords: Any) -> dict[str, Any]:
    return step(version, "change_key", conversion, **keywords)


def test_the_key_is_another_one_and_what_nothing_uses_goes() -> None:
    new = change(2, KeySchema=keys("country", ranged="id"), AttributeDefinitions=attributes(country="S"))
    lowered = lower(script(create(), new))
    assert (lowered.problems, lowered.number) == ((), 2)
    assert lowered.bags[1] == {
        **lowered.bags[0],
        "hash_key": "country",
        "range_key": "id",
        "attributes": {"country": "S", "id": "S"},
    }


def test_a_range_key_may_go() -> None:
    assert "range_key" not in bag_after(create(), change(2, KeySchema=keys("id")))


def test_only_a_type_may_change() -> None:
    lowered = lower(script(create(), change(2, AttributeDefinitions=attributes(at="N"))))
    assert (lowered.problems, lowered.number) == ((), 2)
    assert lowered.bags[1]["attributes"] == {"id": "S", "at": "N"}


def test_the_type_of_an_attribute_that_only_a_global_index_uses_needs_no_other_table() -> None:
    lowered = lower(script(create(), add_global(2), change(3, AttributeDefinitions=attributes(name="N"))))
    assert (lowered.problems, lowered.number) == ((), 1)
    assert lowered.bags[-1]["attributes"]["name"] == "N"


def test_local_indexes_follow_to_the_new_hash_key() -> None:
    new = change(3, KeySchema=keys("country", ranged="id"), AttributeDefinitions=attributes(country="S"))
    later = step(
        4,
        "add_index",
        LocalSecondaryIndexes=[index("by_at", keys("country", ranged="at"))],
        AttributeDefinitions=attributes(at="N"),
    )
    found = bag_after(create(), add_local(2), new, later)
    assert [one["name"] for one in found["local_secondary_indexes"]] == ["by_at", "by_city"]


def test_a_conversion_goes_with_it_under_the_steps_number() -> None:
    new = change(2, captured(2), KeySchema=keys("country"), AttributeDefinitions=attributes(country="S"))
    assert [one["number"] for one in bag_after(create(), new)["conversions"]] == [2]


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({}, ["it changes nothing", "give KeySchema, or AttributeDefinitions"]),
        ({"KeySchema": keys("id", ranged="city")}, ["'by_city' has the RANGE key 'city', which is a key of the table"]),
        ({"KeySchema": keys("id")}, ["'by_city' needs a table with a RANGE key", "remove_index"]),
        ({"KeySchema": keys("id", ranged="x")}, ["the table's key uses the attribute 'x'", "add it"]),
        ({"KeySchema": keys(ranged="id")}, ["0 HASH and 1 RANGE keys"]),
        ({"AttributeDefinitions": attributes(x="S")}, ["declares 'x'", "take it out"]),
        ({"AttributeDefinitions": attributes(at="X")}, ["AttributeType must be one of S, N, B"]),
        ({"TableName": "orders"}, ["unknown keyword TableName"]),
    ],
)
def test_a_key_that_cannot_be_is_told_with_version_and_place(keywords: dict[str, Any], words: list[str]) -> None:
    found = problem_of(create(), add_local(2), change(3, **keywords))
    assert found.startswith("version 3 (shop.py, line 30): change_key: ")
    assert all(word in found for word in words), found
