"""A script that grew by any number of steps since the last `up` comes to its end in one, and then plans nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.bags.props import parse
from pulumi_dynamo_migrator.model.history import Entry, HistoryRow
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.model.spec import Script, Spec
from pulumi_dynamo_migrator.plan.carry import carried_settings
from pulumi_dynamo_migrator.plan.compare import wanted_settings
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.retiring import wanted
from pulumi_dynamo_migrator.plan.script import script_problems, todo
from pulumi_dynamo_migrator.plan.situation import Situation
from pulumi_dynamo_migrator.settle import with_steps
from tests.fakes.plans import IDENTITY, NOW, SEEN, applied, entry, fed, sight, situation, table, version
from tests.properties.script_strategies import scripts
from tests.properties.test_plans_settle import with_changes, with_indexes

Bag = dict[str, Any]


def spec_of(bag: Bag, *, steps: int) -> Spec:
    """What the script asked when it had so many steps."""
    parsed = parse({"script": {**bag, "steps": bag["steps"][:steps]}})
    assert parsed.problems == ()
    assert parsed.spec is not None
    return parsed.spec


def script_of(spec: Spec) -> Script:
    assert spec.script is not None
    return spec.script


def created(spec: Spec) -> tuple[Entry, Plan]:
    """The entry once the script has made its first table."""
    plan = make_plan(spec, Situation(IDENTITY))
    assert plan.route is Route.CREATE
    first = version(plan.becomes or 1)
    row = HistoryRow(first.number, first.table, "create", "then", finished_at="then")
    known = entry(served=first.number, versions=(first,), history=(row,), applied=tuple(map(applied, spec.conversions)))
    return with_steps(known, script_of(spec), plan, at="then"), plan


def seen(spec: Spec, known: Entry, before: Situation | None = None) -> Situation:
    """The served table when everything is as this script says, and the old ones just written to."""
    assert known.serving is not None
    settings, structure = with_changes(SEEN, wanted_settings(spec.settings)), spec.structure
    if before is not None and before.served is not None and before.entry is not None:
        structure = with_indexes(before.served.structure, structure)
        settings = with_changes(before.served.settings, wanted_settings(spec.settings))
        if known.served != before.entry.served:
            settings = carried_settings(before.served.settings, wanted_settings(spec.settings))
    sights = [sight(one.number, last_write=NOW) for one, _ in wanted(spec.retire, known) if one.number != known.served]
    served = table(structure, settings, name=known.serving.table)
    return situation(served, known, retiring=tuple(sights), began=known.served, now=NOW)


def after(plan: Plan, spec: Spec, known: Entry) -> Entry:
    """The entry at the plan's end."""
    if plan.route is Route.SUCCESSOR:
        number = plan.becomes or 0
        row = HistoryRow(number, version(number).table, "successor", "now", finished_at="now", source="orders")
        known = replace(
            known,
            served=number,
            versions=(*known.versions, version(number)),
            feeds=(fed(number, source=known.served),),
            applied=tuple(map(applied, spec.conversions)),
            history=(*known.history, row),
        )
    return replace(with_steps(known, script_of(spec), plan, at="now"), phase=Phase.READY)


@given(scripts(), st.data())
def test_from_any_number_of_steps_the_end_is_reached_and_told(both: tuple[Bag, Bag], data: st.DataObject) -> None:
    bag, count = both[0], len(both[0]["steps"])
    before = spec_of(bag, steps=data.draw(st.integers(1, count)))
    spec = spec_of(bag, steps=count)
    known, _ = created(before)
    assert script_problems(spec, known) == []
    now = seen(before, known)
    plan = make_plan(spec, now)
    assume(plan.route is not Route.REFUSED and plan.complete)
    end = after(plan, spec, known)
    again = make_plan(spec, seen(spec, end, now))
    assert again.steps == (), again.headline
    assert all(step.retires for step in todo(script_of(spec), end))
    told = {row.version: row.operation for row in end.history}
    assert all(told[step.version] == step.operation for step in end.steps)
    assert with_steps(end, script_of(spec), again, at="later") == end


@given(scripts())
def test_a_new_stack_has_the_whole_history_at_once(both: tuple[Bag, Bag]) -> None:
    spec = spec_of(both[0], steps=len(both[0]["steps"]))
    known, _ = created(spec)
    assert [step.version for step in known.steps] == [step.version for step in script_of(spec).steps]
    assert make_plan(spec, seen(spec, known)).empty
