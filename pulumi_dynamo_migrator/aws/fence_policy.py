"""The fence as text: one Deny statement in a table's resource policy, put in, renewed, taken out. Pure; never sends.

Whatever else the policy says stays as it is. A fence with an end lifts itself when nobody renews it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

SID = "PulumiDynamoMigratorFence"
"""The name of our statement; letters and digits alone, as a Sid must be."""

WRITES = (
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete",
)
"""Every action that writes an item; a transaction's parts are authorized as what they are (Service Authorization
Reference, "Actions defined by Amazon DynamoDB")."""

_VERSION = "2012-10-17"


def with_fence(policy: str | None, table_arn: str, *, until: float | None) -> str:
    """The policy with our statement, in place of an older one; `until` (epoch seconds) it denies, None: for good."""
    document = _parsed(policy)
    statements = _statements(document)
    fence = _fence(table_arn, until)
    if policy is not None and [one for one in statements if _ours(one)] == [fence]:
        return policy
    kept = [one for one in statements if not _ours(one)]
    return json.dumps({**document, "Statement": [*kept, fence]})


def without_fence(policy: str) -> str | None:
    """The policy without our statement; None when nothing is left of it."""
    if not has_fence(policy):
        return policy
    document = _parsed(policy)
    kept = [one for one in _statements(document) if not _ours(one)]
    return json.dumps({**document, "Statement": kept}) if kept else None


def has_fence(policy: str | None) -> bool:
    """Whether our statement is there, over or not."""
    return policy is not None and any(_ours(one) for one in _statements(_parsed(policy)))


def _fence(table_arn: str, until: float | None) -> dict[str, Any]:
    statement = {
        "Sid": SID,
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(WRITES),
        "Resource": table_arn,
    }
    if until is None:
        return statement
    return {**statement, "Condition": {"DateLessThan": {"aws:CurrentTime": _instant(until)}}}


def _instant(until: float) -> str:
    """ISO 8601 in whole seconds, rounded up: a fence never ends before the time that was asked for."""
    return datetime.fromtimestamp(math.ceil(until), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parsed(policy: str | None) -> dict[str, Any]:
    document: dict[str, Any] = {"Version": _VERSION} if policy is None else json.loads(policy)
    return document


def _statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A policy's statements; a single one may stand without a list (IAM JSON policy elements: Statement)."""
    found = document.get("Statement", [])
    return [found] if isinstance(found, Mapping) else list(found)


def _ours(statement: Mapping[str, Any]) -> bool:
    return statement.get("Sid") == SID
