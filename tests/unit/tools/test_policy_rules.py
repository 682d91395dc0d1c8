"""Which writes a request asks for, and which of them a policy denies: as AWS's documentation has it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_dynamo_migrator.aws.fence_policy import WRITES, with_fence
from tools.policy_rules import Write, denies, writes, written_by

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/orders"
NOON = 1_700_000_000.0


def deny(**more: Any) -> str:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "dynamodb:PutItem", "Resource": ARN, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def denied(policy: str, action: str = "PutItem", *, now: float = NOON) -> bool:
    return denies(policy, action=action, table_arn=ARN, now=now)


@pytest.mark.parametrize("action", [action.removeprefix("dynamodb:") for action in WRITES])
def test_our_fence_denies_each_write_until_it_ends(action: str) -> None:
    fence = with_fence(None, ARN, until=NOON + 10)
    assert denied(fence, action, now=NOON)
    assert denied(fence, action, now=NOON + 9.9)
    assert not denied(fence, action, now=NOON + 10)
    assert denied(with_fence(fence, ARN, until=None), action, now=NOON * 2)


def test_our_fence_lets_conditions_of_transactions_pass() -> None:
    assert not denied(with_fence(None, ARN, until=None), "ConditionCheckItem")


@pytest.mark.parametrize(
    "more",
    [
        {"Effect": "Allow"},
        {"Action": "dynamodb:GetItem"},
        {"Action": ["dynamodb:Get*", "dynamodb:Scan"]},
        {"Resource": f"{ARN}/index/*"},
        {"Resource": ARN.replace("orders", "other")},
        {"Principal": {"AWS": "arn:aws:iam::000000000000:role/one"}},
        {"Condition": {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}},
        {"Condition": {"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}},
    ],
    ids=json.dumps,
)
def test_what_a_statement_does_not_cover_is_not_denied(more: dict[str, Any]) -> None:
    assert not denied(deny(**more))


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"Action": "*"},
        {"Action": ["dynamodb:Get*", "DynamoDB:PUT*"]},
        {"Resource": "arn:aws:dynamodb:*:*:table/ord*"},
        {"Resource": ["arn:other", ARN]},
        {"Principal": {"AWS": ["*"]}},
        {"Condition": {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01"}}},
    ],
    ids=json.dumps,
)
def test_what_a_statement_covers_is_denied(more: dict[str, Any]) -> None:
    assert denied(deny(**more))


@pytest.mark.parametrize(
    "more",
    [{"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o"}}}, {"Condition": {"Bool": {"aws:CurrentTime": 1}}}],
)
def test_what_cannot_be_judged_is_an_error_and_no_permission(more: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedError, match="cannot judge"):
        denied(deny(**more))


@pytest.mark.parametrize(
    ("operation", "asked", "expected"),
    [
        ("PutItem", {"TableName": "a"}, [Write("PutItem", "a")]),
        ("DeleteItem", {"TableName": ARN}, [Write("DeleteItem", "orders")]),
        (
            "BatchWriteItem",
            {"RequestItems": {"a": [], ARN: []}},
            [Write("BatchWriteItem", "a"), Write("BatchWriteItem", "orders")],
        ),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "a"}},
                    {"Update": {"TableName": "b"}},
                    {"Delete": {"TableName": "c"}},
                    {"ConditionCheck": {"TableName": "d"}},
                ]
            },
            [
                Write("PutItem", "a"),
                Write("UpdateItem", "b"),
                Write("DeleteItem", "c"),
                Write("ConditionCheckItem", "d"),
            ],
        ),
        ("ExecuteStatement", {"Statement": 'SELECT * FROM "a"'}, []),
        (
            "ExecuteTransaction",
            {"TransactStatements": [{"Statement": "DELETE FROM a WHERE pk=1"}, {"Statement": "EXISTS(SELECT 1)"}]},
            [Write("PartiQLDelete", "a")],
        ),
    ],
)
def test_a_request_asks_for_each_of_its_writes(operation: str, asked: dict[str, Any], expected: list[Write]) -> None:
    assert writes(operation, asked) == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("INSERT INTO \"my.table-1\" VALUE {'pk': ?}", Write("PartiQLInsert", "my.table-1")),
        ("insert\n into t value {}", Write("PartiQLInsert", "t")),
        ('UPDATE "t" SET v=1 WHERE pk=1', Write("PartiQLUpdate", "t")),
        ("  delete from my-table WHERE pk=1", Write("PartiQLDelete", "my-table")),
        ('SELECT * FROM "t" WHERE pk = \'INSERT INTO "u"\'', None),
    ],
)
def test_a_statement_is_known_by_its_verb(statement: str, expected: Write | None) -> None:
    assert written_by(statement) == expected
