"""The texts that the item door sends."""

from __future__ import annotations

import json

import pytest

from pulumi_dynamo_migrator.aws.item_statements import (
    LONGEST_EXPRESSION,
    LONGEST_STATEMENT,
    insert_statement,
    quoted,
    unchanged,
)


def text_of(table: str, names: tuple[str, ...]) -> str:
    text = insert_statement(table, names)
    assert text is not None
    return str(json.loads(bytes(text)))


def test_quotes_in_names_are_doubled() -> None:
    assert quoted("it's") == "'it''s'"
    assert text_of('a"b', ("x", "y''")) == """INSERT INTO "a""b" VALUE {'x': ?, 'y''''': ?}"""


def test_a_statement_is_never_longer_than_dynamodb_takes() -> None:
    assert insert_statement("t", ("x" * LONGEST_STATEMENT,)) is None
    names = tuple(f"n{number}" for number in range(500))
    text = text_of("t", names)
    assert len(text.encode()) <= LONGEST_STATEMENT
    assert insert_statement("t", tuple("é" * 40 + str(n) for n in range(150))) is None


def test_a_condition_names_everything_that_was_seen() -> None:
    condition = unchanged({"a": {"S": "x"}, "b": {"N": "1"}})
    assert condition is not None
    assert condition.fields() == {
        "ConditionExpression": "#0 = :0 AND #1 = :1",
        "ExpressionAttributeNames": {"#0": "a", "#1": "b"},
        "ExpressionAttributeValues": {":0": {"S": "x"}, ":1": {"N": "1"}},
    }


def test_a_condition_tells_what_may_not_have_come() -> None:
    condition = unchanged({"a": {"S": "x"}}, without=["b", "a", "c"])
    assert condition is not None
    assert condition.text == "#0 = :0 AND attribute_not_exists(#1) AND attribute_not_exists(#2)"
    assert condition.names == {"#0": "a", "#1": "b", "#2": "c"}


@pytest.mark.parametrize("seen", [1, 70, 149])
def test_a_condition_is_never_longer_than_dynamodb_takes(seen: int) -> None:
    """4 KB of text, 300 operators and functions: an attribute is one of them and an AND."""
    condition = unchanged({f"a{n}": {"N": "1"} for n in range(seen)}, without=[f"b{n}" for n in range(500)])
    assert condition is not None
    assert len(condition.text) <= LONGEST_EXPRESSION
    assert condition.text.count("=") == seen
    assert 2 * condition.text.count("#") - 1 <= 300


def test_more_attributes_than_an_expression_holds_give_no_condition() -> None:
    assert unchanged({f"a{number}": {"N": "1"} for number in range(200)}) is None
