"""The texts that the item door sends."""

from __future__ import annotations

from pulumi_dynamo_migrator.aws.item_statements import LONGEST_STATEMENT, insert_statement, quoted, unchanged


def test_quotes_in_names_are_doubled() -> None:
    assert quoted("it's") == "'it''s'"
    assert insert_statement('a"b', ("x", "y''")) == """INSERT INTO "a""b" VALUE {'x': ?, 'y''''': ?}"""


def test_a_statement_is_never_longer_than_dynamodb_takes() -> None:
    assert insert_statement("t", ("x" * LONGEST_STATEMENT,)) is None
    names = tuple(f"n{number}" for number in range(500))
    text = insert_statement("t", names)
    assert text is not None
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


def test_more_attributes_than_an_expression_holds_give_no_condition() -> None:
    assert unchanged({f"a{number}": {"N": "1"} for number in range(200)}) is None
