"""What is read of the older library's notes, written here by the very requests that it makes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pulumi_dynamo_migrator.aws.older_library import (
    METADATA,
    OlderLibrary,
    OlderScript,
    OlderVersion,
)
from pulumi_dynamo_migrator.model.names import OLDER_IDENTIFIER
from tests.fakes.doors import session_on
from tools.embedded_aws import EmbeddedAws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.emulator

POLICY = "arn:aws:iam::000000000000:policy/dynamodb_migrator/dynamodb_migrator_1a2b"
ROLE = "arn:aws:iam::000000000000:role/dynamodb_migrator/dynamodb_migrator_3c4d"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:dynamodb_migrator_5e6f"


@pytest.fixture
def client(aws: EmbeddedAws) -> DynamoDBClient:
    return session_on(aws).client("dynamodb")


@pytest.fixture
def older(client: DynamoDBClient) -> OlderLibrary:
    return OlderLibrary(client)


@pytest.fixture
def identifier(client: DynamoDBClient) -> Iterator[str]:
    """A script's name, in a metadata table as the library makes it."""
    client.create_table(
        TableName=METADATA,
        AttributeDefinitions=[{"AttributeName": "identifier", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "identifier", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield f"script-{uuid.uuid4().hex[:8]}.py"
    client.delete_table(TableName=METADATA)


def begin(client: DynamoDBClient, identifier: str, version: int) -> None:
    """As the library begins a version."""
    client.update_item(
        TableName=METADATA,
        Key={"identifier": {"S": identifier}},
        UpdateExpression="set #attr = :val",
        ExpressionAttributeNames={"#attr": str(version)},
        ExpressionAttributeValues={":val": {"M": {}}},
    )


def note(client: DynamoDBClient, identifier: str, *, version: int, made: tuple[str, str], how: str = "ADD") -> None:
    """As the library notes what it made, or has removed again."""
    attribute, name = made
    client.update_item(
        TableName=METADATA,
        Key={"identifier": {"S": identifier}},
        UpdateExpression=f"{how} #v.#attr :val",
        ExpressionAttributeNames={"#v": str(version), "#attr": attribute},
        ExpressionAttributeValues={":val": {"SS": [name]}},
    )


def test_without_its_metadata_table_the_library_was_never_here(older: OlderLibrary) -> None:
    assert older.read(OLDER_IDENTIFIER) is None


def test_a_script_that_it_does_not_know_is_none(older: OlderLibrary, identifier: str) -> None:
    assert older.read(identifier) is None


def test_each_version_is_read_with_what_was_made_for_it(
    client: DynamoDBClient, older: OlderLibrary, identifier: str
) -> None:
    for number in (1, 2, 10):
        begin(client, identifier, number)
    note(client, identifier, version=1, made=("tables", "customers"))
    note(client, identifier, version=2, made=("tables", "customers_V2"))
    note(client, identifier, version=2, made=("policies", POLICY))
    note(client, identifier, version=2, made=("roles", ROLE))
    note(client, identifier, version=2, made=("functions", FUNCTION))
    note(client, identifier, version=2, made=("mappings", "8a5c4f7e-0000-4000-8000-000000000001"))
    note(client, identifier, version=2, made=("attribute_name", "0f8e_migration"))
    note(client, identifier, version=10, made=("tables", "customers_V10"))
    assert older.read(identifier) == OlderScript(
        (
            OlderVersion(1, "customers"),
            OlderVersion(
                2,
                "customers_V2",
                functions=("dynamodb_migrator_5e6f",),
                mappings=("8a5c4f7e-0000-4000-8000-000000000001",),
                roles=("dynamodb_migrator_3c4d",),
                policies=(POLICY,),
            ),
            OlderVersion(10, "customers_V10"),
        )
    )


def test_what_the_library_rolled_back_is_not_there(
    client: DynamoDBClient, older: OlderLibrary, identifier: str
) -> None:
    begin(client, identifier, 1)
    note(client, identifier, version=1, made=("tables", "customers"))
    note(client, identifier, version=1, made=("tables", "customers"), how="DELETE")
    assert older.read(identifier) == OlderScript((OlderVersion(1, None),))


def test_a_table_that_it_found_is_a_version_without_one(
    client: DynamoDBClient, older: OlderLibrary, identifier: str
) -> None:
    client.put_item(TableName=METADATA, Item={"identifier": {"S": identifier}, "1": {"M": {}}})
    assert older.read(identifier) == OlderScript((OlderVersion(1, None),))
