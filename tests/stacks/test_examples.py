"""The examples of one table that stays: made, changed in place, adopted; and that every example has a test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.account import texts
from tests.stacks.examples import EXAMPLES, Example, Item
from tests.stacks.harness import PROJECT_FILE
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.stack

Make = Callable[[str], Example]


def test_the_first_example_makes_a_table_from_the_arguments_of_pulumi_aws(example: Make) -> None:
    orders = example("01_create")
    orders.program.up("--skip-preview").ok()
    orders.program.preview("--expect-no-changes").ok()
    table = str(orders.program.outputs()["orders"])
    assert orders.keys(table) == [("customer_id", "HASH", "S"), ("order_id", "RANGE", "S")]
    orders.leaves()


def job(number: int, count: int) -> Item:
    return {"job_id": f"w-{number}", "state": "queued" if count % 2 else "done", "queued_at": count}


def test_what_dynamodb_can_change_is_changed_on_the_same_table(example: Make) -> None:
    jobs = example("05_in_place")
    account, table = jobs.account, jobs.take(1)
    jobs.put_items(table)
    born = account.describe(table)["TableId"]

    with jobs.writing(table, job):
        assert jobs.take(2) == table
        described = account.describe(table)
        assert [index["IndexName"] for index in described["GlobalSecondaryIndexes"]] == ["by_state"]
        assert described["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        assert account.settings(table) == {
            "ttl": ("ENABLED", "expires_at"),
            "recovery": "ENABLED",
            "tags": {"team": "batch"},
        }

        assert jobs.take(3) == table
        described = account.describe(table)
        assert not described.get("GlobalSecondaryIndexes")
        assert not described.get("StreamSpecification", {}).get("StreamEnabled")
        assert described["ProvisionedThroughput"]["WriteCapacityUnits"] == 5
        assert account.settings(table) == {
            "ttl": ("ENABLED", "expires_at"),
            "recovery": "DISABLED",
            "tags": {"team": "batch", "cost-center": "42"},
        }
        assert "deletion protection" in jobs.program.destroy().failed().text

        assert jobs.take(4) == table
    jobs.agrees(table)
    assert account.describe(table)["TableId"] == born
    jobs.leaves()


def track(number: int, count: int) -> Item:
    return {"track_id": f"w-{number}", "artist": f"a-{count % 3}", "year": count, "title": f"Opus {count}"}


def test_a_global_index_comes_changes_and_goes_while_the_table_is_written_to(example: Make) -> None:
    tracks = example("08_global_index")
    account, table = tracks.account, tracks.take(1)
    tracks.put_items(table)
    born = account.describe(table)["TableId"]

    with tracks.writing(table, track):
        assert tracks.take(2) == table
        assert index(tracks, table) == ([("artist", "HASH")], {"ProjectionType": "KEYS_ONLY"})
    tracks.agrees(table)
    assert texts(queried(tracks, table)) == texts([{"track_id": "t-1", **NINA}, {"track_id": "t-2", **NINA}])

    with tracks.writing(table, track):
        assert tracks.take(3) == table
        titles = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]}
        assert index(tracks, table) == ([("artist", "HASH"), ("year", "RANGE")], titles)
    tracks.agrees(table)
    assert [item["title"] for item in queried(tracks, table)] == ["Mood Indigo", "Feeling Good"]

    with tracks.writing(table, track):
        assert tracks.take(4) == table
        assert not account.describe(table).get("GlobalSecondaryIndexes")
    tracks.agrees(table)
    assert (account.describe(table)["TableId"], tracks.outputs["version"]) == (born, 1)


NINA = {"artist": "Nina Simone"}


def index(example: Example, table: str) -> tuple[list[tuple[str, str]], Any]:
    """Give key and projection of the table's one global index."""
    [found] = example.account.describe(table)["GlobalSecondaryIndexes"]
    return [(one["AttributeName"], one["KeyType"]) for one in found["KeySchema"]], found["Projection"]


def queried(example: Example, table: str) -> list[Item]:
    """Ask the index for an artist."""
    return example.account.query(table, "by_artist", NINA)


def test_an_adopted_table_is_taken_as_it_is_changed_and_left_behind_by_destroy(
    example: Make, fenced_aws: EmbeddedAws
) -> None:
    readings = example("06_adopt")
    account = readings.account
    made_by_hand(readings, fenced_aws)
    readings.put_items("legacy-readings")
    before = account.describe("legacy-readings")
    with readings.writing(
        "legacy-readings", lambda number, count: {"sensor": f"w-{number}", "at": count, "celsius": 4}
    ):
        assert readings.take(1) == "legacy-readings"
        assert account.describe("legacy-readings") == before
        second = readings.take(2)
    assert readings.keys(second) == [("sensor", "HASH", "S"), ("at", "RANGE", "N")]
    readings.agrees(second)
    readings.leaves("legacy-readings")
    readings.still_holds("legacy-readings")


def made_by_hand(example: Example, aws: EmbeddedAws) -> None:
    """Run the example's own script that makes the table."""
    script = example.program.folder / "make_table.py"
    subprocess.run([sys.executable, str(script)], env=example.program.environment | aws.environment(), check=True)


def test_every_example_has_a_test() -> None:
    tested = "".join(path.read_text() for path in Path(__file__).parent.glob("test_examples*.py"))
    folders = [place.name for place in EXAMPLES.iterdir() if (place / PROJECT_FILE).exists()]
    assert [name for name in folders if f'example("{name}")' not in tested and name != "airports"] == []
