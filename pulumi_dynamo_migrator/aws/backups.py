"""On-demand backups of tables: made, found by name and waited for. Never deletes or restores one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault, asking
from pulumi_dynamo_migrator.aws.waiting import WaitedTooLongError, wait_for
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import BackupSummaryTypeDef


class Backups:
    """One door to backups. Safe to share between threads."""

    def __init__(self, client: DynamoDBClient) -> None:
        self._client = client

    def create(self, table: str, *, name: str, clock: Clock, timing: Timing) -> str:
        """Back the table up under this name; the backup's ARN.

        Twice is as good as once: a backup of this name of this very table (an earlier one that had the name counts as
        another) is the one that was made before. DynamoDB would make a second one: where an answer is lost, or a backup
        is being made already, it looks again before it asks again.
        """
        last: list[AwsError] = []

        def attempt() -> str | None:
            for found in self._of(table):
                if found.get("BackupName") == name:
                    return found["BackupArn"]
            try:
                with asking("dynamodb:CreateBackup", f"table {table}"):
                    return self._client.create_backup(TableName=table, BackupName=name)["BackupDetails"]["BackupArn"]
            except AwsError as error:
                if not error.fault.unknown and error.fault is not Fault.IN_USE:
                    raise
                last.append(error)
                return None

        try:
            what = f"The backup {name} of {table} could not be made"
            return wait_for(attempt, clock=clock, timing=timing, limit=timing.control, what=what)
        except WaitedTooLongError as error:
            raise (last[-1] if last else error) from error

    def wait_available(self, arn: str, *, clock: Clock, timing: Timing) -> None:
        """Wait until the backup is AVAILABLE."""

        def look() -> bool | None:
            status = self._status(arn)
            if status == "DELETED":
                raise AwsError(
                    f"The backup {arn} was deleted.",
                    fault=Fault.GONE,
                    action="dynamodb:DescribeBackup",
                    resource=arn,
                    now="find out who deleted it, and run again: another one will be made.",
                )
            return True if status == "AVAILABLE" else None

        what = f"The backup {arn} did not become AVAILABLE"
        wait_for(look, clock=clock, timing=timing, limit=timing.table, what=what)

    def _status(self, arn: str) -> str:
        with asking("dynamodb:DescribeBackup", arn):
            description = self._client.describe_backup(BackupArn=arn)["BackupDescription"]
            return description.get("BackupDetails", {}).get("BackupStatus", "")

    def _of(self, table: str) -> Iterator[BackupSummaryTypeDef]:
        with asking("dynamodb:DescribeTable", f"table {table}"):
            table_id = self._client.describe_table(TableName=table)["Table"]["TableId"]
        with asking("dynamodb:ListBackups", f"table {table}"):
            for page in self._client.get_paginator("list_backups").paginate(TableName=table, BackupType="USER"):
                for found in page["BackupSummaries"]:
                    if found.get("TableId") == table_id and found.get("BackupStatus") != "DELETED":
                        yield found
