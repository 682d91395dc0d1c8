"""How a migration ends: held, handed over, or cut over behind a fence; from every stage at which it may stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.model.history import Entry, Fence
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.spec import Options, Spec, Stream
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.situation import Situation
from pulumi_dynamo_migrator.steps.verify import Verify
from tests.fakes.plans import (
    ELSEWHERE,
    INDEXED,
    NEW,
    NOW,
    OLDER,
    SEEN,
    asks,
    begun,
    fed,
    grown,
    later,
    situation,
    table,
    under_way,
    version,
)

FENCE = Options(fence=True)
COPY = ["Backfill", "Close", "Verify"]
HANDED = [*COPY, "HandOver", "Finish"]
FENCED = [*COPY, "CutOverFenced", "Freeze", "Finish"]
HELD = [*COPY, "Hold"]


def names(plan: Plan) -> list[str]:
    return [type(step).__name__ for step in plan.steps]


@pytest.mark.parametrize(
    ("spec", "left", "becomes"),
    [
        (asks(NEW), HANDED, 2),
        (asks(NEW, options=FENCE), FENCED, 2),
        (asks(ELSEWHERE), HELD, 1),
        (asks(ELSEWHERE, options=FENCE), FENCED, 2),
        (asks(NEW, serve=1), HELD, 1),
        (asks(NEW, serve=1, options=FENCE), HELD, 1),
        (asks(NEW, serve=2, options=FENCE), FENCED, 2),
    ],
)
def test_a_migration_ends_as_it_is_asked(spec: Spec, left: list[str], becomes: int) -> None:
    plan = make_plan(spec, situation())
    assert (names(plan)[4:], plan.becomes, plan.complete) == (left, becomes, becomes == 2)


@pytest.mark.parametrize(
    ("spec", "repair"), [(asks(NEW, options=FENCE), False), (asks(ELSEWHERE, options=FENCE), True)]
)
def test_only_where_items_may_meet_the_first_comparison_repairs(spec: Spec, repair: bool) -> None:
    (verify,) = [step for step in make_plan(spec, situation()).steps if isinstance(step, Verify)]
    assert verify.repair is repair


@pytest.mark.parametrize(("options", "left"), [(Options(), HELD), (FENCE, FENCED)])
def test_a_stream_without_old_images_is_served_only_behind_a_fence(options: Options, left: list[str]) -> None:
    seen = table(NEW, settings=replace(SEEN, stream=Stream(True, "NEW_IMAGE")))
    known = under_way(make_plan(asks(INDEXED, options=FENCE), situation(seen)), Stage.COPYING)
    plan = make_plan(asks(INDEXED, options=options), situation(seen, known))
    assert names(plan) == left
    assert make_plan(asks(INDEXED), situation(seen)).route is Route.REFUSED


def at(stage: Stage, spec: Spec, *, phase: Phase = Phase.MIGRATING, **changes: object) -> Situation:
    known = under_way(make_plan(spec, situation()), stage, phase=phase, **changes)
    return situation(table(NEW, name="orders_V2") if stage.served else table(), known)


STAGES = [(Stage.COPYING, 0), (Stage.CLOSING, 1), (Stage.VERIFYING, 2), (Stage.VERIFIED, 2), (Stage.NOTING, 3)]


@pytest.mark.parametrize(("stage", "skipped"), [*STAGES, (Stage.FENCING, 3)])
def test_a_fenced_migration_goes_on_where_it_stood(stage: Stage, skipped: int) -> None:
    spec = asks(NEW, options=FENCE)
    assert names(make_plan(spec, at(stage, spec))) == FENCED[skipped:]


@pytest.mark.parametrize(("stage", "skipped"), [*STAGES, (Stage.FENCING, 2)])
def test_the_fence_may_be_taken_out_and_put_in_on_the_way(stage: Stage, skipped: int) -> None:
    """Guards a hand-over to a table that differed when it was compared behind the fence."""
    with_fence, without = asks(NEW, options=FENCE), asks(NEW)
    assert names(make_plan(without, at(stage, with_fence))) == HANDED[skipped:]
    if stage is not Stage.FENCING:
        assert names(make_plan(with_fence, at(stage, without))) == FENCED[skipped:]


def test_one_that_was_killed_behind_the_fence_is_let_out_when_it_is_held_or_handed_over() -> None:
    seen = at(Stage.FENCING, asks(NEW, options=FENCE), fence=Fence(1, NOW))
    assert names(make_plan(asks(NEW, serve=1), seen)) == ["LiftFence", "Verify", "Hold"]
    assert names(make_plan(asks(NEW), seen)) == ["LiftFence", "Verify", "HandOver", "Finish"]
    assert names(make_plan(asks(NEW, options=FENCE), seen)) == ["CutOverFenced", "Freeze", "Finish"]


def test_a_held_one_that_was_killed_behind_the_fence_and_is_held_again_is_let_out() -> None:
    spec = asks(ELSEWHERE, options=FENCE)
    seen = at(Stage.FENCING, spec, phase=Phase.HELD, fence=Fence(1, NOW))
    plan = make_plan(asks(ELSEWHERE), seen)
    assert (plan.route, names(plan), plan.complete) == (Route.IN_PLACE, ["LiftFence"], False)


@pytest.mark.parametrize(
    ("stage", "left"), [(Stage.LATE, ["Finish"]), (Stage.FLIPPED, ["Freeze", "Finish"])], ids=["late", "flipped"]
)
@pytest.mark.parametrize("options", [Options(), FENCE], ids=["-", "fence"])
@pytest.mark.parametrize("phase", [Phase.MIGRATING, Phase.FAILED, Phase.HELD])
def test_after_the_flip_it_ends_as_it_was_flipped(
    stage: Stage, left: list[str], options: Options, phase: Phase
) -> None:
    """Guards late writes of a handed-over table against a replicator that is taken away undrained."""
    seen = at(stage, asks(NEW), phase=phase, served=2)
    plan = make_plan(asks(NEW, options=options), seen)
    assert (names(plan), plan.becomes, plan.again) == (left, 2, True)


def test_items_that_may_meet_stay_served_when_the_fence_is_taken_out_after_the_flip() -> None:
    spec = asks(ELSEWHERE, options=FENCE)
    assert names(make_plan(asks(ELSEWHERE), at(Stage.FLIPPED, spec, served=2))) == ["Freeze", "Finish"]


def test_a_held_one_is_cut_over_once_there_is_a_fence() -> None:
    spec = asks(ELSEWHERE)
    seen = at(Stage.VERIFIED, spec, phase=Phase.HELD)
    assert make_plan(spec, seen).empty
    plan = make_plan(replace(spec, options=FENCE), seen)
    assert names(plan) == ["Verify", "CutOverFenced", "Freeze", "Finish"]
    assert plan.headline == "cut over to orders_V2, which was held"


@pytest.mark.parametrize(
    "known",
    [grown(), grown(feeds=(), older=(OLDER,))],
    ids=["our replicator", "the older library's function"],
)
def test_a_table_that_is_still_fed_is_not_fenced(known: Entry) -> None:
    plan = make_plan(asks(ELSEWHERE, options=FENCE), later(known))
    assert plan.route is Route.REFUSED
    assert "version 1 still feeds orders_V2" in plan.refusals[0]
    assert "retire version 1 first" in plan.refusals[0]


def test_one_that_is_fed_no_more_is() -> None:
    known = grown(versions=(version(1, frozen=True), version(2)), feeds=(fed(2, ended_at="x"),))
    plan = make_plan(asks(ELSEWHERE, options=FENCE), later(known))
    assert plan.route is Route.SUCCESSOR
    assert begun(plan).hold == ""


def test_one_that_an_older_librarys_function_fed_from_a_table_that_is_gone_is_fenced() -> None:
    """Nobody can retire a version that is gone: it would never be fenced."""
    known = grown(versions=(version(2),), feeds=(), older=(OLDER,))
    assert make_plan(asks(ELSEWHERE, options=FENCE), later(known)).route is Route.SUCCESSOR


@pytest.mark.parametrize("stage", [Stage.PLANNED, Stage.COPYING, Stage.VERIFIED])
@pytest.mark.parametrize("phase", [Phase.HELD, Phase.MIGRATING])
def test_a_fence_that_is_said_later_is_refused_as_well_while_an_older_version_feeds_the_source(
    stage: Stage, phase: Phase
) -> None:
    """It stopped what version 1 still brought, and left it where nobody would ever bring it over."""
    record = replace(begun(make_plan(asks(ELSEWHERE), later(grown()))), stage=stage)
    known = grown(phase=phase, migration=record, versions=(version(1), version(2), version(3)))
    fenced = asks(ELSEWHERE, options=Options(fence=True))
    plan = make_plan(fenced, later(known))
    assert plan.route is Route.REFUSED
    assert plan.refusals[0].startswith("fence=True: version 1 still feeds orders_V2")
    ended = replace(known, feeds=(fed(2, ended_at="then"),))
    assert make_plan(fenced, later(ended)).route is Route.RESUME
