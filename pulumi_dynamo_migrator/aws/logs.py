"""The log group of a replicator's function: Lambda makes it, we remove it. Never reads a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_dynamo_migrator.aws.faults import Fault, asking, unless
from pulumi_dynamo_migrator.aws.policies import log_group

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient


class Logs:
    """One door to log groups. Safe to share between threads."""

    def __init__(self, client: CloudWatchLogsClient) -> None:
        self._client = client

    def delete(self, function: str) -> None:
        """Remove the group, after the function (a late invocation makes it anew); nothing where there is none."""
        with unless(Fault.GONE), asking("logs:DeleteLogGroup", f"log group {log_group(function)}"):
            self._client.delete_log_group(logGroupName=log_group(function))
