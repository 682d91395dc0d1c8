"""Killed at every AWS call of every route, on the real doors over an AWS in memory: the next run ends as if nothing had
been.

For each route the calls of an undisturbed run are counted; then for every k a life is killed before call k (which is
after call k - 1 took effect and its answer was lost: a dead process remembers nothing), and run again. Tables with all
their settings and items, fences, history, functions, roles, mappings and the ledger's rows must be those of the
undisturbed end. Tombstones, words and late changes are not replicated here: tests/emulator kills real processes.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest

from pulumi_dynamo_migrator import Conversion
from pulumi_dynamo_migrator.model.names import CONTROL_TABLE
from tests.fakes.clients.calls import KilledError
from tests.fakes.clients.world import Bag, Life, World, seen
from tests.soaking import SOAK, Tally

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/dynamo:MigratedTable::orders"
ITEMS = [{"id": {"S": f"k{number}"}, "at": {"N": str(number)}} for number in range(5)]
MEANWHILE = {"id": {"S": "meanwhile"}, "at": {"N": "7"}}


def double(item: dict[str, Any]) -> dict[str, Any]:
    item["feet"] = item["at"] * 2
    return item


ONE_BY_ONE = {"workers": 1, "function_timeout": 1}
DRAWN: Bag = {"hash_key": "id", "attributes": {"id": "S"}, "migration": ONE_BY_ONE}
FIRST: Bag = {**DRAWN, "name": "orders"}
RANGED: Bag = {**FIRST, "range_key": "at", "attributes": {"id": "S", "at": "N"}}
CONVERTED: Bag = {**RANGED, "conversions": [Conversion(2, double).as_property()]}
FENCED: Bag = {**RANGED, "migration": {**ONE_BY_ONE, "fence": True}}
HELD: Bag = {**RANGED, "serve": 1}
BACK: Bag = {**RANGED, "serve": 1, "migration": {**ONE_BY_ONE, "accept_loss": True}}
RETIRED: Bag = {**RANGED, "retire": [{"version": 1, "evidence": 0}]}
SETTLED: Bag = {
    **FIRST,
    "attributes": {"id": "S", "at": "N"},
    "global_secondary_indexes": [{"name": "by_at", "hash_key": "at", "projection_type": "ALL"}],
    "stream_enabled": True,
    "stream_view_type": "NEW_AND_OLD_IMAGES",
    "ttl": {"enabled": True, "attribute_name": "expires"},
    "point_in_time_recovery": {"enabled": True},
    "deletion_protection_enabled": True,
    "table_class": "STANDARD_INFREQUENT_ACCESS",
    "tags": {"team": "blue"},
}
BARE: Bag = {**SETTLED, "global_secondary_indexes": [], "attributes": {"id": "S"}, "stream_enabled": False}
ADOPTED: Bag = {**DRAWN, "adopt": "theirs"}
ADOPTED_RANGED: Bag = {**ADOPTED, "range_key": "at", "attributes": {"id": "S", "at": "N"}}

DESTROY: Bag = {}
"""Asked for last: `pulumi destroy`."""


@dataclass(frozen=True)
class Route:
    """What a life was asked before, and what it is asked when it dies."""

    before: tuple[Bag, ...]
    last: Bag


ROUTES = {
    "create": Route((), FIRST),
    "create under a drawn name": Route((), DRAWN),
    "create with all settings": Route((), SETTLED),
    "adopt": Route((), ADOPTED),
    "in place": Route((FIRST,), SETTLED),
    "in place, taken back": Route((SETTLED,), BARE),
    "successor": Route((FIRST,), RANGED),
    "successor of all settings": Route((SETTLED,), {**SETTLED, "range_key": "at"}),
    "successor with a conversion": Route((FIRST,), CONVERTED),
    "successor of an adopted table": Route((ADOPTED,), ADOPTED_RANGED),
    "held": Route((FIRST,), HELD),
    "let go": Route((FIRST, HELD), RANGED),
    "fenced": Route((FIRST,), FENCED),
    "back": Route((FIRST, RANGED), BACK),
    "retire": Route((FIRST, RANGED), RETIRED),
    "retire a fenced one": Route((FIRST, FENCED), RETIRED),
    "destroy": Route((FIRST, RANGED), DESTROY),
    "destroy a held one": Route((FIRST, HELD), DESTROY),
    "destroy an adopted one": Route((ADOPTED, ADOPTED_RANGED), DESTROY),
}


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin's first argument is the engine's address."""
    monkeypatch.setattr(sys, "argv", ["plugin"])


