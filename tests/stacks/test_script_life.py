"""A script of the older library, whole: in one go and version by version it comes to the same table, items and history.

It creates a table, adds two local indexes in two versions, converts every item and ends the first table.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.stacks.account import Account, texts
from tests.stacks.conftest import MakeProgram
from tests.stacks.harness import Program

pytestmark = pytest.mark.stack

HEAD = """
import pulumi
from pulumi_dynamo_migrator import Migration, Migrator

def note(*words):
    with open("calls.txt", "a") as calls:
        print(*words, file=calls)

migrator = Migrator(identifier="customers", migration=Migration(function_timeout=3))
for output in ("name", "version", "phase", "tables", "history", "steps", "pending", "conflicts", "stream_arns"):
    pulumi.export(output, getattr(migrator.table, output))
"""
VERSIONS = [
    """
@migrator.version(1)
@migrator.create(
    AttributeDefinitions=[
        {"AttributeName": "customer_nr", "AttributeType": "S"},
        {"AttributeName": "last_name", "AttributeType": "S"},
    ],
    TableName="customers",
    KeySchema=[
        {"AttributeName": "customer_nr", "KeyType": "HASH"},
        {"AttributeName": "last_name", "KeyType": "RANGE"},
    ],
    BillingMode="PROVISIONED",
    ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 7},
    Tags=[{"Key": "team", "Value": "blue"}],
)
def v1(created_table):
    note("v1", created_table["TableName"], created_table["TableStatus"])
""",
    """
