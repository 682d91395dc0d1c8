"""What the door to a stream's records promises: against real processes, and answers as AWS may give them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault
from pulumi_dynamo_migrator.aws.stream_records import EMPTY_IN_A_ROW, MORE_ONCE_FOUND, StreamRecords
from tests.fakes.doors import Server, session_on

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/1"


@pytest.fixture
def client(server: Server) -> DynamoDBClient:
    return session_on(server).client("dynamodb")


@pytest.fixture
def records(server: Server) -> StreamRecords:
    return StreamRecords(session_on(server).client("dynamodbstreams"))


@pytest.fixture
def stream(client: DynamoDBClient) -> Iterator[tuple[str, str]]:
    name = f"records-{uuid.uuid4().hex[:8]}"
    made = client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    yield name, made["TableDescription"]["LatestStreamArn"]
    client.delete_table(TableName=name)


def test_a_table_that_nobody_wrote_to_has_no_last_write(records: StreamRecords, stream: tuple[str, str]) -> None:
    assert records.last_write(stream[1], since=0) is None


def test_the_newest_of_many_writes_is_told_unless_it_is_too_old(
    client: DynamoDBClient, records: StreamRecords, stream: tuple[str, str]
) -> None:
    began = time.time()
    for start in range(0, 1250, 25):
        client.batch_write_item(
            RequestItems={
                stream[0]: [{"PutRequest": {"Item": {"id": {"S": f"{n}"}}}} for n in range(start, start + 25)]
            }
        )
    last = records.last_write(stream[1], since=began - 60)
    assert last is not None
    assert began // 60 * 60 <= last <= time.time() + 2  # DynamoDB Local tells whole minutes
    assert records.last_write(stream[1], since=time.time() + 60) is None


def test_a_stream_that_was_switched_off_still_tells(
    client: DynamoDBClient, records: StreamRecords, stream: tuple[str, str]
) -> None:
    client.put_item(TableName=stream[0], Item={"id": {"S": "a"}})
    client.update_table(TableName=stream[0], StreamSpecification={"StreamEnabled": False})
    assert records.last_write(stream[1], since=0) is not None


def test_a_stream_that_is_gone_cannot_say_none(records: StreamRecords, stream: tuple[str, str]) -> None:
    with pytest.raises(AwsError) as raised:
        records.last_write(stream[1].replace("table/records-", "table/other-"), since=0)
    assert raised.value.fault is Fault.GONE


class Shards:
    """A stream as DynamoDB may have it: several shards, some closed, empty answers in between, pages of shards."""

    def __init__(self, **shards: list[list[Any]]) -> None:
        self.shards = shards
        self.calls = 0

    def describe_stream(self, **asked: str) -> Any:
        names = [name for name in self.shards if name > asked.get("ExclusiveStartShardId", "")]
        page: dict[str, Any] = {"Shards": [_shard(name) for name in names[:2]]}
        if len(names) > 2:
            page["LastEvaluatedShardId"] = names[1]
        return {"StreamDescription": page}

    def get_shard_iterator(self, **asked: str) -> Any:
        assert asked["ShardIteratorType"] == "TRIM_HORIZON"
        return {"ShardIterator": f"{asked['ShardId']}:0"}

    def get_records(self, **asked: str) -> Any:
        self.calls += 1
        shard, _, number = asked["ShardIterator"].partition(":")
        pages, at = self.shards[shard], int(number)
        if shard.startswith("closed") and at == len(pages) - 1:
            return {"Records": pages[at]}
        return {"Records": pages[at] if at < len(pages) else [], "NextShardIterator": f"{shard}:{at + 1}"}


def _shard(name: str) -> Any:
    ending = {"EndingSequenceNumber": "2"} if name.startswith("closed") else {}
    return {"ShardId": name, "SequenceNumberRange": {"StartingSequenceNumber": "1", **ending}}


def record(at: float, **more: Any) -> Any:
    return {"dynamodb": {"ApproximateCreationDateTime": datetime.fromtimestamp(at, UTC)}, **more}


TTL: Any = {"userIdentity": {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}}


def last_write(shards: Any, since: float) -> float | None:
    return StreamRecords(shards).last_write(ARN, since=since)


def test_every_shard_is_read_past_empty_answers_and_the_newest_counts() -> None:
    shards = Shards(
        closed1=[[record(10)], [], [], [record(20)]],
        closed2=[*[[]] * (EMPTY_IN_A_ROW * 3), [record(50)]],
        open3=[[record(30)], [], [record(40)]],
        open4=[[]],
    )
    assert last_write(shards, 0) == 50
    assert last_write(shards, 51) is None


def test_a_removal_by_ttl_is_no_write() -> None:
    assert last_write(Shards(open1=[[record(10), record(99, **TTL)]]), 0) == 10
    assert last_write(Shards(open1=[[record(99, **TTL)]]), 0) is None


def test_an_open_shard_is_left_after_a_few_empty_answers() -> None:
    shards = Shards(open1=[])
    assert last_write(shards, 0) is None
    assert shards.calls == EMPTY_IN_A_ROW


def test_a_table_that_is_written_all_the_time_is_not_read_for_ever() -> None:
    shards = Shards(open1=[[record(number)] for number in range(10_000)])
    assert last_write(shards, 100) is not None
    assert shards.calls == 100 + MORE_ONCE_FOUND + 1
