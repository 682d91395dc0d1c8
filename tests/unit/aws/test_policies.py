"""The replicator's role may do exactly what protocol.md, section 2, lists. (No emulator knows dynamodb:LeadingKeys.)"""

from __future__ import annotations

import json
from typing import Any

from pulumi_dynamo_migrator.aws.policies import TRUST, Place, replicator_policy

PLACE = Place(partition="aws", region="eu-west-1", account="123456789012")
STREAM = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026"


def policy(**more: Any) -> dict[str, Any]:
    text = replicator_policy(
        PLACE,
        source="orders",
        stream_arn=STREAM,
        target="orders_V2",
        ledger="ledger",
        migration_id="m1",
        function="pdm-m1",
        **more,
    )
    document: dict[str, Any] = json.loads(text)
    return document


def test_the_policy_is_this_list_and_nothing_else() -> None:
    one_item = [f"dynamodb:{name}Item" for name in ("ConditionCheck", "Delete", "Get", "Put", "Update")]
    tables = "arn:aws:dynamodb:eu-west-1:123456789012:table"
    logs = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/pdm-m1"
    stream = [f"dynamodb:{name}" for name in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")]
    found = [(one["Action"], one["Resource"], one.get("Condition")) for one in policy()["Statement"]]
    assert found == [
        (stream, STREAM, None),
        (["dynamodb:GetItem"], f"{tables}/orders", None),
        (["dynamodb:BatchWriteItem", *one_item], f"{tables}/orders_V2", None),
        (one_item, f"{tables}/ledger", {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["migration#m1"]}}),
        (["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], f"{logs}:*", None),
    ]


def test_keys_of_the_tables_are_used_through_dynamodb_only() -> None:
    keys = policy(kms_keys=["arn:key/b", "arn:key/a", "arn:key/a"])["Statement"][-1]
    assert keys["Resource"] == ["arn:key/a", "arn:key/b"]
    assert keys["Condition"] == {"StringLike": {"kms:ViaService": "dynamodb.eu-west-1.*"}}


def test_nothing_is_allowed_on_everything() -> None:
    for statement in policy(kms_keys=["arn:key/a"])["Statement"]:
        assert statement["Effect"] == "Allow"
        assert statement["Resource"] != "*"
        assert not any(action.endswith(":*") for action in statement["Action"])


def test_a_policy_fits_into_a_role_with_the_longest_names() -> None:
    """A role's inline policies may have 10,240 characters (IAM quotas)."""
    text = replicator_policy(
        PLACE,
        source="s" * 255,
        stream_arn=f"{STREAM}{'s' * 255}",
        target="t" * 255,
        ledger="l" * 255,
        migration_id="m" * 60,
        function="f" * 64,
        kms_keys=["arn:aws:kms:eu-west-1:123456789012:key/" + "k" * 36] * 2,
    )
    assert len(text) < 10_240


def test_only_lambda_may_be_the_role() -> None:
    (statement,) = json.loads(TRUST)["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"
