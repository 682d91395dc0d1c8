"""The policies allow exactly what the code asks for: compared with the calls that its text can make.

Needs no AWS. That each action is allowed on the right resources is for tests/emulator/test_iam.py.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pulumi_dynamo_migrator.aws.operator_policy import Operator, operator_policy
from pulumi_dynamo_migrator.aws.policies import Place, replicator_policy
from pulumi_dynamo_migrator.replicate.door import Operation
from tests.unit.aws.aws_calls import (
    ASKED_IN_ADDITION,
    NEEDS_NO_PERMISSION,
    OPERATOR,
    PACKAGE,
    POLICIES,
    REPLICATOR,
    actions_of,
    actions_of_all,
)

PLACE = Place("aws", "eu-west-1", "123456789012")
EVERYTHING = Operator(PLACE, script=True, older_library=True)

ASKED_OF_THE_REPLICATOR = {
    *(f"dynamodb:{name}" for name in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")),
    *(f"logs:{name}" for name in ("CreateLogGroup", "CreateLogStream", "PutLogEvents")),
}
"""What Lambda asks for in the role's name: to read the stream, to write the log (Lambda Developer Guide)."""


def allowed(document: str) -> set[str]:
    return {action for statement in json.loads(document)["Statement"] for action in statement["Action"]}


def test_the_operator_may_do_what_the_code_does_and_nothing_else() -> None:
    code = actions_of_all(OPERATOR) - NEEDS_NO_PERMISSION
    assert code - allowed(operator_policy(EVERYTHING)) == set()
    assert allowed(operator_policy(EVERYTHING)) - code == set(ASKED_IN_ADDITION)


def test_the_replicator_may_do_what_the_lambda_does_and_nothing_else() -> None:
    document = replicator_policy(
        PLACE, source="s", stream_arn="arn", target="t", ledger="l", migration_id="m", function="f"
    )
    assert allowed(document) == actions_of_all(REPLICATOR) | ASKED_OF_THE_REPLICATOR


def test_a_file_that_names_actions_asks_for_nothing() -> None:
    """Guards a comparison of the policy with itself: each of them has doors of its own elsewhere, or none."""
    for path in POLICIES:
        assert "client" not in path.read_text(encoding="utf-8")


def test_the_lambda_makes_no_call_but_its_operations() -> None:
    whole = {"dynamodb:TransactWriteItems"}
    assert {f"dynamodb:{one.value}" for one in Operation} - whole == actions_of(REPLICATOR[0])


def test_no_other_file_of_the_package_asks_aws_for_anything_else() -> None:
    """Elsewhere there are no clients; what is named like a call or a part is only on its way to a door."""
    others = [path for path in PACKAGE.rglob("*.py") if path not in {*OPERATOR, *POLICIES}]
    assert actions_of_all(others) <= actions_of_all(OPERATOR)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("class A:\n def f(self):\n  self._client.describe_table(TableName='t')", "dynamodb:DescribeTable"),
        ("class A:\n def f(self):\n  self._client.get_paginator('list_role_policies')", "iam:ListRolePolicies"),
        ("def f(call):\n call('BatchGetItem', b'')", "dynamodb:BatchGetItem"),
        ("text = f'INSERT INTO \"{table}\" VALUE {{}}'", "dynamodb:PartiQLInsert"),
        ("action = {'ConditionCheck': {}}", "dynamodb:ConditionCheckItem"),
        ("def f(c: DynamoDBStreamsClient, client):\n client.get_records()", "dynamodb:GetRecords"),
    ],
)
def test_a_call_is_found_however_it_is_made(tmp_path: Path, text: str, found: str) -> None:
    path = tmp_path / "one.py"
    path.write_text(text)
    assert actions_of(path) == {found}


def test_what_a_client_is_asked_and_nobody_knows_is_not_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text("class A:\n def f(self):\n  self._client.do_something_new()")
    with pytest.raises(ValueError, match="not enough values"):
        actions_of(path)
