"""DynamoDB Streams: whether a stream is on. Never reads a record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault, asking, unless
from pulumi_dynamo_migrator.aws.waiting import wait_for
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient


class StreamStatus(StrEnum):
    """DescribeStream's StreamStatus."""

    ENABLING = "ENABLING"
    ENABLED = "ENABLED"
    DISABLING = "DISABLING"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class DescribedStream:
    """One stream; a disabled one keeps its records for a day."""

    arn: str
    status: StreamStatus
    view_type: str | None
    table: str | None


class Streams:
    """One door to streams. Safe to share between threads."""

    def __init__(self, client: DynamoDBStreamsClient) -> None:
        self._client = client

    def describe(self, stream_arn: str) -> DescribedStream | None:
        """The stream; None only on a sure ResourceNotFound."""
        with unless(Fault.GONE), asking("dynamodb:DescribeStream", stream_arn):
            stream = self._client.describe_stream(StreamArn=stream_arn, Limit=1)["StreamDescription"]
            return DescribedStream(
                arn=stream_arn,
                status=StreamStatus(stream.get("StreamStatus", StreamStatus.ENABLED)),
                view_type=stream.get("StreamViewType"),
                table=stream.get("TableName"),
            )
        return None

    def wait_enabled(self, stream_arn: str, *, clock: Clock, timing: Timing) -> DescribedStream:
        """Wait until the stream is ENABLED: an ACTIVE table may have one that is not yet."""

        def look() -> DescribedStream | None:
            seen = self.describe(stream_arn)
            if seen is not None and seen.status in (StreamStatus.DISABLING, StreamStatus.DISABLED):
                raise AwsError(
                    f"The stream {stream_arn} is {seen.status}.",
                    fault=Fault.OTHER,
                    action="dynamodb:DescribeStream",
                    resource=stream_arn,
                    now="find out who switched it off: a migration cannot go on without it.",
                )
            return seen if seen is not None and seen.status is StreamStatus.ENABLED else None

        what = f"The stream {stream_arn} did not become ENABLED"
        return wait_for(look, clock=clock, timing=timing, limit=timing.table, what=what)