@migrator.version(2)
@migrator.add_indexes(
    AttributeDefinitions=[{"AttributeName": "postcode", "AttributeType": "S"}],
    LocalSecondaryIndexes=[{
        "IndexName": "postcode_index",
        "KeySchema": [{"AttributeName": "customer_nr", "KeyType": "HASH"},
                      {"AttributeName": "postcode", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "ALL"},
    }],
)
def v2(created_table):
    note("v2", created_table["TableName"], len(created_table["LocalSecondaryIndexes"]))
""",
    """
@migrator.version(3)
@migrator.add_index(
    AttributeDefinitions=[{"AttributeName": "points", "AttributeType": "N"}],
    LocalSecondaryIndexes=[{
        "IndexName": "points_index",
        "KeySchema": [{"AttributeName": "customer_nr", "KeyType": "HASH"},
                      {"AttributeName": "points", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }],
)
def v3(created_table):
    note("v3", created_table["TableName"], len(created_table["LocalSecondaryIndexes"]))
""",
    """
@migrator.version(4)
@migrator.convert(
    lambda item: {**item, "points": item.points * 10, "name": f"{item.last_name} ({item['customer_nr']})"}
)
def v4(migrate):
    note("v4", migrate()["operation"], migrate().get("verified"))
""",
    """
@migrator.version(5)
@migrator.delete_table("customers", evidence=1)
def v5(migrate):
    note("v5", migrate()["operation"], migrate()["table"])
""",
]
ITEMS: list[dict[str, Any]] = [
    {"customer_nr": f"c{n % 9}", "last_name": f"n{n:03}", "postcode": f"p{n % 5}", "points": n} for n in range(60)
]
CONVERTED = [
    {**item, "points": item["points"] * 10, "name": f"{item['last_name']} ({item['customer_nr']})"} for item in ITEMS
]


def script(versions: int) -> dict[str, str]:
    """The script as it was when it had so many versions."""
    return {"__main__.py": HEAD + "".join(VERSIONS[:versions])}


def up(stack: Program) -> list[str]:
    """Carry it out; give what its callbacks said meanwhile."""
    calls = stack.folder / "calls.txt"
    calls.write_text("")
    stack.up("--skip-preview").ok()
    return calls.read_text().splitlines()


def shape(account: Account, table: str) -> dict[str, Any]:
    """Keys, indexes and settings of a table."""
    seen = account.describe(table)
    return {
        "keys": seen["KeySchema"],
        "attributes": sorted(seen["AttributeDefinitions"], key=str),
        "local": sorted(
            (one["IndexName"], str(one["KeySchema"]), str(one["Projection"])) for one in seen["LocalSecondaryIndexes"]
        ),
        "units": (
            seen["ProvisionedThroughput"]["ReadCapacityUnits"],
            seen["ProvisionedThroughput"]["WriteCapacityUnits"],
        ),
        **account.settings(table),
    }


def history(stack: Program) -> list[tuple[int, str | None]]:
    """What was done, by version."""
    rows = [(int(row["version"]), row.get("operation")) for row in stack.outputs()["history"]]
    return sorted(set(rows), key=str)


def without_pulumi(account: Account, table: str) -> list[tuple[int, str | None]]:
    """The same from AWS alone: the table's tags lead to its entry in the control table."""
    arn = account.describe(table)["TableArn"]
    tags = {tag["Key"]: tag["Value"] for tag in account.dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]}
    assert tags["pulumi-dynamo-migrator:version"] == "4"
    [entry] = [
        row for row in account.ledger(under=f"table#{tags['pulumi-dynamo-migrator:table']}") if row["sk"] == "entry"
    ]
    return sorted({(int(row["version"]), row.get("operation")) for row in entry["history"]}, key=str)


WHOLE = [(1, "create"), (2, "add_index"), (3, "add_index"), (4, "convert"), (5, "delete_table")]


def ends_right(stack: Program, account: Account, items: list[dict[str, Any]]) -> dict[str, Any]:
    """What is so at the end, whichever way it came to be."""
    told = stack.outputs()
    assert (told["name"], told["version"], told["phase"]) == ("customers_V4", 4, "ready")
    assert account.tables() == ["customers_V4", "pulumi-dynamo-migrator"]
    assert account.helpers() == []
    assert texts(account.items("customers_V4")) == texts(items)
    assert history(stack) == WHOLE
    assert without_pulumi(account, "customers_V4") == WHOLE
    assert [int(step["version"]) for step in told["steps"]] == [1, 2, 3, 4, 5]
    before = account.picture()
    assert up(stack) == []
    stack.preview("--expect-no-changes").ok()
    assert account.picture() == before
    return shape(account, "customers_V4")


def test_version_by_version_in_one_go_and_on_a_new_stack_it_comes_to_the_same(
    account: Account, make_fenced: MakeProgram
) -> None:
    stepwise = version_by_version(account, make_fenced)
    assert in_one_go(account, make_fenced) == stepwise
    assert on_a_new_stack(account, make_fenced) == stepwise


def version_by_version(account: Account, make: MakeProgram) -> dict[str, Any]:
    stack = make(script(1))
    assert up(stack) == ["v1 customers ACTIVE"]
    account.put("customers", ITEMS)
    for number, table in ((2, "customers_V2"), (3, "customers_V3")):
        stack.edit(script(number))
        assert up(stack) == [f"v{number} {table} {number - 1}"]
        assert texts(account.items(table)) == texts(ITEMS)
    stack.edit(script(4))
    assert up(stack) == ["v4 convert both directions"]
    stack.edit(script(5))
    assert up(stack) == ["v5 delete_table customers"]
    # The tables in between have no step that ends them: they are this script's own business, and go with the stack.
    assert account.tables() == ["customers_V2", "customers_V3", "customers_V4", "pulumi-dynamo-migrator"]
    assert history(stack) == WHOLE
    found = shape(account, "customers_V4")
    assert texts(account.items("customers_V4")) == texts(CONVERTED)
    stack.preview("--expect-no-changes").ok()
    stack.destroy("--skip-preview").ok()
    assert account.tables() == []
    return found


def in_one_go(account: Account, make: MakeProgram) -> dict[str, Any]:
    stack = make(script(1))
    stack.up("--skip-preview").ok()
    account.put("customers", ITEMS)
    stack.edit(script(5))
    told = stack.preview().ok().text
    assert "script: version 2 (add_index), version 3 (add_index), version 4 (convert)" in told
    assert "pending: retire version 1 (table customers): it is served" in told
    assert up(stack) == ["v2 customers_V4 2", "v3 customers_V4 2", "v4 convert both directions"]
    assert "customers" in account.tables()
    time.sleep(2)
    assert up(stack) == ["v5 delete_table customers"]
    found = ends_right(stack, account, CONVERTED)
    stack.destroy("--skip-preview").ok()
    return found


def on_a_new_stack(account: Account, make: MakeProgram) -> dict[str, Any]:
    stack = make(script(5))
    assert "create table customers_V4" in stack.preview().ok().text
    called = up(stack)
    assert called == [
        "v1 customers_V4 ACTIVE",
        "v2 customers_V4 2",
        "v3 customers_V4 2",
        "v4 convert None",
        "v5 delete_table customers",
    ]
    account.put("customers_V4", CONVERTED)
    found = ends_right(stack, account, CONVERTED)
    stack.destroy("--skip-preview").ok()
    return found
