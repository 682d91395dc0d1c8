"""What AWS itself says, asked with boto3 past the package: the stack tests' second opinion.

Only for the embedded AWS of a test: it writes items and changes tables as a user behind Pulumi's back would.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from pulumi_dynamo_migrator.model.names import CONTROL_TABLE
from tools.embedded_aws import EmbeddedAws

Plain = Mapping[str, Any]


class Account:
    """The one account of an embedded AWS."""

    def __init__(self, aws: EmbeddedAws) -> None:
        told = aws.environment()
        session = boto3.Session(
            told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"], region_name=told["AWS_DEFAULT_REGION"]
        )
        self.dynamodb = session.client("dynamodb", endpoint_url=aws.endpoint)
        self.functions = session.client("lambda", endpoint_url=aws.endpoint)
        self.identities = session.client("iam", endpoint_url=aws.endpoint)

    def tables(self) -> list[str]:
        """Every table, the ledger's too."""
        return sorted(self.dynamodb.list_tables()["TableNames"])

    def helpers(self) -> list[str]:
        """Every function, mapping and role."""
        functions = [f"function {one['FunctionName']}" for one in self.functions.list_functions()["Functions"]]
        mappings = [
            f"mapping {one['UUID']}" for one in self.functions.list_event_source_mappings()["EventSourceMappings"]
        ]
        roles = [f"role {one['RoleName']}" for one in self.identities.list_roles()["Roles"]]
        return sorted([*functions, *mappings, *roles])

    def ledger(self, *, under: str = "") -> list[dict[str, Any]]:
        """Every row of the ledger whose partition begins so; none where there is no ledger."""
        if CONTROL_TABLE not in self.tables():
            return []
        return [row for row in self.items(CONTROL_TABLE) if row["pk"].startswith(under)]

    def word(self) -> str | None:
        """What the replicator of the one migration is told."""
        words = [row["word"] for row in self.ledger(under="migration#") if row["sk"] == "word"]
        return words[0] if words else None

    def describe(self, table: str) -> dict[str, Any]:
        """DescribeTable, without what counts items or moves by itself."""
        found: dict[str, Any] = dict(self.dynamodb.describe_table(TableName=table)["Table"])
        return {name: value for name, value in found.items() if name not in ("ItemCount", "TableSizeBytes")}

    def settings(self, table: str) -> dict[str, Any]:
        """What DescribeTable leaves out: expiry, backups, tags (the package's own left out)."""
        arn = self.describe(table)["TableArn"]
        expiry = self.dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        backups = self.dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
        tags = self.dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]
        return {
            "ttl": (expiry["TimeToLiveStatus"], expiry.get("AttributeName")),
            "recovery": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
            "tags": {tag["Key"]: tag["Value"] for tag in tags if not tag["Key"].startswith("pulumi-dynamo-migrator:")},
        }

    def picture(self) -> str:
        """Everything that there is, as one text: two are equal when nothing was changed in between."""
        tables = {name: (self.describe(name), self.settings(name), self.items(name)) for name in self.tables()}
        return json.dumps([tables, self.helpers()], sort_keys=True, default=repr)

    def items(self, table: str) -> list[dict[str, Any]]:
        """Every item, in a steady order."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        found = [plain(item) for page in pages for item in page["Items"]]
        return sorted(found, key=text)

    def query(self, table: str, index: str, key: Plain) -> list[dict[str, Any]]:
        """Ask an index for what has this one key attribute, in the index's order."""
        [(name, value)] = key.items()
        found = self.dynamodb.query(
            TableName=table,
            IndexName=index,
            KeyConditionExpression="#name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues=wire({":value": value}),
        )["Items"]
        return [plain(item) for item in found]

    def count(self, table: str) -> int:
        """How many items there are; none where there is no table."""
        try:
            pages = self.dynamodb.get_paginator("scan").paginate(TableName=table, Select="COUNT", ConsistentRead=True)
            return sum(page["Count"] for page in pages)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return 0

    def put(self, table: str, items: Iterable[Plain]) -> None:
        """Write items, 25 at a time."""
        puts = [{"PutRequest": {"Item": wire(item)}} for item in items]
        for start in range(0, len(puts), 25):
            answer = self.dynamodb.batch_write_item(RequestItems={table: puts[start : start + 25]})  # type: ignore[dict-item]
            assert not answer["UnprocessedItems"]

    def delete(self, table: str, key: Plain) -> None:
        """Delete one item."""
        self.dynamodb.delete_item(TableName=table, Key=wire(key))

    def make_table(self, name: str, *, keys: Mapping[str, str]) -> str:
        """Create a stranger's table: first key attribute the hash key, second the range key. Gives its TableId."""
        self.dynamodb.create_table(
            TableName=name,
            KeySchema=[
                {"AttributeName": key, "KeyType": kind}  # type: ignore[typeddict-item]
                for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": kind}  # type: ignore[typeddict-item]
                for key, kind in keys.items()
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        return str(self.describe(name)["TableId"])


def wire(item: Plain) -> dict[str, Any]:
    """Write a plain item as boto3 does."""
    serializer = TypeSerializer()
    return {name: serializer.serialize(value) for name, value in item.items()}


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """Read an item as boto3 does; numbers are Decimal, which equals int."""
    deserializer = TypeDeserializer()
    return {name: deserializer.deserialize(value) for name, value in item.items()}


def texts(items: Iterable[Plain]) -> list[str]:
    """Items as texts, sorted: equal when the items are, whether a number is an int or a Decimal."""
    return sorted(text(item) for item in items)


def text(item: Plain) -> str:
    """One item as a text."""
    return json.dumps(wire(item), sort_keys=True, default=bytes.hex)
