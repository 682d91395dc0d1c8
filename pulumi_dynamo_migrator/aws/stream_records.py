"""The records of a stream, read for one question: when was the table written last? Never keeps or changes anything.

It is the evidence for a table whose replicator is not ours. A stream reaches back 24 hours at most (Developer Guide,
"Change data capture for DynamoDB Streams").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pulumi_dynamo_migrator.aws.faults import Fault, asking, unless
from pulumi_dynamo_migrator.replicate.record import TTL_SERVICE

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_dynamodbstreams.type_defs import GetRecordsOutputTypeDef, RecordTypeDef, ShardTypeDef

EMPTY_IN_A_ROW = 5
"""After so many empty answers an open shard is taken to be read to its tip: the API does not say where the tip is."""

MORE_ONCE_FOUND = 50
"""So many more answers of a shard are read once a write has been found: a table that is written all the time has no
tip that could be reached."""


class StreamRecords:
    """One door to what streams hold. Safe to share between threads."""

    def __init__(self, client: DynamoDBStreamsClient) -> None:
        self._client = client

    def last_write(self, stream_arn: str, *, since: float) -> float | None:
        """When the newest record was made (epoch seconds) that is no removal by TTL and not older than `since`.

        None: the stream holds none. A stream that is gone is an error: it cannot say "none".
        """
        found = [self._last_in(stream_arn, shard, since) for shard in self._shards(stream_arn)]
        return max((time for time in found if time is not None), default=None)

    def _shards(self, stream_arn: str) -> Iterator[ShardTypeDef]:
        """Every shard, closed ones too."""
        start: str | None = None
        while True:
            request: dict[str, Any] = {} if start is None else {"ExclusiveStartShardId": start}
            with asking("dynamodb:DescribeStream", stream_arn):
                page = self._client.describe_stream(StreamArn=stream_arn, **request)["StreamDescription"]
            yield from page.get("Shards", ())
            start = page.get("LastEvaluatedShardId")
            if start is None:
                return

    def _last_in(self, stream_arn: str, shard: ShardTypeDef, since: float) -> float | None:
        """A closed shard ends by itself, however many of its answers are empty."""
        closed = "EndingSequenceNumber" in shard.get("SequenceNumberRange", {})
        newest: float | None = None
        empty = after = 0
        for answer in self._answers(stream_arn, shard.get("ShardId", "")):
            times = [time for time in map(_written, answer["Records"]) if time is not None and time >= since]
            newest = max([*times, newest]) if newest is not None else max(times, default=None)
            empty = 0 if answer["Records"] else empty + 1
            after += newest is not None
            if (empty >= EMPTY_IN_A_ROW and not closed) or after > MORE_ONCE_FOUND:
                break
        return newest

    def _answers(self, stream_arn: str, shard: str) -> Iterator[GetRecordsOutputTypeDef]:
        """GetRecords from the oldest record on, until a closed shard ends; nothing where the shard is past its time."""
        iterator: str | None = None
        with unless(Fault.GONE), asking("dynamodb:GetShardIterator", stream_arn):
            iterator = self._client.get_shard_iterator(
                StreamArn=stream_arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
        while iterator:
            with asking("dynamodb:GetRecords", stream_arn):
                answer = self._client.get_records(ShardIterator=iterator)
            yield answer
            iterator = answer.get("NextShardIterator")


def _written(record: RecordTypeDef) -> float | None:
    """When the record was made, unless TTL made it: no application writes that way."""
    by = record.get("userIdentity", {})
    if by.get("Type") == "Service" and by.get("PrincipalId") == TTL_SERVICE:
        return None
    made = record.get("dynamodb", {}).get("ApproximateCreationDateTime")
    return None if made is None else made.timestamp()
