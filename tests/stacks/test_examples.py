"""Every example, step by step, through the real engine: what AWS then holds; the same program again plans nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.stacks.conftest import MakeProgram
from tests.stacks.harness import PROJECT_FILE, Program
from tools.embedded_aws import REGION, EmbeddedAws
from tools.shell_env import ROOT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

pytestmark = pytest.mark.stack

EXAMPLES = ROOT / "examples"
HURRY = """\
import functools as _functools, pulumi_dynamo_migrator as _package
_package.MigratedTable = _functools.partial(
    _package.MigratedTable, migration=_package.Migration(function_timeout=5)
)
"""
"""Goes before a program: a hand-over waits for one time-out of the replicator, which is a minute unless one says so."""
Item = dict[str, Any]


class Example:
    """One example's program on its way from step to step, and the AWS that it works on."""

    def __init__(self, program: Program, dynamodb: DynamoDBServiceResource) -> None:
        self.program = program
        self.client = dynamodb.meta.client
        self._dynamodb = dynamodb
        for path in program.folder.glob("step*/__main__.py"):
            program.edit({str(path.relative_to(program.folder)): HURRY + path.read_text()})

    def take(self, step: int) -> str:
        """Put the step in, run `up`, see that the same program plans nothing, and give the table's name."""
        project = self.program.folder / PROJECT_FILE
        said = [line for line in project.read_text().splitlines() if not line.startswith("main:")]
        self.program.edit({PROJECT_FILE: "\n".join([*said, f"main: step{step}/", ""])})
        self.program.up("--skip-preview").ok()
        self.program.preview("--expect-no-changes").ok()
        return str(self.program.outputs()["table"])

    def put_items(self, table: str) -> list[Item]:
        """Put the example's own items into a table, and give them."""
        items = json.loads((self.program.folder / "items.json").read_text(), parse_float=Decimal)
        for item in items:
            self._dynamodb.Table(table).put_item(Item=item)
        return list(items)

    def items(self, table: str) -> list[Item]:
        """Read all of a table, in the order of its items' text."""
        found = self._dynamodb.Table(table).scan(ConsistentRead=True)["Items"]
        return in_order(dict(item) for item in found)

    def describe(self, table: str) -> TableDescriptionTypeDef:
        """Give AWS's own description of a table."""
        return self.client.describe_table(TableName=table)["Table"]

    def keys(self, table: str) -> list[tuple[str, str, str]]:
        """Give a table's key: name, role, type."""
        described = self.describe(table)
        types = {one["AttributeName"]: one["AttributeType"] for one in described["AttributeDefinitions"]}
        return [(one["AttributeName"], one["KeyType"], types[one["AttributeName"]]) for one in described["KeySchema"]]


def in_order(items: Any) -> list[Item]:
    """Sort items, for a table has no order of its own."""
    return sorted(items, key=lambda item: json.dumps(item, default=str, sort_keys=True))


