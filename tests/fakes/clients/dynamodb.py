"""DynamoDB in memory under boto3's methods: tables with all their settings, and the ledger's items.

Everything is ACTIVE at once. User items come and go through the item port (`tests/fakes/items.py`) and are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from pulumi_dynamo_migrator.conversion.keys import KeySchema
from tests.fakes.clients.calls import refused
from tests.fakes.clients.expressions import changed, holds
from tests.fakes.items import FakeTable

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/"
LARGEST = 400 * 1024
ITEM_BYTES = 200
"""What each item counts for in a table's size, as in the embedded AWS."""
NO_TABLE = "ResourceNotFoundException"
CHECK_FAILED = "ConditionalCheckFailedException"


@dataclass
class Table:
    """A table: what DescribeTable says of it, its items, and what has calls of its own."""

    told: dict[str, Any]
    held: FakeTable
    tags: dict[str, str] = field(default_factory=dict)
    ttl: dict[str, Any] = field(default_factory=lambda: {"Enabled": False})
    recovery: dict[str, Any] = field(default_factory=lambda: {"PointInTimeRecoveryEnabled": False})
    policy: tuple[str, str] | None = None
    backups: list[dict[str, Any]] = field(default_factory=list)


class Items:
    """The data plane, as far as the ledger uses it."""

    tables: dict[str, Table]

    def table(self, name: str) -> Table:
        """The table of this name or ARN; AWS's refusal where there is none."""
        found = self.tables.get(name.removeprefix(ARN))
        if found is None:
            raise refused(NO_TABLE, f"Requested resource not found: Table: {name} not found")
        return found

    def get_item(self, *, TableName: str, Key: dict[str, Any], **_: Any) -> dict[str, Any]:
        found = self.table(TableName).held.get(Key)
        return {} if found is None else {"Item": dict(found)}

    def batch_get_item(self, *, RequestItems: dict[str, dict[str, Any]]) -> dict[str, Any]:
        asked = {name: [self.table(name).held.get(key) for key in one["Keys"]] for name, one in RequestItems.items()}
        found = {name: [dict(item) for item in items if item is not None] for name, items in asked.items()}
        return {"Responses": found, "UnprocessedKeys": {}}

    def put_item(self, *, TableName: str, Item: dict[str, Any], **asked: Any) -> dict[str, Any]:
        held = self.table(TableName).held
        if not holds(asked, held.get(Item)):
            raise refused(CHECK_FAILED)
        if _size(Item) > LARGEST:
            raise refused("ValidationException", "Item size has exceeded the maximum allowed size")
        held.put(dict(Item))
        return {}

    def update_item(self, *, TableName: str, Key: dict[str, Any], **asked: Any) -> dict[str, Any]:
        held = self.table(TableName).held
        if not holds(asked, held.get(Key)):
            raise refused(CHECK_FAILED)
        after = changed(asked, held.get(Key) or dict(Key))
        held.put(after)
        return {"Attributes": dict(after)}

    def delete_item(self, *, TableName: str, Key: dict[str, Any], **asked: Any) -> dict[str, Any]:
        held = self.table(TableName).held
        if not holds(asked, held.get(Key)):
            raise refused(CHECK_FAILED)
        held.delete(Key)
        return {}

    def transact_write_items(self, *, TransactItems: list[dict[str, Any]], **_: Any) -> dict[str, Any]:
        """All or none."""
        actions = [next(iter(one.items())) for one in TransactItems]
        true = [
            holds(asked, self.table(asked["TableName"]).held.get(asked.get("Key") or asked["Item"]))
            for _, asked in actions
        ]
        if not all(true):
            reasons = [{"Code": "None" if one else "ConditionalCheckFailed"} for one in true]
            raise refused("TransactionCanceledException", CancellationReasons=reasons)
        doing: dict[str, Callable[..., Any]] = {
            "Put": self.put_item,
            "Update": self.update_item,
            "Delete": self.delete_item,
            "ConditionCheck": lambda **_: None,
        }
        for kind, asked in actions:
            doing[kind](**asked)
        return {}

    def batch_write_item(self, *, RequestItems: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
        """Deletes only."""
        for name, requests in RequestItems.items():
            for one in requests:
                self.table(name).held.delete(one["DeleteRequest"]["Key"])
        return {"UnprocessedItems": {}}

    def query(self, *, TableName: str, **asked: Any) -> dict[str, Any]:
        found = [one for one in self._all(TableName) if holds(asked, one, name="KeyConditionExpression")]
        return {"Items": found, "Count": len(found)}

    def scan(self, *, TableName: str, **asked: Any) -> dict[str, Any]:
        return {"Items": [one for one in self._all(TableName) if holds(asked, one, name="FilterExpression")]}

    def _all(self, name: str) -> Iterator[dict[str, Any]]:
        yield from sorted(map(dict, self.table(name).held.all()), key=lambda item: item["sk"]["S"])


class DynamoDb(Items):
    """The control plane beside it."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.streams: dict[str, str] = {}
        self._numbers = count(1)

    def list_tables(self) -> dict[str, Any]:
        return {"TableNames": sorted(self.tables)}

    def describe_table(self, *, TableName: str) -> dict[str, Any]:
        table = self.table(TableName)
        held = len(table.held.items)
        return {"Table": {**table.told, "ItemCount": held, "TableSizeBytes": held * ITEM_BYTES}}

    def create_table(self, *, TableName: str, **asked: Any) -> dict[str, Any]:
        if TableName in self.tables:
            raise refused("ResourceInUseException")
        number = next(self._numbers)
        told = {
            "TableName": TableName,
            "TableArn": ARN + TableName,
            "TableId": f"id-{number}",
            "TableStatus": "ACTIVE",
            "KeySchema": asked["KeySchema"],
            "AttributeDefinitions": asked["AttributeDefinitions"],
            "BillingModeSummary": {"BillingMode": asked["BillingMode"]},
            "LocalSecondaryIndexes": asked.get("LocalSecondaryIndexes", []),
            "GlobalSecondaryIndexes": [_standing(one) for one in asked.get("GlobalSecondaryIndexes", [])],
            "DeletionProtectionEnabled": asked.get("DeletionProtectionEnabled", False),
        }
        told |= {name: asked[name] for name in ("ProvisionedThroughput", "WarmThroughput") if name in asked}
        types = {one["AttributeName"]: one["AttributeType"] for one in asked["AttributeDefinitions"]}
        names = tuple(one["AttributeName"] for one in asked["KeySchema"])
        keys = KeySchema(names, tuple(types[name] for name in names))
        tags = {one["Key"]: one["Value"] for one in asked.get("Tags", [])}
        self.tables[TableName] = table = Table(told, FakeTable(keys), tags)
        self._class(table, asked.get("TableClass"))
        self._stream(table, asked.get("StreamSpecification"))
        return {"TableDescription": dict(told)}

    def update_table(self, *, TableName: str, **asked: Any) -> dict[str, Any]:
        table = self.table(TableName)
        units, same = asked.get("ProvisionedThroughput"), table.told.get("ProvisionedThroughput")
        if units is not None and units == same and table.told["BillingModeSummary"] == {"BillingMode": "PROVISIONED"}:
            raise refused("ValidationException", "The provisioned throughput for the table will not change")
        if "BillingMode" in asked:
            table.told["BillingModeSummary"] = {"BillingMode": asked["BillingMode"]}
        for name in ("DeletionProtectionEnabled", "ProvisionedThroughput"):
            if name in asked:
                table.told[name] = asked[name]
        self._class(table, asked.get("TableClass"))
        self._stream(table, asked.get("StreamSpecification"))
        for one in asked.get("GlobalSecondaryIndexUpdates", []):
            self._index(table, one, asked)
        return {}

    def delete_table(self, *, TableName: str) -> dict[str, Any]:
        if self.table(TableName).told["DeletionProtectionEnabled"]:
            raise refused("ValidationException", "Resource cannot be deleted as it is currently protected")
        del self.tables[TableName]
        return {}

    @staticmethod
    def _class(table: Table, asked: str | None) -> None:
        if asked is not None:
            table.told["TableClassSummary"] = {"TableClass": asked}

    def _stream(self, table: Table, asked: dict[str, Any] | None) -> None:
        if asked is None:
            return
        table.told["StreamSpecification"] = asked
        if asked["StreamEnabled"]:
            arn = f"{table.told['TableArn']}/stream/{next(self._numbers)}"
            table.told["LatestStreamArn"] = arn
        self.streams[table.told["LatestStreamArn"]] = "ENABLED" if asked["StreamEnabled"] else "DISABLED"

    @staticmethod
    def _index(table: Table, update: dict[str, Any], asked: dict[str, Any]) -> None:
        standing = {one["IndexName"]: one for one in table.told["GlobalSecondaryIndexes"]}
        if "Create" in update:
            standing[update["Create"]["IndexName"]] = _standing(update["Create"])
            known = {one["AttributeName"] for one in table.told["AttributeDefinitions"]}
            new = [one for one in asked["AttributeDefinitions"] if one["AttributeName"] not in known]
            table.told["AttributeDefinitions"] = [*table.told["AttributeDefinitions"], *new]
        if "Update" in update:
            standing[update["Update"]["IndexName"]] |= update["Update"]
        if "Delete" in update:
            del standing[update["Delete"]["IndexName"]]
            schemas = [table.told["KeySchema"], *(one["KeySchema"] for one in standing.values())]
            used = {key["AttributeName"] for schema in schemas for key in schema}
            table.told["AttributeDefinitions"] = [
                one for one in table.told["AttributeDefinitions"] if one["AttributeName"] in used
            ]
        table.told["GlobalSecondaryIndexes"] = list(standing.values())


def _size(value: Any) -> int:
    """About as DynamoDB counts: names and values."""
    if isinstance(value, dict):
        return sum(len(name) + _size(part) for name, part in value.items())
    if isinstance(value, list):
        return sum(map(_size, value))
    return len(value) if isinstance(value, str | bytes) else 1


def _standing(index: dict[str, Any]) -> dict[str, Any]:
    return {**index, "IndexStatus": "ACTIVE"}
