"""The promise itself: a table changes its key while it is written to all the time; no acknowledged write is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.eventually import eventually
from tests.stacks.account import Account
from tests.stacks.harness import Program
from tests.stacks.live_writer import HOT, new_item, old_item
from tools.embedded_aws import EmbeddedAws

pytestmark = [pytest.mark.stack, pytest.mark.emulator]

STILL = 1500
"""Items that nobody writes to, so that the backfill has work while the writer is at it."""

BEFORE = """
import pulumi
from pulumi_dynamo_migrator import MigratedTable
table = MigratedTable("places", hash_key="id", attributes={"id": "S"})
pulumi.export("name", table.name)
"""

AFTER = """
import pulumi
from pulumi_dynamo_migrator import Conversion, MigratedTable, Migration

def to_metres(item):
    item["metres"] = item.feet * Decimal("0.3048")
    return item

from decimal import Decimal
table = MigratedTable(
    "places", hash_key="country", range_key="id", attributes={"country": "S", "id": "S", "feet": "N"},
    local_secondary_indexes=[{"name": "by_height", "range_key": "feet", "projection_type": "ALL"}],
    conversions=[Conversion(2, to_metres)], migration=Migration(function_timeout=3, segments=4),
)
pulumi.export("name", table.name)
pulumi.export("phase", table.phase)
pulumi.export("conflicts", table.conflicts)
"""


@contextmanager
def writing(pointer: Path, journal: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A writer at work; ended at the latest with the block."""
    writer = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("live_writer.py")), str(pointer), str(journal)],
        env=dict(environment),
    )
    try:
        yield writer
    finally:
        if writer.poll() is None:
            writer.kill()
        writer.wait()


def journal_of(path: Path) -> list[tuple[int, str, str, str]]:
    """Every acknowledged write in order: count, form, action, id."""
    return [tuple(json.loads(line)) for line in path.read_text().splitlines()]


def expected(journal: list[tuple[int, str, str, str]]) -> dict[str, dict[str, Any]]:
    """What the new table must hold of the hot keys: each write's effect, in the order of the acknowledgements."""
    state: dict[str, int] = {}
    for count, _, action, name in journal:
        if action == "delete":
            state.pop(name, None)
        else:
            state[name] = count
    return {name: new_item(name, count) for name, count in state.items()}


def table_items(table: Any) -> dict[str, dict[str, Any]]:
    """Every item, by id."""
    answer = table.scan(ConsistentRead=True)
    items = answer["Items"]
    while "LastEvaluatedKey" in answer:
        answer = table.scan(ConsistentRead=True, ExclusiveStartKey=answer["LastEvaluatedKey"])
        items += answer["Items"]
    return {item["id"]: item for item in items}


def agrees(table: Any, journal: Path) -> None:
    """Demand that the new table holds what the journal says, item by item."""
    written = journal_of(journal)
    still = {f"k{number}": new_item(f"k{number}", number) for number in range(HOT, HOT + STILL)}
    found, wanted = table_items(table), still | expected(written)
    for name in sorted(found.keys() | wanted.keys()):
        if found.get(name) != wanted.get(name):
            history = [line for line in written if line[3] == name][-6:]
            raise AssertionError(f"{name}: found {found.get(name)}, expected {wanted.get(name)}; written {history}")


@pytest.fixture
def program(aws: EmbeddedAws, pulumi_env: Mapping[str, str], tmp_path: Path) -> Iterator[Program]:
    """Give the program as it is first, with the waits of real AWS."""
    aws.reset()
    environment = {**pulumi_env, **aws.environment(), "PULUMI_DYNAMO_MIGRATOR_TIMING": '{"settle": 15}'}
    with Program({"__main__.py": BEFORE}, folder=tmp_path, environment=environment) as program:
        yield program
    aws.reset()


def test_no_acknowledged_write_is_lost_while_a_live_table_changes_its_key(
    aws: EmbeddedAws, program: Program, tmp_path: Path
) -> None:
    program.up("--skip-preview").ok()
    dynamodb = boto3.resource(
        "dynamodb",
        endpoint_url=aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    old = dynamodb.Table(program.outputs()["name"])
    with old.batch_writer() as batch:
        for number in range(HOT, HOT + STILL):
            batch.put_item(Item=old_item(f"k{number}", number))
    pointer, journal = tmp_path / "pointer", tmp_path / "journal"
    pointer.write_text(f"{old.name} old")
    with writing(pointer, journal, program.environment) as writer:
        eventually(lambda: _written(journal, 200), within=120)
        program.edit({"__main__.py": AFTER})
        program.up("--skip-preview").ok()
        during = len(journal_of(journal))
        outputs = program.outputs()
        assert outputs["name"] == f"{old.name}_V2"
        assert outputs["phase"] == "ready"
        new = dynamodb.Table(outputs["name"])
        # An application is redeployed in seconds, the lag is less: what was written before the switch has arrived.
        pointer.write_text("")
        try:
            eventually(lambda: agrees(new, journal), within=90)
        except AssertionError as error:
            kept = [row for row in Account(aws).ledger(under="migration#") if not row["sk"].startswith("seen#")]
            raise AssertionError(f"{error}\nthe ledger holds {kept}") from error
        pointer.write_text(f"{new.name} new")
        eventually(lambda: _written(journal, during + 300), within=120)
        pointer.write_text("stop")
        assert writer.wait(30) == 0
    written = journal_of(journal)
    assert {form for _, form, _, _ in written} == {"old", "new"}
    eventually(lambda: agrees(new, journal), within=90)
    assert program.refresh().ok().rc == 0
    assert program.outputs()["conflicts"] == 0
    program.destroy("--skip-preview").ok()


def _written(journal: Path, count: int) -> None:
    assert journal.exists()
    assert len(journal_of(journal)) >= count