def come_to(route: Route) -> tuple[World, Life]:
    """A life that was asked all that comes before."""
    world, life = World(), Life(URN)
    if any("adopt" in bag for bag in (*route.before, route.last)):
        world.dynamodb.create_table(
            TableName="theirs",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    for number, bag in enumerate(route.before):
        name = world.up(life, bag)["name"]
        for item in ITEMS if not number else ():
            assert world.write(name, item)
    return world, life


def asked(world: World, life: Life, route: Route, *, dies_at: int | None = None) -> None:
    """What the route asks last."""
    if route.last is DESTROY:
        world.destroy(life, route.before[-1], dies_at=dies_at)
    else:
        world.up(life, route.last, dies_at=dies_at)


@dataclass(frozen=True)
class Calm:
    """A route that nobody disturbs: where it begins, and its end."""

    route: Route
    world: World
    life: Life
    places: tuple[int, ...]
    end: dict[str, Any]

    def killed(self, at: int) -> tuple[World, Life]:
        """The same, killed before call `at`; the last place is after all calls, and Pulumi never hears of it either."""
        world, life = self.world.copy(), replace(self.life)
        with suppress(KilledError):
            asked(world, life, self.route, dies_at=at)
        life.id = self.life.id
        return world, life


def calm(name: str) -> Calm:
    """Walk a route once. Places: all in a soak, else one for each state in which AWS is left: reads leave none."""
    route = ROUTES[name]
    world, life = come_to(route)
    before = world.copy(), replace(life)
    asked(world, life, route)
    assert life.outputs["phase"] in ("ready", "held")
    places = world.calls.changing() if SOAK == 1 else range(1, len(world.calls.did) + 2)
    return Calm(route, *before, tuple(places), seen(world, life))


@pytest.mark.parametrize("name", ROUTES)
def test_killed_at_any_call_the_next_run_comes_to_the_same_end(name: str, tally: Tally) -> None:
    undisturbed = calm(name)
    for at in undisturbed.places:
        world, life = undisturbed.killed(at)
        asked(world, life, undisturbed.route)
        assert seen(world, life) == undisturbed.end, f"killed before call {at}; then: {world.calls.did}"
    tally.add("run ended at an AWS call (in memory)", len(undisturbed.places))


UNDER_WAY = ("successor", "successor with a conversion", "held", "let go", "fenced")


@pytest.mark.parametrize("name", UNDER_WAY)
def test_what_is_written_while_it_is_dead_is_in_both_tables_in_the_end(name: str, tally: Tally) -> None:
    undisturbed, written = calm(name), 0
    for at in undisturbed.places:
        world, life = undisturbed.killed(at)
        if world.served("orders") == 1:
            written += world.write("orders", MEANWHILE)
        asked(world, life, undisturbed.route)
        old, new = (world.dynamodb.tables[table].held.all() for table in ("orders", "orders_V2"))
        assert {item["id"]["S"] for item in old} == {item["id"]["S"] for item in new}
    assert written > len(undisturbed.places) // 3
    tally.add("run ended at an AWS call (in memory)", len(undisturbed.places))
    tally.acknowledged(writes=written, lost=0)


@pytest.mark.parametrize("name", UNDER_WAY)
def test_killed_at_any_call_and_taken_back_nothing_of_the_migration_is_left(name: str, tally: Tally) -> None:
    undisturbed = calm(name)
    for at in undisturbed.places:
        world, life = undisturbed.killed(at)
        if world.served("orders") == 2:
            continue
        outputs = world.up(life, FIRST)
        assert (outputs["phase"], outputs["version"], list(outputs["tables"])) == ("ready", 1, ["1"]), at
        assert left(world) == (["orders"], [], [], []), at
        stream = world.dynamodb.tables["orders"].told.get("StreamSpecification", {"StreamEnabled": False})
        assert stream == {"StreamEnabled": False}, at
        assert world.dynamodb.tables["orders"].policy is None, at
        assert not [row for row in world.rows() if row["pk"]["S"].startswith("migration#")], at
    tally.add("run ended at an AWS call (in memory)", len(undisturbed.places))


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if "adopt" not in route.last])
def test_killed_at_any_call_and_destroyed_nothing_at_all_is_left(name: str, tally: Tally) -> None:
    undisturbed = calm(name)
    for at in undisturbed.places if undisturbed.life.id else ():
        world, life = undisturbed.killed(at)
        for table in world.dynamodb.tables.values():
            table.told["DeletionProtectionEnabled"] = False  # it is refused whole else
        world.destroy(life, undisturbed.route.before[-1])
        kept = ["theirs"] if "adopt" in undisturbed.route.before[0] else []
        assert left(world) == (kept, [], [], []), at
        assert not world.rows()
    tally.add("run ended at an AWS call (in memory)", len(undisturbed.places))


def left(world: World) -> tuple[list[str], list[str], list[str], list[str]]:
    """Tables but the ledger's, functions, mappings, roles."""
    tables = sorted(set(world.dynamodb.tables) - {CONTROL_TABLE})
    return tables, sorted(world.lambdas.functions), sorted(world.lambdas.mappings), sorted(world.iam.roles)
