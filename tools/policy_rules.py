"""What a DynamoDB request writes, and whether a resource policy denies it. Pure; never speaks to anything.

Only explicit Deny statements for everybody are judged: nothing in the embedded AWS needs to be allowed first. A
statement that it cannot judge is an error, not a permission.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True, slots=True)
class Write:
    """One action on one table, as DynamoDB authorizes it."""

    action: str
    table: str


_ONE = ("PutItem", "UpdateItem", "DeleteItem")
_PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_NAME = r'(?:"(?P<quoted>(?:[^"]|"")+)"|(?P<plain>[\w.:/-]+))'
_STATEMENT = re.compile(rf"\s*(?P<verb>INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+{_NAME}", re.IGNORECASE)
_PARTIQL = {"INSERT": "PartiQLInsert", "UPDATE": "PartiQLUpdate", "DELETE": "PartiQLDelete"}

WRITING = frozenset(
    {*_ONE, "BatchWriteItem", "TransactWriteItems", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"}
)
"""The operations that may write items."""


def writes(operation: str, asked: Mapping[str, Any]) -> list[Write]:
    """What a request writes. A transaction's parts are authorized one by one, each as what it is."""
    if operation in _ONE:
        return [_write(operation, asked)]
    if operation == "BatchWriteItem":
        return [Write(operation, table_name(table)) for table in asked.get("RequestItems", {})]
    if operation == "TransactWriteItems":
        parts = [part for one in asked.get("TransactItems", ()) for part in one.items()]
        return [_write(_PARTS[kind], what) for kind, what in parts]
    return [write for write in map(written_by, statements(operation, asked)) if write is not None]


def _write(action: str, asked: Mapping[str, Any]) -> Write:
    return Write(action, table_name(asked.get("TableName", "")))


def statements(operation: str, asked: Mapping[str, Any]) -> list[str]:
    """The PartiQL texts of a request, in order."""
    if operation == "ExecuteStatement":
        return [asked.get("Statement", "")]
    many = {"BatchExecuteStatement": "Statements", "ExecuteTransaction": "TransactStatements"}.get(operation, "")
    return [one.get("Statement", "") for one in asked.get(many, ())]


def written_by(statement: str) -> Write | None:
    """What a PartiQL statement writes; None when it only reads."""
    found = _STATEMENT.match(statement)
    if found is None:
        return None
    name = found["plain"] or found["quoted"].replace('""', '"')
    return Write(_PARTIQL[found["verb"].split()[0].upper()], table_name(name))


def table_name(name_or_arn: str) -> str:
    """A table's name; requests may give its ARN instead."""
    return name_or_arn.partition(":table/")[2].partition("/")[0] if name_or_arn.startswith("arn:") else name_or_arn


def denies(policy: str, *, action: str, table_arn: str, now: float) -> bool:
    """Whether the policy denies everybody the action on the table, now."""
    found = _list(json.loads(policy).get("Statement", []))
    judged = [
        (_covers(one, f"dynamodb:{action}", table_arn), _holds(one.get("Condition", {}), now))
        for one in found
        if one["Effect"] == "Deny" and _everybody(one)
    ]
    return (True, True) in judged


def _everybody(statement: Mapping[str, Any]) -> bool:
    if "Principal" not in statement:
        raise NotImplementedError(f"cannot judge whom this statement denies: {json.dumps(statement)}")
    principal = statement["Principal"]
    return "*" in (_list(principal.get("AWS", [])) if isinstance(principal, Mapping) else [principal])


def _covers(statement: Mapping[str, Any], action: str, table_arn: str) -> bool:
    """Actions are compared without regard to case, ARNs with it (IAM JSON policy elements)."""
    if "Action" not in statement or "Resource" not in statement:
        raise NotImplementedError(f"cannot judge what this statement denies: {json.dumps(statement)}")
    actions, resources = _list(statement["Action"]), _list(statement["Resource"])
    return any(fnmatchcase(action.lower(), one.lower()) for one in actions) and any(
        fnmatchcase(table_arn, one) for one in resources
    )


def _holds(condition: Mapping[str, Any], now: float) -> bool:
    """Whether every condition is true; those on the time are the ones that a fence has."""
    judged = [
        _compared(operator, key, value, now) for operator, keys in condition.items() for key, value in keys.items()
    ]
    return all(judged)


def _compared(operator: str, key: str, value: Any, now: float) -> bool:
    if key.lower() != "aws:currenttime" or operator not in {"DateLessThan", "DateGreaterThan"}:
        raise NotImplementedError(f"cannot judge the condition {operator} on {key}")
    limits = [_instant(one) for one in _list(value)]
    return any(now < limit if operator == "DateLessThan" else now > limit for limit in limits)


def _instant(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
