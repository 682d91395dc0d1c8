"""A script goes on from what was applied of it: nothing edited, removed or put in between; several steps, one table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_dynamo_migrator.model.history import AppliedStep, Entry
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.model.spec import Script, Spec
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.script import script_problems, todo
from pulumi_dynamo_migrator.plan.situation import Situation
from pulumi_dynamo_migrator.settle import with_steps
from tests.fakes.plans import IDENTITY, NOW, SEEN, applied, entry, grown, sight, situation, table, version
from tests.fakes.scripts import add_global, add_local, convert, create, delete_table, spec_of

AT = "2026-11-22T12:00:00Z"


def script_of(spec: Spec) -> Script:
    assert spec.script is not None
    return spec.script


def done(spec: Spec, known: Entry | None = None) -> Entry:
    """An entry in which every step of this script is applied."""
    plan = Plan(Route.NOTHING, "as asked")
    return with_steps(known or entry(), script_of(spec), plan, at=AT)


def after(spec: Spec, known: Entry, *sights: Any) -> Situation:
    """The served table as this script's end describes it."""
    assert known.serving is not None
    return situation(table(spec.structure, name=known.serving.table), known, retiring=sights, now=NOW)


def problem(spec: Spec, known: Entry) -> str:
    (found,) = script_problems(spec, known)
    plan = make_plan(spec, after(spec, known))
    assert plan.route is Route.REFUSED
    assert plan.refusals == (found,)
    return found


def test_a_script_that_was_applied_plans_nothing() -> None:
    spec = spec_of(create(), add_global(2))
    plan = make_plan(spec, after(spec, done(spec)))
    assert plan.empty
    assert todo(script_of(spec), done(spec)) == ()


def test_without_a_script_nothing_is_wrong_with_it() -> None:
    assert script_problems(replace(spec_of(create()), script=None), done(spec_of(create()))) == []


def test_a_removed_step_is_refused_and_told_where_it_stood() -> None:
    known = done(spec_of(create(), add_global(2)))
    found = problem(spec_of(create()), known)
    assert f"version 2 (add_index) was applied on {AT} and is no longer in the script" in found
    assert "(it stood in shop.py, line 20)" in found


def test_a_step_without_a_place_is_told_without_one() -> None:
    lost = AppliedStep(2, "add_index", "f", AT, "orders")
    known = replace(done(spec_of(create())), steps=(*done(spec_of(create())).steps, lost))
    assert "stood in" not in problem(spec_of(create()), known)


def test_an_edited_step_is_refused_and_told_what_to_do() -> None:
    known = done(spec_of(create(), add_global(2)))
    found = problem(spec_of(create(), add_global(2, attribute="other"), add_local(3)), known)
    assert found.startswith("version 2 (shop.py, line 20): add_index was applied on")
    assert "add the change as version 4" in found


def test_a_step_that_only_moved_to_another_line_is_the_same() -> None:
    known = done(spec_of(create(), add_global(2)))
    moved = spec_of({**create(), "where": "other.py, line 1"}, {**add_global(2), "where": "other.py, line 2"})
    assert script_problems(moved, known) == []


def test_what_the_older_library_applied_is_not_compared_word_for_word() -> None:
    spec = spec_of(create(), add_local(2))
    known = done(spec)
    theirs = replace(known, steps=tuple(replace(one, by="dynamodb-migrator", fingerprint="?") for one in known.steps))
    assert script_problems(spec, theirs) == []


def test_a_step_under_a_number_that_was_passed_is_refused() -> None:
    spec = spec_of(create(), add_global(2), add_global(3, name="by_x", attribute="x"))
    known = done(spec)
    found = problem(spec, replace(known, steps=(known.steps[0], known.steps[2])))
    assert "version 2 (shop.py, line 20): add_index is new, but version 3 was applied already; number it 4" in found