@pytest.fixture
def dynamodb(aws: EmbeddedAws) -> DynamoDBServiceResource:
    return boto3.resource(
        "dynamodb",
        endpoint_url=aws.endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.fixture
def example(make_program: MakeProgram, dynamodb: DynamoDBServiceResource) -> Callable[[str], Example]:
    def make(name: str) -> Example:
        return Example(make_program(EXAMPLES / name), dynamodb)

    return make


Make = Callable[[str], Example]


def test_the_first_example_makes_a_table_from_the_arguments_of_pulumi_aws(example: Make) -> None:
    orders = example("01_create")
    orders.program.up("--skip-preview").ok()
    orders.program.preview("--expect-no-changes").ok()
    table = str(orders.program.outputs()["orders"])
    assert orders.keys(table) == [("customer_id", "HASH", "S"), ("order_id", "RANGE", "S")]
    orders.program.destroy().ok()


def test_a_key_is_changed_and_every_item_follows(example: Make) -> None:
    sessions = example("02_change_key")
    first = sessions.take(1)
    items = sessions.put_items(first)
    second = sessions.take(2)
    assert (second, sessions.program.outputs()["version"]) == (f"{first}_V2", 2)
    assert sessions.keys(second) == [("user_id", "HASH", "S"), ("session_id", "RANGE", "S")]
    assert sessions.items(second) == in_order(items)
    assert sessions.items(first) == in_order(items)
    assert [row["table"] for row in sessions.program.outputs()["history"]] == [first, second]
    sessions.program.destroy().ok()


def test_a_local_index_is_added_and_can_be_queried(example: Make, dynamodb: DynamoDBServiceResource) -> None:
    orders = example("03_local_index")
    orders.put_items(orders.take(1))
    table = orders.take(2)
    found = dynamodb.Table(table).query(
        IndexName="by_date",
        ConsistentRead=True,
        KeyConditionExpression="customer_id = :customer",
        ExpressionAttributeValues={":customer": "c-1"},
    )["Items"]
    assert [item["order_id"] for item in found] == ["o-18", "o-17"]
    assert len(orders.items(table)) == 4
    orders.program.destroy().ok()


CONVERTED = [
    {"order_id": "o-1", "line": 1, "sku": "tea", "count": 2, "total": 1990},
    {"order_id": "o-1", "line": 2, "sku": "cup", "count": 1, "total": 1990},
    {"order_id": "o-2", "line": 1, "sku": "nail", "count": 7, "total": 7},
]


def test_items_are_changed_dropped_and_split_one_conversion_after_the_other(example: Make) -> None:
    orders = example("04_convert_items")
    orders.put_items(orders.take(1))
    second = orders.items(orders.take(2))
    assert [(item["order_id"], item["total"]) for item in second] == [("o-1", 1990), ("o-2", 7)]
    assert orders.items(orders.take(3)) == in_order(CONVERTED)
    orders.program.destroy().ok()


def test_two_conversions_at_once_are_composed_in_one_copy(example: Make) -> None:
    orders = example("04_convert_items")
    first = orders.take(1)
    orders.put_items(first)
    assert orders.items(orders.take(3)) == in_order(CONVERTED)
    assert [row["table"] for row in orders.program.outputs()["history"]] == [first, f"{first}_V3"]
    orders.program.destroy().ok()


def test_what_dynamodb_can_change_is_changed_on_the_same_table(example: Make) -> None:
    jobs = example("05_in_place")
    table = jobs.take(1)
    items = jobs.put_items(table)
    born = jobs.describe(table)["TableId"]

    assert jobs.take(2) == table
    described = jobs.describe(table)
    assert [index["IndexName"] for index in described["GlobalSecondaryIndexes"]] == ["by_state"]
    assert described["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert settings(jobs, table) == ("ENABLED", "ENABLED", {"team": "batch"})

    assert jobs.take(3) == table
    described = jobs.describe(table)
    assert not described.get("GlobalSecondaryIndexes")
    assert not described.get("StreamSpecification", {}).get("StreamEnabled")
    assert described["ProvisionedThroughput"]["WriteCapacityUnits"] == 5
    assert settings(jobs, table) == ("ENABLED", "DISABLED", {"team": "batch", "cost-center": "42"})
    assert "deletion protection" in jobs.program.destroy().failed().text

    assert jobs.take(4) == table
    assert (jobs.describe(table)["TableId"], jobs.items(table)) == (born, in_order(items))
    jobs.program.destroy().ok()


def settings(example: Example, table: str) -> tuple[str, str, Mapping[str, str]]:
    """TTL, point-in-time recovery, and the user's own tags."""
    client = example.client
    ttl = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"]
    backups = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    tags = client.list_tags_of_resource(ResourceArn=example.describe(table)["TableArn"])["Tags"]
    own = {tag["Key"]: tag["Value"] for tag in tags if not tag["Key"].startswith("pulumi-dynamo-migrator:")}
    return ttl, backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"], own


def test_an_adopted_table_is_taken_as_it_is_changed_and_left_behind_by_destroy(example: Make, aws: EmbeddedAws) -> None:
    readings = example("06_adopt")
    with made_by_hand(readings, aws):
        items = readings.put_items("legacy-readings")
        before = readings.describe("legacy-readings")
        assert readings.take(1) == "legacy-readings"
        assert readings.describe("legacy-readings") == before

        second = readings.take(2)
        assert readings.keys(second) == [("sensor", "HASH", "S"), ("at", "RANGE", "N")]
        assert readings.items(second) == in_order(items)
        readings.program.destroy().ok()
        assert readings.items("legacy-readings") == in_order(items)


@contextmanager
def made_by_hand(example: Example, aws: EmbeddedAws) -> Iterator[None]:
    """Run the example's own script that makes the table; remove it afterwards."""
    script = example.program.folder / "make_table.py"
    subprocess.run([sys.executable, str(script)], env=example.program.environment | aws.environment(), check=True)
    try:
        yield
    finally:
        example.client.delete_table(TableName="legacy-readings")


def test_a_key_attribute_changes_its_type(example: Make) -> None:
    tickets = example("07_key_type")
    tickets.put_items(tickets.take(1))
    table = tickets.take(2)
    assert tickets.keys(table) == [("ticket", "HASH", "S")]
    assert [item["ticket"] for item in tickets.items(table)] == ["17", "18", "2.5"]
    tickets.program.destroy().ok()


def test_every_example_has_a_test() -> None:
    tested = Path(__file__).read_text()
    folders = [place.name for place in EXAMPLES.iterdir() if (place / PROJECT_FILE).exists()]
    assert [name for name in folders if f'example("{name}")' not in tested and name != "airports"] == []
