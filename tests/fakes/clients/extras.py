"""What has calls of its own beside a table in memory: tags, time to live, recovery, policies, backups, streams."""

from __future__ import annotations

from typing import Any

from tests.fakes.clients.calls import refused
from tests.fakes.clients.dynamodb import DynamoDb


class FullDynamoDb(DynamoDb):
    """All that the doors ask of boto3's DynamoDB client."""

    def list_tags_of_resource(self, *, ResourceArn: str) -> dict[str, Any]:
        tags = self.table(ResourceArn).tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}

    def tag_resource(self, *, ResourceArn: str, Tags: list[dict[str, str]]) -> dict[str, Any]:
        self.table(ResourceArn).tags.update({one["Key"]: one["Value"] for one in Tags})
        return {}

    def untag_resource(self, *, ResourceArn: str, TagKeys: list[str]) -> dict[str, Any]:
        for key in TagKeys:
            self.table(ResourceArn).tags.pop(key, None)
        return {}

    def describe_time_to_live(self, *, TableName: str) -> dict[str, Any]:
        ttl = self.table(TableName).ttl
        status = "ENABLED" if ttl["Enabled"] else "DISABLED"
        return {"TimeToLiveDescription": {"TimeToLiveStatus": status, "AttributeName": ttl.get("AttributeName")}}

    def update_time_to_live(self, *, TableName: str, TimeToLiveSpecification: dict[str, Any]) -> dict[str, Any]:
        self.table(TableName).ttl = TimeToLiveSpecification
        return {}

    def describe_continuous_backups(self, *, TableName: str) -> dict[str, Any]:
        recovery = self.table(TableName).recovery
        status = "ENABLED" if recovery["PointInTimeRecoveryEnabled"] else "DISABLED"
        days = recovery.get("RecoveryPeriodInDays", 35)
        told = {"PointInTimeRecoveryStatus": status, "RecoveryPeriodInDays": days}
        return {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": told}}

    def update_continuous_backups(
        self, *, TableName: str, PointInTimeRecoverySpecification: dict[str, Any]
    ) -> dict[str, Any]:
        self.table(TableName).recovery = PointInTimeRecoverySpecification
        return {}

    def get_resource_policy(self, *, ResourceArn: str) -> dict[str, Any]:
        policy = self.table(ResourceArn).policy
        if policy is None:
            raise refused("PolicyNotFoundException")
        return {"Policy": policy[0], "RevisionId": policy[1]}

    def put_resource_policy(
        self, *, ResourceArn: str, Policy: str, ExpectedRevisionId: str | None = None
    ) -> dict[str, Any]:
        table = self.table(ResourceArn)
        if ExpectedRevisionId not in (None, "NO_POLICY" if table.policy is None else table.policy[1]):
            raise refused("PolicyNotFoundException")
        table.policy = Policy, f"revision-{next(self._numbers)}"
        return {"RevisionId": table.policy[1]}

    def delete_resource_policy(self, *, ResourceArn: str, ExpectedRevisionId: str) -> dict[str, Any]:
        table = self.table(ResourceArn)
        if table.policy is None or table.policy[1] != ExpectedRevisionId:
            raise refused("PolicyNotFoundException")
        table.policy = None
        return {}

    def describe_kinesis_streaming_destination(self, *, TableName: str) -> dict[str, Any]:
        self.table(TableName)
        return {"KinesisDataStreamDestinations": []}

    def describe_contributor_insights(self, *, TableName: str) -> dict[str, Any]:
        self.table(TableName)
        return {"ContributorInsightsStatus": "DISABLED"}

    def list_backups(self, *, TableName: str, **_: Any) -> dict[str, Any]:
        found = self.tables.get(TableName)
        return {"BackupSummaries": [] if found is None else found.backups}

    def create_backup(self, *, TableName: str, BackupName: str) -> dict[str, Any]:
        table = self.table(TableName)
        arn = f"{table.told['TableArn']}/backup/{next(self._numbers)}"
        table.backups.append(
            {
                "BackupArn": arn,
                "BackupName": BackupName,
                "TableId": table.told["TableId"],
                "BackupStatus": "AVAILABLE",
            }
        )
        return {"BackupDetails": {"BackupArn": arn}}

    def describe_backup(self, *, BackupArn: str) -> dict[str, Any]:
        if not any(one["BackupArn"] == BackupArn for table in self.tables.values() for one in table.backups):
            raise refused("BackupNotFoundException")
        return {"BackupDescription": {"BackupDetails": {"BackupStatus": "AVAILABLE"}}}


class Streams:
    """Their state; no record is read here."""

    def __init__(self, dynamodb: DynamoDb) -> None:
        self._dynamodb = dynamodb

    def describe_stream(self, *, StreamArn: str, **_: Any) -> dict[str, Any]:
        status = self._dynamodb.streams.get(StreamArn)
        if status is None:
            raise refused("ResourceNotFoundException")
        return {"StreamDescription": {"StreamStatus": status, "Shards": []}}
