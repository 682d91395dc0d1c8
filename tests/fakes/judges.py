"""Who judges the doors to DynamoDB, what one of them lacks, and stand-ins for what no table of ours is made without.

The stand-ins keep tags and recovery as they were asked for, and give tables ids, so that DynamoDB Local can be asked
for all that is beside them. They prove nothing about these: a test of them names the feature, and is left out there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

JUDGES = [pytest.param(name, marks=pytest.mark.emulator) for name in ("aws", "dynamodb_local")]
"""Fixtures: the embedded AWS, and DynamoDB Local, Amazon's own engine."""


class Feature(StrEnum):
    """A part of DynamoDB that DynamoDB Local 2.6.1 has not: it says UnknownOperationException, or forgets."""

    TABLE_IDS = "table ids"
    TAGS = "tags"
    RECOVERY = "point-in-time recovery"
    POLICIES = "resource policies"
    BACKUPS = "backups"
    CLASSES = "table classes"
    ENCRYPTION = "encryption"
    ATTACHMENTS = "Kinesis destinations and Contributor Insights"


@dataclass(slots=True)
class Lent:
    """Tags and recovery, by table, for clients of a DynamoDB that has neither."""

    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    recovering: set[str] = field(default_factory=set)

    def lend_to(self, client: Any) -> None:
        """Answer in DynamoDB's place, before a request goes out."""
        client.meta.events.register("before-call.dynamodb", self._answer)
        client.meta.events.register("after-call.dynamodb", _give_id)

    def _answer(self, model: Any, params: Any, **_: object) -> tuple[AWSResponse, dict[str, Any]] | None:
        asked = json.loads(params["body"])
        answer = self._told(model.name, asked.get("TableName") or _table(asked.get("ResourceArn", "")), asked)
        return None if answer is None else (AWSResponse(params["url"], 200, HTTPHeaders(), None), answer)

    def _told(self, call: str, table: str, asked: Any) -> dict[str, Any] | None:
        match call:
            case "CreateTable":
                self.tags.setdefault(table, _read(asked.get("Tags", [])))
            case "DeleteTable":
                self.tags.pop(table, None)
                self.recovering.discard(table)
            case "ListTagsOfResource":
                return {"Tags": [{"Key": key, "Value": value} for key, value in self.tags.get(table, {}).items()]}
            case "DescribeContinuousBackups":
                return {"ContinuousBackupsDescription": self._backups(table)}
            case "UpdateContinuousBackups":
                self.recovering.add(table)
                return {"ContinuousBackupsDescription": self._backups(table)}
        return None

    def _backups(self, table: str) -> dict[str, Any]:
        status = "ENABLED" if table in self.recovering else "DISABLED"
        recovery = {"PointInTimeRecoveryStatus": status}
        return {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}


def _give_id(parsed: Any, **_: object) -> None:
    table = parsed.get("Table") or parsed.get("TableDescription")
    if table is not None:
        table.setdefault("TableId", f"{table['TableName']} of {table['CreationDateTime'].timestamp()}")


def _table(arn: str) -> str:
    return arn.rpartition("/")[2]


def _read(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}
