"""Plans for a migration that has begun: resumed at each stage, held, abandoned, or followed by another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.spec import GlobalIndex, Settings, Spec, Stream
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.situation import Sample, Situation
from tests.fakes.plans import (
    ELSEWHERE,
    INDEXED,
    NEW,
    OLD,
    SEEN,
    asks,
    begun,
    conversion,
    entry,
    situation,
    table,
    under_way,
)

COPY = ["Backfill", "Close", "Verify", "HandOver", "Finish"]
STREAMING = table(settings=replace(SEEN, stream=Stream(True, "NEW_AND_OLD_IMAGES")))


def names(plan: Plan) -> list[str]:
    return [type(step).__name__ for step in plan.steps]


def began(stage: Stage, spec: Spec = asks(NEW), *, phase: Phase = Phase.MIGRATING) -> Entry:  # noqa: B008 (frozen)
    return under_way(make_plan(spec, situation()), stage, phase=phase)


def during(known: Entry, **more: object) -> Situation:
    return replace(situation(STREAMING, known), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stage", "left"),
    [
        (Stage.PLANNED, ["EnableStream", "CreateSuccessor", "CreateReplicator", *COPY]),
        (Stage.COPYING, COPY),
        (Stage.CLOSING, COPY[1:]),
        (Stage.VERIFYING, COPY[2:]),
        (Stage.VERIFIED, COPY[2:]),
        (Stage.NOTING, COPY[3:]),
        (Stage.FENCING, COPY[2:]),  # what was compared behind the fence may have differed
    ],
)
def test_a_migration_goes_on_where_it_stood(stage: Stage, left: list[str]) -> None:
    plan = make_plan(asks(NEW), during(began(stage)))
    assert (plan.route, plan.served, plan.becomes) == (Route.RESUME, 1, 2)
    assert names(plan) == left


def test_every_stage_has_a_plan() -> None:
    planned = {stage for stage in Stage if stage <= Stage.NOTING}
    assert planned | {Stage.FENCING, Stage.LATE, Stage.FLIPPED, Stage.ABANDONING} == set(Stage)


def late() -> Entry:
    return replace(began(Stage.LATE), served=2)


def test_after_the_flip_only_the_end_is_left() -> None:
    plan = make_plan(asks(NEW), situation(table(NEW, name="orders_V2"), late()))
    assert (plan.route, names(plan), plan.becomes) == (Route.RESUME, ["Finish"], 2)


@pytest.mark.parametrize("spec", [asks(OLD), asks(INDEXED), asks(NEW, settings=Settings(deletion_protection=True))])
def test_after_the_flip_another_program_is_planned_once_it_has_ended(spec: Spec) -> None:
    plan = make_plan(spec, situation(table(NEW, name="orders_V2"), late()))
    assert names(plan) == ["Finish"]
    assert plan.again


def test_what_stopped_it_is_told() -> None:
    failed = replace(began(Stage.COPYING, phase=Phase.FAILED), error="item x has no country")
    assert any("item x has no country" in why for why in make_plan(asks(NEW), during(failed)).why)


def test_settings_that_were_changed_meanwhile_are_changed_first_but_never_the_stream() -> None:
    asked = Settings(deletion_protection=True, stream=Stream(False))
    plan = make_plan(asks(NEW, settings=asked), during(began(Stage.COPYING)))
    assert names(plan) == ["ChangeSetting", *COPY]


def wide(*ranges: str) -> Spec:
    index = GlobalIndex("by_at", ("at",), ranges)
    return asks(replace(NEW, attributes=(("at", "N"), *NEW.attributes), global_indexes=(index,)))


@pytest.mark.parametrize(
    ("before", "now"), [(asks(NEW), wide()), (wide(), asks(NEW)), (wide(), wide("id"))], ids=["+", "-", "~"]
)
def test_global_indexes_wait_until_a_migration_has_ended(before: Spec, now: Spec) -> None:
    plan = make_plan(now, during(began(Stage.COPYING, before)))
    assert plan.route is Route.REFUSED
    assert "global indexes change while a migration is under way" in plan.refusals[0]


def test_a_migration_that_brings_a_global_index_goes_on() -> None:
    assert make_plan(wide(), during(began(Stage.COPYING, wide()))).route is Route.RESUME


def test_a_sample_that_looks_otherwise_now_does_not_make_it_another_target() -> None:
    spec = asks(conversions=(conversion(2),))
    plan = make_plan(spec, during(began(Stage.COPYING, spec), sample=Sample(200, keys_kept=False)))
    assert plan.route is Route.RESUME


def test_a_reverted_program_abandons_and_leaves_nothing() -> None:
    known = began(Stage.COPYING)
    plan = make_plan(asks(OLD), during(known))
    assert (plan.route, names(plan), plan.served) == (Route.ABANDON, ["Abandon"], 1)
    function = known.migration.objects.function if known.migration else ""
    assert plan.removes == ("table orders_V2", f"function {function} with its mapping and role")


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage < Stage.LATE])
def test_a_revert_abandons_at_every_stage_before_the_flip(stage: Stage) -> None:
    assert names(make_plan(asks(OLD), during(began(stage)))) == ["Abandon"]


def test_another_target_abandons_and_begins_anew_under_other_names() -> None:
    known = began(Stage.COPYING)
    plan = make_plan(asks(ELSEWHERE, conversions=(conversion(2, distinct_keys=True),)), during(known))
    assert plan.route is Route.SUCCESSOR
    assert names(plan)[:2] == ["Abandon", "Begin"]
    assert known.migration is not None
    assert begun(plan).id != known.migration.id
    assert plan.makes[0] in plan.removes


def test_another_target_that_cannot_be_abandons_nothing() -> None:
    plan = make_plan(asks(replace(OLD, attributes=(("id", "N"),))), during(began(Stage.COPYING)))
    assert plan.route is Route.REFUSED
    assert plan.steps == ()


def test_the_own_half_made_successor_is_in_nobodys_way() -> None:
    plan = make_plan(asks(INDEXED), during(began(Stage.COPYING), in_the_way=table(NEW, name="orders_V2")))
    assert plan.route is Route.SUCCESSOR


def test_a_stranger_under_the_next_name_still_is() -> None:
    stranger = table(NEW, name="customers_V2")
    plan = make_plan(asks(NEW, name="customers"), during(began(Stage.COPYING), in_the_way=stranger))
    assert plan.route is Route.REFUSED
    assert "customers_V2 is taken" in plan.refusals[0]


def test_a_revert_with_a_changed_setting_does_both() -> None:
    plan = make_plan(asks(OLD, settings=Settings(deletion_protection=True)), during(began(Stage.COPYING)))
    assert names(plan) == ["Abandon", "ChangeSetting"]


def test_an_abandonment_that_was_cut_goes_on_whatever_is_asked() -> None:
    known = began(Stage.ABANDONING)
    assert names(make_plan(asks(OLD), during(known))) == ["Abandon"]
    again = make_plan(asks(NEW), during(known))
    assert names(again)[:2] == ["Abandon", "Begin"]
    assert "was being abandoned" in again.why[0]


MEETING = asks(ELSEWHERE)


def held() -> Entry:
    return under_way(make_plan(MEETING, situation()), Stage.VERIFIED, phase=Phase.HELD)


def test_a_held_migration_plans_nothing() -> None:
    plan = make_plan(MEETING, during(held()))
    assert plan.empty
    assert plan.headline.startswith("held: two items may meet")


def test_settings_change_in_place_beside_a_held_migration() -> None:
    plan = make_plan(replace(MEETING, settings=Settings(deletion_protection=True)), during(held()))
    assert (plan.route, names(plan)) == (Route.IN_PLACE, ["ChangeSetting"])


def test_a_held_migration_is_abandoned_by_a_revert() -> None:
    assert make_plan(asks(OLD), during(held())).route is Route.ABANDON


def test_a_promise_of_distinct_keys_makes_it_another_migration() -> None:
    once = asks(ELSEWHERE, conversions=(conversion(2),))
    sure = asks(ELSEWHERE, conversions=(conversion(2, distinct_keys=True),))
    known = under_way(make_plan(once, situation()), Stage.VERIFIED, phase=Phase.HELD)
    plan = make_plan(sure, during(known))
    assert names(plan)[0] == "Abandon"
    assert names(plan)[-1] == "Finish"


def test_a_held_migration_that_was_cut_before_it_was_held_goes_on() -> None:
    known = under_way(make_plan(MEETING, situation()), Stage.VERIFYING)
    plan = make_plan(MEETING, during(known))
    assert names(plan) == ["Verify", "Hold"]
    assert plan.becomes == 1


def test_a_finished_version_is_the_source_of_the_next() -> None:
    known = entry(served=2, versions=(*entry().versions, replace(entry().versions[0], number=2, table="orders_V2")))
    known = replace(known, versions=tuple(replace(one, table_id=f"id-of-{one.table}") for one in known.versions))
    plan = make_plan(asks(INDEXED), situation(table(NEW, name="orders_V2"), known))
    assert (plan.served, plan.becomes) == (2, 3)
    assert plan.makes[0] == "table orders_V3"
