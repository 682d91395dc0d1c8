"""The proxy in front of the embedded AWS enforces what a resource policy denies, as AWS does, and nothing else."""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pulumi_dynamo_migrator.aws.fence_policy import WRITES, with_fence
from tests.eventually import eventually
from tests.fakes.doors import session_on
from tools.embedded_aws import EmbeddedAws, main, running
from tools.policy_proxy import PolicyProxy
from tools.process_group import group_members

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.emulator

KEY: Any = {"id": {"S": "a"}}


@pytest.fixture
def client(fenced_aws: EmbeddedAws) -> DynamoDBClient:
    return session_on(fenced_aws).client("dynamodb")


@pytest.fixture
def direct(aws: EmbeddedAws) -> DynamoDBClient:
    return session_on(aws).client("dynamodb")


def made(client: DynamoDBClient, **more: Any) -> str:
    name = f"proxied-{uuid.uuid4().hex[:8]}"
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )
    return name


@pytest.fixture
def table(client: DynamoDBClient) -> Iterator[str]:
    name = made(client)
    client.put_item(TableName=name, Item={**KEY, "v": {"N": "1"}})
    yield name
    client.delete_table(TableName=name)


def arn_of(client: DynamoDBClient, table: str) -> str:
    return client.describe_table(TableName=table)["Table"]["TableArn"]


def fence(client: DynamoDBClient, table: str, *, until: float | None = None) -> str:
    arn = arn_of(client, table)
    client.put_resource_policy(ResourceArn=arn, Policy=with_fence(None, arn, until=until))
    return arn


def items(client: DynamoDBClient, table: str) -> list[Any]:
    return client.scan(TableName=table, ConsistentRead=True)["Items"]


def put(client: DynamoDBClient, table: str) -> None:
    client.put_item(TableName=table, Item={"id": {"S": "b"}})


def denied(client: DynamoDBClient, table: str) -> bool:
    try:
        put(client, table)
    except ClientError as error:
        return error.response["Error"]["Code"] == "AccessDeniedException"
    return False


def not_denied(client: DynamoDBClient, table: str) -> None:
    assert not denied(client, table)


def on(table: str, statement: str) -> str:
    """The statement with the table's name for T."""
    return statement.replace('"T"', f'"{table}"')


Ask = Callable[[Any, str], object]
ASKS: dict[str, Ask] = {
    "PutItem": lambda client, table: client.put_item(TableName=table, Item={"id": {"S": "b"}}),
    "UpdateItem": lambda client, table: client.update_item(
        TableName=table, Key=KEY, UpdateExpression="SET v = :v", ExpressionAttributeValues={":v": {"N": "2"}}
    ),
    "DeleteItem": lambda client, table: client.delete_item(TableName=table, Key=KEY),
    "BatchWriteItem": lambda client, table: client.batch_write_item(
        RequestItems={table: [{"DeleteRequest": {"Key": KEY}}]}
    ),
    "PartiQLInsert": lambda client, table: client.execute_statement(
        Statement=on(table, "INSERT INTO \"T\" VALUE {'id': 'b'}")
    ),
    "PartiQLUpdate": lambda client, table: client.execute_statement(
        Statement=on(table, "UPDATE \"T\" SET v=2 WHERE id='a'")
    ),
    "PartiQLDelete": lambda client, table: client.execute_statement(
        Statement=on(table, "DELETE FROM \"T\" WHERE id='a'")
    ),
}
TRANSACTIONS: dict[str, Ask] = {
    "PutItem": lambda client, table: client.transact_write_items(
        TransactItems=[{"Put": {"TableName": table, "Item": {"id": {"S": "b"}}}}]
    ),
    "DeleteItem": lambda client, table: client.transact_write_items(
        TransactItems=[{"Delete": {"TableName": table, "Key": KEY}}]
    ),
    "PartiQLDelete": lambda client, table: client.execute_transaction(
        TransactStatements=[{"Statement": on(table, "DELETE FROM \"T\" WHERE id='a'")}]
    ),
}


def test_every_write_of_a_fence_has_its_test() -> None:
    assert {f"dynamodb:{action}" for action in ASKS} == set(WRITES)


