"""The first `up`: a table with everything that a program can say about one, and the same program again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stacks.account import Account
from tests.stacks.conftest import MakeProgram
from tests.stacks.programs import PLAIN, Code, program

pytestmark = pytest.mark.stack

EVERYTHING: dict[str, Any] = {
    "hash_key": "id",
    "range_key": "at",
    "attributes": {"id": "S", "at": "N", "customer": "S", "photo": "B"},
    "local_secondary_indexes": [{"name": "by_photo", "range_key": "photo", "projection_type": "KEYS_ONLY"}],
    "global_secondary_indexes": [
        {
            "name": "by_customer",
            "hash_key": "customer",
            "range_key": "at",
            "projection_type": "INCLUDE",
            "non_key_attributes": ["total"],
            "read_capacity": 3,
            "write_capacity": 4,
        }
    ],
    "billing_mode": "PROVISIONED",
    "read_capacity": 5,
    "write_capacity": 6,
    "stream_enabled": True,
    "stream_view_type": "NEW_IMAGE",
    "ttl": {"attribute_name": "expires", "enabled": True},
    "point_in_time_recovery": {"enabled": True},
    "server_side_encryption": {"enabled": True},
    "table_class": "STANDARD_INFREQUENT_ACCESS",
    "deletion_protection_enabled": True,
    "tags": {"team": "blue", "aB_c": "kept as it is"},
}

CAMEL: dict[str, Any] = {
    **EVERYTHING,
    "attributes": [{"name": name, "type": kind} for name, kind in EVERYTHING["attributes"].items()],
    "local_secondary_indexes": [{"name": "by_photo", "rangeKey": "photo", "projectionType": "KEYS_ONLY"}],
    "global_secondary_indexes": [
        {
            "name": "by_customer",
            "hashKey": "customer",
            "rangeKey": "at",
            "projectionType": "INCLUDE",
            "nonKeyAttributes": ["total"],
            "readCapacity": 3,
            "writeCapacity": 4,
        }
    ],
    "ttl": {"attributeName": "expires", "enabled": True},
}

ARGS: dict[str, Any] = {
    **EVERYTHING,
    "attributes": Code(
        "[aws.dynamodb.TableAttributeArgs(name=name, type=kind) for name, kind in "
        f"{EVERYTHING['attributes']!r}.items()]"
    ),
    "local_secondary_indexes": Code(
        "[aws.dynamodb.TableLocalSecondaryIndexArgs(name='by_photo', range_key='photo', projection_type='KEYS_ONLY')]"
    ),
    "global_secondary_indexes": Code(
        "[aws.dynamodb.TableGlobalSecondaryIndexArgs(name='by_customer', hash_key='customer', range_key='at', "
        "projection_type='INCLUDE', non_key_attributes=['total'], read_capacity=3, write_capacity=4)]"
    ),
    "ttl": Code("aws.dynamodb.TableTtlArgs(attribute_name='expires', enabled=True)"),
    "point_in_time_recovery": Code("aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True)"),
    "server_side_encryption": Code("aws.dynamodb.TableServerSideEncryptionArgs(enabled=True)"),
}


def test_a_table_is_created_with_everything_that_is_said_and_every_spelling_says_the_same(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(program(**EVERYTHING))
    stack.up("--skip-preview").ok()
    told = stack.outputs()
    table = account.describe(told["name"])

    assert told["name"].startswith("orders-")
    assert len(told["name"]) == len("orders-") + 7
    assert told["arn"] == table["TableArn"]
    assert told["stream_arn"] == table["LatestStreamArn"]
    assert (told["hash_key"], told["range_key"]) == ("id", "at")
    assert (told["version"], told["phase"]) == (1, "ready")
    assert told["tables"] == {"1": told["name"]}
    assert [(row["version"], row["route"]) for row in told["history"]] == [(1, "create")]

    assert_is_everything(table)
    assert account.settings(told["name"]) == {
        "ttl": ("ENABLED", "expires"),
        "recovery": "ENABLED",
        "tags": {"team": "blue", "aB_c": "kept as it is"},
    }
    assert account.helpers() == []

    for spelling in (EVERYTHING, CAMEL, ARGS):
        stack.edit(program(**spelling))
        stack.preview("--expect-no-changes").ok()


def assert_is_everything(table: dict[str, Any]) -> None:
    assert keys_of(table) == [("id", "HASH"), ("at", "RANGE")]
    assert {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]} == {
        "id": "S",
        "at": "N",
        "customer": "S",
        "photo": "B",
    }
    [local] = table["LocalSecondaryIndexes"]
    assert (local["IndexName"], keys_of(local)) == ("by_photo", [("id", "HASH"), ("photo", "RANGE")])
    assert local["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    [wide] = table["GlobalSecondaryIndexes"]
    assert (wide["IndexName"], keys_of(wide)) == ("by_customer", [("customer", "HASH"), ("at", "RANGE")])
    assert wide["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["total"]}
    assert units_of(wide) == (3, 4)
    assert units_of(table) == (5, 6)
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert table["SSEDescription"]["Status"] == "ENABLED"
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert table["DeletionProtectionEnabled"] is True


def keys_of(described: dict[str, Any]) -> list[tuple[str, str]]:
    return [(key["AttributeName"], key["KeyType"]) for key in described["KeySchema"]]


def units_of(described: dict[str, Any]) -> tuple[int, int]:
    units = described["ProvisionedThroughput"]
    return units["ReadCapacityUnits"], units["WriteCapacityUnits"]


def test_without_a_billing_mode_a_table_is_on_demand_and_its_name_may_be_given(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(program(**PLAIN, name="the-orders", on_demand_throughput={"max_write_request_units": 40}))
    told = stack.up().ok()
    assert "create table the-orders" in told.text
    assert stack.outputs()["name"] == "the-orders"
    table = account.describe("the-orders")
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["OnDemandThroughput"]["MaxWriteRequestUnits"] == 40
    assert "StreamSpecification" not in table

    again = stack.up("--expect-no-changes").ok()
    assert "2 unchanged" in again.text
    assert account.describe("the-orders")["TableId"] == table["TableId"]


def test_a_new_name_under_a_new_parent_with_an_alias_keeps_the_table(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(program(**PLAIN))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, [{"id": "kept"}])

    shop = "shop = pulumi.ComponentResource('shop:index:Shop', 'shop')"
    alias = "pulumi.Alias(name='orders', parent=pulumi.ROOT_STACK_RESOURCE)"
    options = Code(f"pulumi.ResourceOptions(parent=shop, aliases=[{alias}])")
    files = program(before=shop, **PLAIN, opts=options)
    stack.edit({"__main__.py": files["__main__.py"].replace('"orders",', '"renamed",', 1)})
    stack.up("--skip-preview").ok()
    [resource] = stack.resources(":MigratedTable")
    assert resource["urn"].endswith("::shop:index:Shop$pulumi-python:dynamic/dynamo:MigratedTable::renamed")
    assert resource["outputs"]["__urn"] == resource["urn"]
    assert stack.outputs()["name"] == name
    assert account.items(name) == [{"id": "kept"}]
    stack.preview("--expect-no-changes").ok()

    stack.destroy("--skip-preview").ok()
    assert account.tables() == []
