"""Ends that have begun, and fences that a dead process left: gone on with, or taken away; once, and none forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.model.history import Entry, Fence, Retirement, RetireStage
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.spec import Options, Retire, Settings, Spec
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.situation import RetireSight
from pulumi_dynamo_migrator.steps.fence import LiftFence
from pulumi_dynamo_migrator.steps.retire import RetireVersion
from tests.fakes.plans import (
    INDEXED,
    NEW,
    NOW,
    OLD,
    asks,
    begun,
    grown,
    later,
    sight,
    situation,
    under_way,
    version,
)


def ends(*retire: Retire | int) -> Spec:
    """A description that asks old versions to end."""
    return replace(asks(NEW), retire=tuple(Retire(one) if isinstance(one, int) else one for one in retire))


def names(plan: Plan) -> list[str]:
    return [type(step).__name__ for step in plan.steps]


BEGUN = Retirement(1, RetireStage.DISCONNECTED, "2027-01-15T07:00:00Z")
ENDING = grown(retirement=BEGUN, versions=(version(1, frozen=True), version(2)))


def test_an_end_whose_replicator_has_gone_goes_on_whatever_is_asked() -> None:
    plan = make_plan(asks(NEW), later(ENDING, sight(1, last_write=NOW, watched_since=NOW)))
    assert plan.steps == (RetireVersion(1, "orders", Retire(1, evidence=0.0), sight(1).removes),)


def test_asked_again_it_goes_on_as_it_is_asked() -> None:
    plan = make_plan(ends(Retire(1, backup=False)), later(ENDING, sight(1, last_write=NOW)))
    assert [step.how.backup for step in plan.steps if isinstance(step, RetireVersion)] == [False]


def test_an_end_that_came_no_further_than_its_fence_is_forgotten_when_it_is_not_asked() -> None:
    known = grown(retirement=replace(BEGUN, stage=RetireStage.FENCED), fence=Fence(1, NOW))
    plan = make_plan(asks(NEW), later(known))
    assert plan.steps == (LiftFence(1, "orders"),)
    assert plan.route is Route.IN_PLACE
    assert plan.headline == "allow writes to orders again: an `up` that was killed had denied them"


def test_a_fence_that_was_left_is_lifted_before_anything_else_is_done() -> None:
    plan = make_plan(asks(NEW, settings=Settings(deletion_protection=True)), later(grown(fence=Fence(1, NOW))))
    assert names(plan) == ["LiftFence", "ChangeSetting"]


def test_an_end_that_was_killed_behind_its_fence_is_taken_up_behind_it() -> None:
    plan = make_plan(ends(1), later(grown(fence=Fence(1, NOW)), sight(1)))
    assert names(plan) == ["RetireVersion"]


@pytest.mark.parametrize(
    ("known", "seen"),
    [
        (grown(3, fence=Fence(2, NOW)), sight(1)),
        (grown(fence=Fence(2, NOW)), RetireSight(1)),
        (grown(versions=(version(1, frozen=True), version(2)), fence=Fence(2, NOW)), sight(1)),
    ],
    ids=["another's", "another's, table gone", "another's, frozen"],
)
def test_a_fence_of_another_version_is_lifted_before_it_is_forgotten(known: Entry, seen: RetireSight) -> None:
    plan = make_plan(ends(1), later(known, seen))
    assert names(plan) == ["LiftFence", "RetireVersion"]


def test_a_fence_that_was_left_is_not_taken_for_a_new_migrations() -> None:
    plan = make_plan(asks(INDEXED, options=Options(fence=True)), later(grown(feeds=(), fence=Fence(1, NOW))))
    assert next(type(step).__name__ for step in plan.steps) == "LiftFence"


def test_a_fence_is_left_where_a_plan_is_refused() -> None:
    assert make_plan(ends(7), later(grown(fence=Fence(1, NOW)))).steps == ()


def test_an_old_version_ends_once_behind_an_abandoned_migration() -> None:
    """Guards a plan that was asked for twice: for what is undone, and for what is asked then."""
    record = replace(begun(make_plan(asks(INDEXED), later(grown()))), stage=Stage.COPYING)
    known = grown(migration=record, versions=(*grown().versions, version(3)), phase=Phase.MIGRATING)
    plan = make_plan(ends(1), later(known, sight(1)))
    assert names(plan) == ["Abandon", "RetireVersion"]
    assert plan.headline.count("retire version 1") == 1


def test_a_fence_of_an_abandoned_migration_is_lifted_once() -> None:
    known = under_way(make_plan(asks(NEW), situation()), Stage.FENCING, fence=Fence(1, NOW))
    plan = make_plan(asks(OLD), situation(known=known))
    assert plan.route is Route.ABANDON
    assert names(plan) == ["Abandon"]