def test_after_going_back_a_script_that_has_ended_a_version_goes_on() -> None:
    """Guards a script that nobody edited against being refused: what was left behind is to be done anew."""
    spec = spec_of(create(), add_local(2), convert(3), delete_table(4))
    known = done(spec, grown(3, versions=(version(2), version(3))))
    back = replace(known, served=2, versions=(version(2), version(3, frozen=True)), feeds=())
    back = replace(back, steps=tuple(step for step in known.steps if step.version != 3))
    plan = make_plan(spec, situation(table(spec.structure, name="orders_V2"), back))
    assert (plan.route, plan.becomes) == (Route.SUCCESSOR, 4)


def test_the_end_of_an_old_version_may_be_later_than_what_comes_after_it() -> None:
    spec = spec_of(create(), add_local(2), delete_table(3), add_global(4))
    known = done(spec, grown())
    assert [step.version for step in known.steps] == [1, 2, 4]
    assert script_problems(spec, known) == []
    plan = make_plan(spec, after(spec, known, sight(1)))
    assert plan.route is Route.RETIRE


def test_a_new_stack_takes_the_end_at_once() -> None:
    spec = spec_of(create(), add_local(2), convert(3), delete_table(4))
    plan = make_plan(spec, Situation(IDENTITY))
    assert (plan.route, plan.becomes, plan.makes) == (Route.CREATE, 3, ("table orders_V3",))
    assert "the script's end, versions 1 to 4, in one table: there is nothing to copy" in plan.why


def test_a_creation_that_was_killed_before_it_was_settled_goes_on() -> None:
    """Guards against a table that never was and is missed: the script's end was made at once."""
    spec = spec_of(create(), add_local(2), delete_table(3))
    made = entry(phase=Phase.MIGRATING, served=2, versions=(version(2),))
    assert make_plan(spec, after(spec, made)).empty


def test_several_steps_become_one_table_under_the_last_number_that_needs_one() -> None:
    known = done(spec_of(create()))
    spec = spec_of(create(), add_local(2), convert(3), add_global(4))
    plan = make_plan(spec, after(spec_of(create()), known))
    assert (plan.route, plan.becomes, plan.makes[0]) == (Route.SUCCESSOR, 3, "table orders_V3")
    assert "script: version 2 (add_index), version 3 (convert), version 4 (add_index)" in plan.why


def test_a_table_that_was_passed_over_may_be_asked_to_end() -> None:
    known = done(spec_of(create()))
    spec = spec_of(create(), add_local(2), convert(3), delete_table(4, "orders_V2"))
    plan = make_plan(spec, after(spec_of(create()), known))
    assert (plan.route, plan.becomes, plan.pending) == (Route.SUCCESSOR, 3, ())


def test_global_indexes_come_in_place() -> None:
    known = done(spec_of(create()))
    plan = make_plan(spec_of(create(), add_global(2)), after(spec_of(create()), known))
    assert (plan.route, plan.becomes) == (Route.IN_PLACE, 1)


@pytest.mark.parametrize("serve", [1])
def test_a_pinned_version_holds_a_script_too(serve: int) -> None:
    known = done(spec_of(create()))
    plan = make_plan(spec_of(create(), add_local(2), serve=serve), after(spec_of(create()), known))
    assert (plan.becomes, plan.complete) == (1, False)


def test_a_conversion_of_a_script_that_was_edited_is_told_once() -> None:
    first = spec_of(create(), convert(2))
    known = replace(done(first), applied=tuple(map(applied, first.conversions)))
    found = problem(spec_of(create(), convert(2, "return None")), known)
    assert "convert was applied on" in found


def test_a_new_script_makes_no_empty_table_beside_one_of_an_earlier_version() -> None:
    """It would be served in the place of the data: of a table made by hand, or by a library known by another name."""
    spec = spec_of(create(), add_local(2), convert(3))
    fresh = Situation(IDENTITY)
    assert make_plan(spec, fresh).headline.startswith("create table orders_V3")
    plan = make_plan(spec, replace(fresh, found=table(settings=replace(SEEN, tags=()))))
    assert plan.route is Route.REFUSED
    assert "a table named orders exists already and is not this resource's" in plan.refusals[0]
    assert "adopt='orders'" in plan.refusals[0]
