"""A successor that was raised for its copy has its own write units again: once, whoever died, and before it is held."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from pulumi_dynamo_migrator.model.history import Raised
from pulumi_dynamo_migrator.steps.close import Close
from tests.fakes.clients.calls import KilledError
from tests.fakes.clients.extras import FullDynamoDb
from tests.fakes.clients.world import Bag, Life, World
from tests.properties.routes import FIRST, IN_TIME, ITEMS, PAID_FIRST, RANGED, URN

pytestmark = pytest.mark.usefixtures("no_engine")

OWN, MORE = (
    {"ReadCapacityUnits": 9, "WriteCapacityUnits": 1},
    {"ReadCapacityUnits": 9, "WriteCapacityUnits": 3},
)


class Watched(FullDynamoDb):
    """Remembers what is asked of the successor's units."""

    def __init__(self) -> None:
        super().__init__()
        self.created: list[dict[str, Any]] = []
        self.changed: list[dict[str, Any]] = []

    def create_table(self, **asked: Any) -> dict[str, Any]:
        if asked["TableName"] == "orders_V2":
            self.created.append(asked)
        return super().create_table(**asked)

    def update_table(self, **asked: Any) -> dict[str, Any]:
        if asked["TableName"] == "orders_V2":
            self.changed.append(asked)
        return super().update_table(**asked)


def begun(first: Bag) -> tuple[World, Life, Watched]:
    """A table with five items."""
    world, life = World(), Life(URN)
    world.dynamodb = Watched()
    world.up(life, first)
    for item in ITEMS:
        assert world.write("orders", item)
    return world, life, world.dynamodb


def put_back(watched: Watched) -> list[dict[str, Any]]:
    """The requests that asked for units."""
    return [one for one in watched.changed if one.keys() & {"ProvisionedThroughput", "GlobalSecondaryIndexUpdates"}]


def units(watched: Watched) -> tuple[Any, Any]:
    """What the successor and its index have now."""
    told = watched.tables["orders_V2"].told
    [index] = told["GlobalSecondaryIndexes"]
    return told["ProvisionedThroughput"], index["ProvisionedThroughput"]


def test_it_is_made_with_more_and_has_its_own_again_in_one_request() -> None:
    world, life, watched = begun(PAID_FIRST)
    assert world.up(life, IN_TIME)["version"] == 2
    [made] = watched.created
    assert made["ProvisionedThroughput"] == made["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] == MORE
    [back] = put_back(watched)
    assert back["ProvisionedThroughput"] == OWN
    assert back["GlobalSecondaryIndexUpdates"] == [{"Update": {"IndexName": "by_at", "ProvisionedThroughput": OWN}}]
    assert units(watched) == (OWN, OWN)
    assert watched.tables["orders"].told["ProvisionedThroughput"] == OWN


def test_killed_anywhere_it_is_made_and_put_back_once() -> None:
    whole, life, _ = begun(PAID_FIRST)
    calm, first = whole.copy(), Life(URN, life.id)
    calm.up(first, IN_TIME)
    for at in (*calm.calls.writes(), len(calm.calls.did)):
        world, again = whole.copy(), Life(URN, life.id)
        with suppress(KilledError):
            world.up(again, IN_TIME, dies_at=at)
        assert world.up(again, IN_TIME)["version"] == 2
        watched: Any = world.dynamodb
        assert (len(watched.created), len(put_back(watched)), units(watched)) == (1, 1, (OWN, OWN)), at


def test_one_that_is_held_waits_with_its_own_units() -> None:
    world, life, watched = begun(PAID_FIRST)
    assert world.up(life, {**IN_TIME, "serve": 1})["phase"] == "held"
    assert units(watched) == (OWN, OWN)
    world.up(life, IN_TIME)
    assert len(put_back(watched)) == 1


def test_units_that_the_program_states_by_the_end_are_set_by_then() -> None:
    world, life, watched = begun(PAID_FIRST)
    world.up(life, {**IN_TIME, "serve": 1})
    assert world.up(life, {**IN_TIME, "write_capacity": 2})["version"] == 2
    assert units(watched)[0] == {**OWN, "WriteCapacityUnits": 2}


def test_an_on_demand_one_is_made_warm_and_stays_so() -> None:
    world, life, watched = begun(FIRST)
    hurried = {**RANGED, "migration": {**IN_TIME["migration"], "copy_within": 0.001}}
    assert world.up(life, hurried)["version"] == 2
    [made] = watched.created
    assert made["WarmThroughput"] == {"WriteUnitsPerSecond": 5500}
    assert put_back(watched) == []
    assert [one for one in watched.changed if "WarmThroughput" in one] == []


def test_without_a_time_nothing_is_raised() -> None:
    world, life, watched = begun(PAID_FIRST)
    world.up(life, {**IN_TIME, "migration": RANGED["migration"]})
    assert watched.created[0]["ProvisionedThroughput"] == OWN
    assert put_back(watched) == []


def test_the_plan_says_what_is_put_back() -> None:
    raised = (Raised("", 30, back=2), Raised("by_at", 20, back=1))
    words = Close("orders_V2", raised).describe()
    assert words.endswith("; its write units are put back to 2 (orders_V2), 1 (index by_at)")
    warm = Close("orders_V2", (Raised("", 30),)).describe()
    assert warm == Close().describe() == "close: deletes leave no more tombstones"