@pytest.mark.parametrize(("action", "ask"), [*ASKS.items(), *TRANSACTIONS.items()])
def test_a_denied_write_is_answered_as_aws_does_and_changes_nothing(
    client: DynamoDBClient, table: str, action: str, ask: Ask
) -> None:
    before = items(client, table)
    arn = fence(client, table)
    with pytest.raises(ClientError) as raised:
        ask(client, table)
    told = raised.value.response
    assert told["Error"]["Code"] == "AccessDeniedException"
    assert (
        f"not authorized to perform: dynamodb:{action} on resource: {arn} with an explicit deny"
        in (told["Error"]["Message"])
    )
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert items(client, table) == before


@pytest.mark.parametrize(
    "ask", [*ASKS.values(), *TRANSACTIONS.values()], ids=[*ASKS, *(f"T-{n}" for n in TRANSACTIONS)]
)
def test_every_write_passes_once_the_fence_is_over(client: DynamoDBClient, table: str, ask: Ask) -> None:
    fence(client, table, until=time.time() - 2)
    ask(client, table)


def test_a_fence_ends_by_itself(client: DynamoDBClient, table: str) -> None:
    fence(client, table, until=time.time() + 1)
    assert denied(client, table)
    eventually(lambda: not_denied(client, table), within=10)


def test_reads_pass(client: DynamoDBClient, table: str) -> None:
    fence(client, table)
    assert "Item" in client.get_item(TableName=table, Key=KEY)
    assert client.execute_statement(Statement=on(table, 'SELECT * FROM "T"'))["Items"]
    assert client.batch_get_item(RequestItems={table: {"Keys": [KEY]}})["Responses"][table]
    assert client.query(
        TableName=table, KeyConditionExpression="id = :i", ExpressionAttributeValues={":i": {"S": "a"}}
    )["Items"]


def test_other_tables_are_not_touched(client: DynamoDBClient, table: str) -> None:
    other = made(client)
    fence(client, table)
    put(client, other)
    client.batch_write_item(RequestItems={other: [{"PutRequest": {"Item": KEY}}]})
    assert len(items(client, other)) == 2
    client.delete_table(TableName=other)


def test_a_batch_that_names_a_fenced_table_beside_another_is_denied_as_a_whole(
    client: DynamoDBClient, table: str
) -> None:
    other = made(client)
    fence(client, table)
    request: Any = [{"PutRequest": {"Item": {"id": {"S": "b"}}}}]
    with pytest.raises(ClientError, match="BatchWriteItem"):
        client.batch_write_item(RequestItems={other: request, table: request})
    assert items(client, other) == []
    client.delete_table(TableName=other)


def test_a_transaction_may_check_a_fenced_table_while_it_writes_another(client: DynamoDBClient, table: str) -> None:
    other = made(client)
    fence(client, table)
    check: Any = {"TableName": table, "Key": KEY, "ConditionExpression": "attribute_exists(id)"}
    client.transact_write_items(TransactItems=[{"ConditionCheck": check}, {"Put": {"TableName": other, "Item": KEY}}])
    assert len(items(client, other)) == 1
    client.delete_table(TableName=other)


def test_in_a_batch_of_statements_only_the_denied_ones_fail(client: DynamoDBClient, table: str) -> None:
    other = made(client)
    fence(client, table)
    told = client.batch_execute_statement(
        Statements=[
            {"Statement": on(other, "INSERT INTO \"T\" VALUE {'id': ?}"), "Parameters": [{"S": "b"}]},
            {"Statement": on(table, "INSERT INTO \"T\" VALUE {'id': 'b'}")},
            {"Statement": on(table, "SELECT * FROM \"T\" WHERE id='a'")},
        ]
    )["Responses"]
    assert "Error" not in told[0]
    assert told[1].get("Error", {}).get("Code") == "AccessDenied"
    assert "dynamodb:PartiQLInsert" in told[1].get("Error", {}).get("Message", "")
    assert told[2].get("Item", {}).get("id") == {"S": "a"}
    assert (len(items(client, table)), len(items(client, other))) == (1, 1)
    only = client.batch_execute_statement(Statements=[{"Statement": on(table, "DELETE FROM \"T\" WHERE id='a'")}])
    assert [one.get("Error", {}).get("Code") for one in only["Responses"]] == ["AccessDenied"]
    client.delete_table(TableName=other)


def test_a_policy_that_is_taken_away_denies_no_longer(client: DynamoDBClient, table: str) -> None:
    arn = fence(client, table)
    with pytest.raises(ClientError):
        put(client, table)
    client.delete_resource_policy(ResourceArn=arn)
    put(client, table)


