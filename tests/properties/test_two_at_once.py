"""Two at once, at every AWS call of the one: another `up` of the same resource, one that takes over while the first
sleeps, and one of another stack that wants the same table. Real doors over an AWS in memory.

One works; the other is refused with who, since when and until when, and fails cleanly. Who slept writes nothing.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from pulumi_dynamo_migrator.errors import MigratorError
from tests.fakes.clients.world import TIMING, Life, World, seen
from tests.properties.routes import ADOPTED, Route, asked, calm, come_to, places_of
from tests.soaking import Tally

pytestmark = pytest.mark.usefixtures("no_engine")

WORKED_ON = re.compile(
    r"is being worked on by ann@here \(process \d+\), since 2027-\d\d-\d\d [\d:]+ UTC, until 2027-\d\d-\d\d [\d:]+ UTC"
)


def holds(world: World) -> bool:
    """Whether the lease is held by the process that is at work."""
    leases = [row for row in world.rows() if row["sk"]["S"] == "lease" and not row["released"]["BOOL"]]
    return any(int(row["owner"]["M"]["pid"]["N"]) == world.calls.process for row in leases)


def other_run(world: World, life: Life, route: Route) -> str:
    """What another process is told that is asked the same."""
    try:
        asked(world.beside(), life, route)
    except MigratorError as error:
        return str(error)
    return str(life.outputs.get("error") or "")


@pytest.mark.parametrize("name", ["in place", "successor", "let go", "fenced", "back", "retire", "destroy"])
def test_whenever_another_begins_it_is_refused_while_one_works(name: str, tally: Tally) -> None:
    undisturbed, refused = calm(name), 0
    for at in undisturbed.places:
        world, life = undisturbed.begin()
        other, working, told = replace(life), [], []

        def meanwhile(world: World = world, other: Life = other, working: Any = working, told: Any = told) -> None:
            working.append(holds(world))
            told.append(other_run(world, other, undisturbed.route))

        world.calls.sleeps_at, world.calls.meanwhile = at, meanwhile
        with suppress(MigratorError):  # where the other one was faster, and has destroyed it, say
            asked(world, life, undisturbed.route)
        if working == [True]:
            assert WORKED_ON.search(told[0]), (at, told)
            refused += 1
        assert seen(world, life if working == [True] else other) == undisturbed.end, at
    assert refused > len(undisturbed.places) // 2
    tally.add("another run at the same time (in memory)", len(undisturbed.places))


@pytest.mark.parametrize("signed", [False, True], ids=["before it asks", "after it has signed"])
@pytest.mark.parametrize("name", ["in place", "successor", "let go", "fenced", "back", "retire", "destroy"])
def test_whoever_sleeps_for_longer_than_the_lease_writes_nothing_when_it_wakes(
    name: str, signed: bool, tally: Tally
) -> None:
    undisturbed, slept = calm(name), 0
    for at in undisturbed.places:
        world, life = undisturbed.begin()
        other, then = replace(life), []

        def meanwhile(world: World = world, other: Life = other, then: Any = then) -> None:
            if holds(world):
                world.clock.time += 2 * TIMING.lease
                assert other_run(world, other, undisturbed.route) == ""
                then.append(everything(world))

        world.calls.sleeps_at, world.calls.meanwhile, world.calls.signed = at, meanwhile, signed
        with suppress(MigratorError):
            asked(world, life, undisturbed.route)
        if then:
            slept += 1
            assert everything(world) == then[0], at
            assert seen(world, other) == undisturbed.end, at
    assert slept > len(undisturbed.places) // 2
    tally.add("worker put to sleep for longer than its lease (in memory)", slept)


def everything(world: World) -> str:
    """Byte for byte."""
    tables = {name: vars(table) for name, table in world.dynamodb.tables.items()}
    return repr([tables, world.lambdas.functions, world.lambdas.mappings, world.iam.roles])


def test_of_two_stacks_that_adopt_one_table_at_once_one_gets_it(tally: Tally) -> None:
    route = Route((), ADOPTED)
    world, life = come_to(route)
    count = places_of(world.copy(), life, route)
    for at in count:
        world, mine = come_to(route)
        theirs, told = Life(mine.urn.replace("dev", "prod")), []

        def meanwhile(world: World = world, theirs: Life = theirs, told: Any = told) -> None:
            told.append(other_run(world, theirs, route))

        world.calls.sleeps_at, world.calls.meanwhile = at, meanwhile
        world.up(mine, ADOPTED)
        got = [one for one in (mine, theirs) if one.outputs["phase"] == "ready"]
        [lost] = [one for one in (mine, theirs) if one.outputs["phase"] == "failed"]
        assert len(got) == 1, at
        assert WORKED_ON.search(lost.outputs["error"]) or got[0].urn in lost.outputs["error"], lost.outputs["error"]
        assert "since 2027-" in lost.outputs["error"]
        world.up(got[0], ADOPTED)
        assert world.up(lost, ADOPTED)["phase"] == "failed"
    tally.add("another run at the same time (in memory)", len(count))
