"""Two at once, at every AWS call of the one: another `up` of the same resource, one that takes over while the first
sleeps, and one of another stack that wants the same table. Real doors over an AWS in memory.

One works; the other is refused with who, since when and until when, and fails cleanly. Who slept writes nothing.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.errors import MigratorError
from tests.fakes.clients.world import TIMING, Life, World, seen
from tests.properties.routes import Calm, Route, asked, calm
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


ROADS = ("in place", "successor", "let go", "fenced", "back", "retire", "destroy")


@pytest.mark.parametrize("name", ROADS)
def test_whenever_another_begins_it_is_refused_while_one_works(name: str, tally: Tally) -> None:
    undisturbed = calm(name)
    refused = sum(is_refused(undisturbed, at) for at in undisturbed.moments)
    assert refused > len(undisturbed.moments) // 3
    tally.add("another run at the same time (in memory)", len(undisturbed.moments))


def is_refused(undisturbed: Calm, at: int) -> bool:
    """Let another run begin at this call; whether it was refused because one was at work."""
    world, life = undisturbed.begin()
    other, told = replace(life), dict[bool, str]()

    def meanwhile() -> None:
        working = holds(world)
        told[working] = other_run(world, other, undisturbed.route)

    world.calls.sleeps_at, world.calls.meanwhile = at, meanwhile
    with suppress(MigratorError):  # where the other one was faster, and has destroyed it, say
        asked(world, life, undisturbed.route)
    refused = True in told
    if refused:
        assert WORKED_ON.search(told[True]), (at, told)
    assert seen(world, life if refused else other) == undisturbed.end, at
    return refused


@pytest.mark.parametrize("signed", [False, True], ids=["before it asks", "after it has signed"])
@pytest.mark.parametrize("name", ROADS)
def test_whoever_sleeps_for_longer_than_the_lease_writes_nothing_when_it_wakes(
    name: str, signed: bool, tally: Tally
) -> None:
    undisturbed = calm(name)
    slept = sum(is_void(undisturbed, at, signed=signed) for at in undisturbed.moments)
    assert slept > len(undisturbed.moments) // 2
    tally.add("worker put to sleep for longer than its lease (in memory)", slept)


def is_void(undisturbed: Calm, at: int, *, signed: bool) -> bool:
    """Let it sleep at this call, if it has the lease then, while another takes over and comes to the end."""
    world, life = undisturbed.begin()
    other, then = replace(life), list[str]()

    def meanwhile() -> None:
        if holds(world):
            world.clock.time += 2 * TIMING.lease
            assert other_run(world, other, undisturbed.route) == ""
            then.append(everything(world))

    world.calls.sleeps_at, world.calls.meanwhile, world.calls.signed = at, meanwhile, signed
    with suppress(MigratorError):
        asked(world, life, undisturbed.route)
    if then:
        assert everything(world) == then[0], at
        assert seen(world, other) == undisturbed.end, at
    return bool(then)


def everything(world: World) -> str:
    """Byte for byte."""
    tables = {name: vars(table) for name, table in world.dynamodb.tables.items()}
    return repr([tables, world.lambdas.functions, world.lambdas.mappings, world.iam.roles])


@pytest.mark.parametrize("name", ["adopt", "take over"])
def test_of_two_stacks_that_want_one_table_at_once_one_gets_it(name: str, tally: Tally) -> None:
    undisturbed = calm(name)
    for at in undisturbed.moments:
        one_gets_it(undisturbed, at)
    tally.add("another run at the same time (in memory)", len(undisturbed.moments))


def one_gets_it(undisturbed: Calm, at: int) -> None:
    world, mine = undisturbed.begin()
    theirs = Life(mine.urn.replace("dev", "prod"))
    world.calls.sleeps_at, world.calls.meanwhile = at, lambda: ignore(other_run(world, theirs, undisturbed.route))
    world.up(mine, undisturbed.route.last)
    world.calls.sleeps_at = None
    [got] = [one for one in (mine, theirs) if one.outputs["phase"] == "ready"]
    [lost] = [one for one in (mine, theirs) if one.outputs["phase"] == "failed"]
    told = lost.outputs["error"]
    assert WORKED_ON.search(told) or f"it is a version of the resource {got.urn} since 2027-" in told, told
    assert world.up(got, undisturbed.route.last)["phase"] == "ready"
    assert world.up(lost, undisturbed.route.last)["phase"] == "failed"


def ignore(_told: object) -> None:
    """What it was told is in its outputs."""