def test_a_policy_that_is_replaced_counts_as_it_is_now(client: DynamoDBClient, table: str) -> None:
    fence(client, table, until=time.time() - 60)
    put(client, table)
    fence(client, table)
    with pytest.raises(ClientError):
        put(client, table)


def test_a_policy_ends_with_its_table(client: DynamoDBClient) -> None:
    name = made(client)
    arn = fence(client, name)
    client.delete_table(TableName=name)
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    put(client, name)
    with pytest.raises(ClientError, match="PolicyNotFound"):
        client.get_resource_policy(ResourceArn=arn)
    client.delete_table(TableName=name)


def test_a_table_may_be_born_with_a_policy(client: DynamoDBClient, table: str) -> None:
    name = f"proxied-{uuid.uuid4().hex[:8]}"
    arn = arn_of(client, table).replace(table, name)
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        ResourcePolicy=with_fence(None, arn, until=None),
    )
    with pytest.raises(ClientError, match="explicit deny"):
        put(client, name)
    client.delete_table(TableName=name)


def test_what_asks_the_embedded_aws_directly_is_denied_nothing(
    client: DynamoDBClient, direct: DynamoDBClient, table: str
) -> None:
    fence(client, table)
    put(direct, table)


def test_a_policy_that_cannot_be_judged_is_not_taken(client: DynamoDBClient, table: str) -> None:
    """Guards against a policy that a test believes enforced and that is not."""
    arn = arn_of(client, table)
    policy = json.loads(with_fence(None, arn, until=None))
    policy["Statement"][0]["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": "o"}}
    with pytest.raises(ClientError, match="cannot judge the condition StringEquals"):
        client.put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy))
    with pytest.raises(ClientError, match="PolicyNotFound"):
        client.get_resource_policy(ResourceArn=arn)


def test_other_services_and_large_bodies_pass(fenced_aws: EmbeddedAws, client: DynamoDBClient, table: str) -> None:
    session = session_on(fenced_aws)
    assert session.client("sts").get_caller_identity()["Account"] == "000000000000"
    client.put_item(TableName=table, Item={"id": {"S": "large"}, "v": {"S": "x" * 390_000}})
    assert len(client.get_item(TableName=table, Key={"id": {"S": "large"}})["Item"]["v"]["S"]) == 390_000


@pytest.mark.parametrize("body", [b"small", b"large" * 200_000], ids=len)
def test_uploads_that_ask_first_or_come_in_chunks_pass(fenced_aws: EmbeddedAws, body: bytes) -> None:
    """S3's clients send `Expect: 100-continue`, and bodies whose length they do not know in chunks."""
    told = fenced_aws.environment()
    session = boto3.Session(told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"], region_name=told["AWS_REGION"])
    s3, bucket = session.client("s3", endpoint_url=fenced_aws.endpoint), f"proxied-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="whole", Body=body)
    assert s3.head_object(Bucket=bucket, Key="whole")["ContentLength"] == len(body)
    assert s3.get_object(Bucket=bucket, Key="whole")["Body"].read() == body
    connection = HTTPConnection(fenced_aws.endpoint.removeprefix("http://"))
    connection.request("PUT", f"/{bucket}/chunked", iter([body[:3], body[3:]]), encode_chunked=True)
    assert connection.getresponse().read() == b""
    connection.request("GET", f"/{bucket}/chunked")
    assert connection.getresponse().read() == body
    connection.close()


def test_it_listens_on_this_machine_alone_and_ends_with_its_block(aws: EmbeddedAws) -> None:
    with PolicyProxy(aws.endpoint) as proxy:
        kept = socket.create_connection(("127.0.0.1", proxy.port))
        kept.sendall(b"GET /_ministack/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert kept.recv(12) == b"HTTP/1.1 200"
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", proxy.port)) != 0
    kept.settimeout(5)
    while kept.recv(4096):
        pass
    kept.close()


def test_by_hand_the_embedded_aws_is_asked_through_a_proxy_that_ends_with_it(tmp_path: Path) -> None:
    try:
        assert main(["up"], state=tmp_path) == 0
        found = running(tmp_path)
        assert found is not None
        assert found.front
        assert found.environment()["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{found.front}"
        assert len(group_members(found.pid)) == 2
        client = session_on(found).client("dynamodb")
        name = made(client)
        fence(client, name)
        with pytest.raises(ClientError, match="explicit deny"):
            put(client, name)
    finally:
        assert main(["down"], state=tmp_path) == 0
    assert group_members(found.pid) == []
    for port in (found.port, found.front):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
