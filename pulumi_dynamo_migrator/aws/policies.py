"""The policies of the replicator's role, as text. Pure. Never more than protocol.md, section 2, lists.

Beyond that list's words, for reasons found in `replicate/`: `GetItem` on the successor (a late delete reads first) and
`ConditionCheckItem` on the successor and the ledger partition (late mode's transactions check items that they leave as
they are). A transaction needs no action of its own: each of its parts is allowed as what it is (IAM, "Using IAM with
DynamoDB transactions").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Statement = Mapping[str, Any]

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    },
    sort_keys=True,
)
"""Who may be the role: Lambda alone."""


@dataclass(frozen=True, slots=True)
class Place:
    """Partition, region and account."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something here."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def table(self, name: str) -> str:
        """The ARN of a table."""
        return self.arn("dynamodb", f"table/{name}")


def replicator_policy(
    place: Place,
    *,
    source: str,
    stream_arn: str,
    target: str,
    ledger: str,
    migration_id: str,
    function: str,
    kms_keys: Iterable[str] = (),
) -> str:
    """What one replicator may do, as a policy document: `source`, `target` and `ledger` are names of tables."""
    statements = [
        _allow("ReadStream", _STREAM, stream_arn),
        _allow("ReadSource", ["dynamodb:GetItem"], place.table(source)),
        _allow("WriteSuccessor", _SUCCESSOR, place.table(target)),
        _ledger(place.table(ledger), migration_id),
        *_logs(place, function),
        *_keys(place, sorted(set(kms_keys))),
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)


_STREAM = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
_ONE_ITEM = [
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
]
_SUCCESSOR = ["dynamodb:BatchWriteItem", *_ONE_ITEM]


def _allow(sid: str, actions: list[str], resource: str | list[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _ledger(table_arn: str, migration_id: str) -> Statement:
    """`ForAllValues` is true of a request without keys; each of these actions names exactly one item."""
    condition = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [f"migration#{migration_id}"]}}
    return {**_allow("KeepLedger", _ONE_ITEM, table_arn), "Condition": condition}


def _logs(place: Place, function: str) -> list[Statement]:
    """CloudWatch Logs looks at `log-group:NAME:log-stream:` for CreateLogGroup too (its denials say so, and its User
    Guide asks for the trailing `:*` in policies); without it the function works, and no log of it is ever found."""
    group = place.arn("logs", f"log-group:{log_group(function)}")
    return [
        _allow("WriteLog", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], f"{group}:*"),
    ]


def log_group(function: str) -> str:
    """Where Lambda writes a function's log (Lambda Developer Guide)."""
    return f"/aws/lambda/{function}"


def _keys(place: Place, arns: list[str]) -> list[Statement]:
    """Tables with a customer's key: DynamoDB asks KMS in the caller's name, and only through DynamoDB is it allowed."""
    if not arns:
        return []
    actions = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    condition = {"StringLike": {"kms:ViaService": f"dynamodb.{place.region}.*"}}
    return [{**_allow("UseKeys", actions, arns), "Condition": condition}]
