"""Killed at every AWS call of every route, on the real doors over an AWS in memory: the next run ends as if nothing had
been.

For each route the calls of an undisturbed run are counted; then for every k a life is killed before call k (which is
after call k - 1 took effect and its answer was lost: a dead process remembers nothing), and run again. Tables with all
their settings and items, fences, history, functions, roles, mappings and the ledger's rows must be those of the
undisturbed end. Tombstones, words and late changes are not replicated here: tests/emulator kills real processes.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.model.names import CONTROL_TABLE
from tests.fakes.clients.world import TIMING, Bag, World, seen
from tests.properties.routes import FENCED, FIRST, MEANWHILE, RANGED, ROUTES, Route, asked, calm, come_to, left
from tests.soaking import Tally

pytestmark = pytest.mark.usefixtures("no_engine")


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


DAYS = 3 * 86_400.0


@pytest.mark.parametrize("name", ["successor", "let go", "fenced", "retire", "destroy"])
def test_days_later_it_goes_on_whatever_the_dead_have_left(name: str, tally: Tally) -> None:
    """A lease that nobody gave back, of a machine that cannot be asked, and the registration of a dead invocation."""
    undisturbed = calm(name)
    for at in undisturbed.places:
        world, life = undisturbed.killed(at)
        for key in registered(world):
            world.dynamodb.tables[CONTROL_TABLE].held.put(
                {**key, "started": {"N": "1"}, "oldest": {"N": "1"}, **RECORDS}
            )
        world.calls.machine.alive.add(world.calls.process)
        world.clock.time += max(DAYS, 2 * TIMING.lease)
        world.calls.process = 0  # so that the next process does not end it
        asked(world, life, undisturbed.route)
        for key in registered(world):
            world.dynamodb.tables[CONTROL_TABLE].held.delete(key)
        assert seen(world, life) == undisturbed.end, f"killed before call {at}; then: {world.calls.did}"
    tally.add("run ended at an AWS call (in memory)", len(undisturbed.places))


RECORDS = {"records": {"N": "1"}}


def registered(world: World) -> list[WireItem]:
    """Keys of registrations, one for each migration that has said a word."""
    words = [row["pk"] for row in world.rows() if row["sk"]["S"] == "word"]
    return [{"pk": pk, "sk": {"S": "reg#dead"}} for pk in words]


@pytest.mark.parametrize("bag", [RANGED, FENCED], ids=["handed over", "fenced"])
@pytest.mark.parametrize("seconds", [120.0, 170.0])
def test_whatever_time_one_run_may_take_the_next_one_goes_on(bag: Bag, seconds: float) -> None:
    """A page at a time: the copy of 400 items takes as many seconds, and what is behind a fence 100 in one go."""
    world, life = come_to(Route((FIRST,), bag))
    bag = {**bag, "migration": {**bag["migration"], "max_write_units": 1}}
    for number in range(400):
        world.write("orders", {"id": {"S": f"many{number}"}, "at": {"N": "1"}})
    calm_world, calm_life = world.copy(), replace(life)
    calm_world.up(calm_life, bag)
    brief = {**bag, "migration": {**bag["migration"], "wait_for": seconds}}
    runs = served = 1
    while (outputs := world.up(life, brief))["phase"] == "migrating":
        runs += 1
        assert (outputs["error"], outputs["version"] >= served, runs < 40) == (None, True, True)
        served = outputs["version"]  # the time may be over right after the outputs moved, and they stay there
    world.up(life, bag)
    assert seen(world, life) == seen(calm_world, calm_life)
    assert runs > 2
