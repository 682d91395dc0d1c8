"""Serving, fencing and ending versions, by the real steps on an AWS in memory: whatever is asked comes to an end, and
to the same one when a process died or failed at any act in between.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.engine import carry_out
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import Entry, HistoryRow, Retirement, RetireStage
from pulumi_dynamo_migrator.model.spec import Options, Retire, Spec
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.retiring import ends_last, wanted
from pulumi_dynamo_migrator.plan.situation import Situation
from tests.fakes.fencing import START, FencedWorld
from tests.fakes.plans import NEW, entry, fed, sight, situation, table, version

ACTS = 40
"""More than any of these lives has."""


class KilledError(BaseException):
    """The process is no more."""


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """Up to three versions, each handed over or cut over behind a fence; the last is served, or one has gone back."""
    count = draw(st.integers(1, 3))
    fenced = [draw(st.booleans()) for _ in range(count - 1)]
    versions = [version(n + 1, frozen=n < count - 1 and fenced[n]) for n in range(count)]
    feeds = [fed(n + 2, ended_at="then" if fenced[n] else None) for n in range(count - 1)]
    rows = tuple(HistoryRow(one.number, one.table, "create", "then") for one in versions)
    known = entry(served=count, versions=tuple(versions), feeds=tuple(feeds), history=rows, asked="{}")
    return draw(st.sampled_from([known, _gone_back(known)])) if count > 1 else known


def _gone_back(known: Entry) -> Entry:
    assert known.served is not None
    served = known.served - 1
    versions = tuple(replace(one, frozen=one.number > served or one.frozen) for one in known.versions)
    thawed = tuple(replace(one, frozen=False) if one.number == served else one for one in versions)
    feeds = tuple(replace(one, ended_at="then") if one.target > served else one for one in known.feeds)
    return replace(known, served=served, versions=thawed, feeds=feeds)


@st.composite
def asked(draw: st.DrawFn) -> Spec:
    """Any version served, any ended, sensible or not."""
    numbers = st.integers(1, 4)
    retire = draw(st.lists(numbers.map(lambda number: Retire(number, evidence=0.0)), max_size=2))
    options = draw(st.sampled_from([Options(), Options(accept_loss=True), Options(fence=True)]))
    return Spec(NEW, serve=draw(st.none() | numbers), retire=tuple(retire), options=options)


def lives() -> st.SearchStrategy[tuple[Entry, Spec]]:
    """An entry, and what is asked of it."""
    return st.tuples(entries(), asked())


def world_of(known: Entry) -> FencedWorld:
    """The world that the ledger tells of."""
    world = FencedWorld(known, *(table(NEW, name=one.table) for one in known.versions))
    world.timing = replace(Timing(), poll=5.0)
    for one in known.versions:
        if one.frozen and one.arn is not None:
            world.policies.ends[one.arn], world.policies.since[one.arn] = None, START
    return world


def seen(world: FencedWorld, spec: Spec, *, began: int | None) -> Situation:
    """What a look shows."""
    known = world.books.stored
    assert known.serving is not None
    sights = tuple(
        sight(one.number, table=world.tables.describe(one.table))
        for one, _ in wanted(spec.retire, known)
        if one.number != known.served
    )
    served = world.tables.describe(known.serving.table)
    return situation(served, known, retiring=sights, began=began, now=world.clock.now())


def up(world: FencedWorld, spec: Spec) -> Plan:
    """One `pulumi up`; its last plan."""
    began, looked_again = world.books.stored.told, False
    for _ in range(9):
        plan = ends_last(make_plan(spec, seen(world, spec, began=began)), now=world.clock.now())
        if plan.route is Route.REFUSED:
            return plan
        outcome = carry_out(plan, world.site(spec), asked="{}")
        if outcome.error is not None:
            return plan
        waiting = bool(plan.steps and plan.pending) and not looked_again
        if not (plan.again or waiting):
            if world.books.stored.moved_from is not None:
                world.site(spec).record(moved_from=None)
            return plan
        looked_again = looked_again or waiting
    raise AssertionError("it is planned again for ever")


@dataclass(frozen=True)
class End:
    """What is left to be seen, but for times."""

    entry: tuple[Any, ...]
    tables: tuple[str, ...]
    fences: tuple[tuple[str, float | None], ...]
    gone: frozenset[str]


def end_of(world: FencedWorld) -> End:
    known = world.books.stored
    ended = tuple((feed.id, feed.ended_at is not None) for feed in known.feeds)
    return End(
        (known.served, known.versions, ended, known.fence, known.retirement, known.phase, known.error),
        tuple(world.tables.seen),
        tuple(sorted(world.policies.ends.items())),
        frozenset(world.helpers.gone),
    )


@given(lives())
def test_the_same_question_has_the_same_answer_and_a_refusal_does_nothing(life: tuple[Entry, Spec]) -> None:
    known, spec = life
    asked = seen(world_of(known), spec, began=known.served)
    plan = make_plan(spec, asked)
    assert make_plan(spec, asked) == plan
    if plan.route is Route.REFUSED:
        assert (plan.steps, plan.makes, plan.removes, plan.pending) == ((), (), (), ())
        assert plan.refusals


@given(lives())
def test_after_an_up_or_two_nothing_is_planned_and_no_fence_is_left_half_up(life: tuple[Entry, Spec]) -> None:
    known, spec = life
    world = world_of(known)
    up(world, spec)
    up(world, spec)
    last = make_plan(spec, seen(world, spec, began=world.books.stored.served))
    assert last.steps == ()
    assert all(one.not_before > world.clock.now() for one in last.pending)
    whole(world)


def whole(world: FencedWorld) -> None:
    """Nothing is half done: the ledger, the tables, the policies and the helpers tell the same."""
    stored = world.books.stored
    assert (stored.fence, stored.retirement) == (None, None)
    assert {one.table for one in stored.versions} == set(world.tables.seen)
    for one in stored.versions:
        assert world.policies.denies(f"arn:{one.table}") is one.frozen
    assert stored.serving is not None
    assert not stored.serving.frozen
    running = {feed.objects.function for feed in stored.feeds if feed.ended_at is None}
    assert not running & world.helpers.gone


@pytest.mark.parametrize("error", [KilledError("killed"), MigratorError("AWS said no")], ids=["killed", "failed"])
@given(lives(), st.integers(0, ACTS), st.sampled_from([0.0, 3600.0]))
def test_what_ends_at_any_act_comes_to_the_same_end(
    error: BaseException, life: tuple[Entry, Spec], act: int, later: float
) -> None:
    known, spec = life
    calm = world_of(known)
    up(calm, spec)
    up(calm, spec)

    world = world_of(known)
    world.ends_at = act, error
    with suppress(KilledError, MigratorError):
        up(world, spec)
    world.ends_at = None
    world.clock.time += later
    for _ in range(3):
        up(world, spec)
    assert end_of(world) == end_of(calm)


@given(lives(), asked(), st.integers(0, ACTS), st.sampled_from([0.0, 3600.0]))
def test_whatever_is_asked_after_it_died_nothing_is_left_in_between(
    life: tuple[Entry, Spec], other: Spec, act: int, later: float
) -> None:
    """Each version is as it was, or left, or has ended: no fence is forgotten, and no helper is without its work."""
    known, spec = life
    world = world_of(known)
    world.ends_at = act, KilledError("killed")
    with suppress(KilledError):
        up(world, spec)
    world.ends_at = None
    world.clock.time += later
    up(world, other)
    assume(up(world, other).route is not Route.REFUSED)
    whole(world)


def test_the_strategy_comes_to_every_route() -> None:
    """So that the laws above are not about nothing."""
    known = entry(served=2, versions=(version(1), version(2)), feeds=(fed(2),))
    routes = set()
    for serve, retire in ((None, ()), (1, ()), (None, (Retire(1, evidence=0.0),)), (None, (Retire(2),))):
        spec = Spec(NEW, serve=serve, retire=retire, options=Options(accept_loss=True))
        routes.add(make_plan(spec, seen(world_of(known), spec, began=2)).route)
    half = replace(known, retirement=Retirement(1, RetireStage.DISCONNECTED, "then"))
    routes.add(make_plan(Spec(NEW), seen(world_of(half), Spec(NEW), began=2)).route)
    assert routes == {Route.NOTHING, Route.SERVE, Route.RETIRE, Route.REFUSED}
