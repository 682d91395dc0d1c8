"""Comparing with oneself finds nothing; the same plan comes twice; after a plan's end nothing is planned."""

from __future__ import annotations

from dataclasses import fields, replace

from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.model.history import Entry, Version
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.spec import BillingMode, Settings, Spec, Stream, Structure, Units
from pulumi_dynamo_migrator.plan.carry import carried_settings
from pulumi_dynamo_migrator.plan.compare import (
    StructureDifference,
    compare_settings,
    compare_structure,
    wanted_settings,
)
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.situation import Situation
from tests.fakes.plans import applied, begun, entry, situation, table, under_way
from tests.properties.spec_strategies import asked_settings, seen_settings, specs, structures


def with_changes(seen: Settings, wanted: Settings) -> Settings:
    """What is seen when everything that was wanted has been done: what was not stated is as it was."""
    found = {
        field.name: getattr(seen, field.name) if getattr(wanted, field.name) is None else getattr(wanted, field.name)
        for field in fields(Settings)
    }
    settings = Settings(**found)
    settings = replace(settings, warm=_warmer(seen.warm, wanted.warm))
    if settings.billing_mode is BillingMode.PAY_PER_REQUEST:
        return replace(settings, capacity=None)
    return settings


def _warmer(seen: Units | None, wanted: Units | None) -> Units | None:
    if seen is None or wanted is None:
        return seen or wanted
    return Units(max(seen.read or 0, wanted.read or 0), max(seen.write or 0, wanted.write or 0))


def with_indexes(seen: Structure, asked: Structure) -> Structure:
    """The asked structure once it was made, each index with the capacity that it had where none is stated."""
    before = {index.name: index for index in seen.global_indexes}
    indexes = tuple(
        replace(
            index,
            capacity=index.capacity or (before[index.name].capacity if index.name in before else None),
            on_demand=index.on_demand or (before[index.name].on_demand if index.name in before else None),
            warm=index.warm or (before[index.name].warm if index.name in before else None),
        )
        for index in asked.global_indexes
    )
    return replace(asked, global_indexes=indexes)


@given(structures())
def test_a_structure_does_not_differ_from_itself(structure: Structure) -> None:
    assert compare_structure(structure, structure) == StructureDifference()


@given(seen_settings())
def test_settings_do_not_differ_from_themselves(settings: Settings) -> None:
    assert compare_settings(settings, settings) == ()


@given(seen_settings(), asked_settings(), st.sets(st.sampled_from(["ttl", "tags", "stream", "deletion_protection"])))
def test_what_was_changed_as_wanted_does_not_differ(seen: Settings, asked: Settings, before: set[str]) -> None:
    wanted = wanted_settings(asked, frozenset(before))
    assert compare_settings(with_changes(seen, wanted), wanted) == ()


@given(structures(), structures())
def test_structures_that_do_not_differ_need_no_successor_either_way(one: Structure, other: Structure) -> None:
    there, back = compare_structure(one, other), compare_structure(other, one)
    assert bool(there.keys or there.local_indexes) == bool(back.keys or back.local_indexes)
    assert {name for name, _, _ in there.types} == {name for name, _, _ in back.types}


@st.composite
def living(draw: st.DrawFn) -> Situation:
    """A table that was created and is served."""
    return situation(table(draw(structures()), draw(seen_settings())))


@given(specs(), living())
def test_the_same_question_has_the_same_answer(spec: Spec, seen: Situation) -> None:
    assert make_plan(spec, seen) == make_plan(spec, seen)


@given(specs(), living())
def test_a_refused_plan_does_nothing_and_any_other_says_why(spec: Spec, seen: Situation) -> None:
    plan = make_plan(spec, seen)
    if plan.route is Route.REFUSED:
        assert (plan.steps, plan.makes, plan.removes) == ((), (), ())
        assert plan.refusals
    elif not plan.empty:
        assert plan.steps
        assert plan.why


def after(plan: Plan, spec: Spec, seen: Situation) -> Situation:
    """The world at the plan's end."""
    served, known = seen.served, seen.entry
    assert served is not None
    assert known is not None
    if plan.route is Route.SUCCESSOR:
        return _after_successor(plan, spec, seen, served)
    settings = with_changes(served.settings, wanted_settings(spec.settings, seen.stated_before))
    return replace(seen, served=table(with_indexes(served.structure, spec.structure), settings))


def _after_successor(plan: Plan, spec: Spec, seen: Situation, served: ObservedTable) -> Situation:
    record = begun(plan)
    if record.hold:
        held = under_way(plan, Stage.VERIFIED, phase=Phase.HELD)
        settings = with_changes(served.settings, wanted_settings(spec.settings))
        streaming = replace(settings, stream=Stream(True, "NEW_AND_OLD_IMAGES"))
        return situation(table(served.structure, streaming), held)
    name = f"{record.base_name}_V{record.target}"
    known: Entry = entry(
        base_name=record.base_name,
        served=record.target,
        versions=(*entry().versions, Version(record.target, name, table_id=f"id-of-{name}")),
        applied=tuple(applied(one) for one in spec.conversions),
    )
    settings = carried_settings(served.settings, wanted_settings(spec.settings))
    return situation(table(spec.structure, settings, name=name), known)


@given(specs(), living())
def test_after_its_end_nothing_is_planned(spec: Spec, seen: Situation) -> None:
    plan = make_plan(spec, seen)
    assume(plan.route is not Route.REFUSED)
    again = make_plan(spec, after(plan, spec, seen))
    assert again.empty, again.headline


UNSERVED = [stage for stage in Stage if not stage.served and stage is not Stage.ABANDONING]


@given(specs(), st.none() | st.sampled_from([1, 2]), st.sampled_from(UNSERVED))
def test_from_any_stage_the_same_end_is_reached(spec: Spec, serve: int | None, stage: Stage) -> None:
    spec = replace(spec, serve=serve)
    plan = make_plan(spec, situation())
    assume(plan.route is Route.SUCCESSOR)
    rest = make_plan(spec, situation(table(), under_way(plan, stage)))
    assert (rest.becomes, rest.complete) == (plan.becomes, plan.complete)
    assert type(rest.steps[-1]) is type(plan.steps[-1])


@given(specs(), st.sampled_from([Stage.LATE, Stage.FLIPPED]), st.none() | st.sampled_from([1, 2, 3]), specs())
def test_after_the_flip_the_end_is_the_flips_whatever_is_asked(
    spec: Spec, stage: Stage, serve: int | None, other: Spec
) -> None:
    plan = make_plan(spec, situation())
    assume(plan.route is Route.SUCCESSOR)
    record = begun(plan)
    seen = table(spec.structure, name=f"{record.base_name}_V{record.target}")
    known = under_way(plan, stage, served=record.target)
    for asked in (spec, replace(other, serve=serve)):
        rest = make_plan(asked, situation(seen, known))
        assume(rest.route is not Route.REFUSED)
        assert [type(step).__name__ for step in rest.steps] == ["Freeze", "Finish"][stage is Stage.LATE :]
        assert rest.again


@given(specs(), st.sampled_from(UNSERVED))
def test_from_any_stage_a_revert_leads_back(spec: Spec, stage: Stage) -> None:
    plan = make_plan(spec, situation())
    assume(plan.route is Route.SUCCESSOR)
    back = make_plan(Spec(table().structure), situation(table(), under_way(plan, stage)))
    assert (back.route, back.becomes) == (Route.ABANDON, 1)
