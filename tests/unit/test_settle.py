"""What the ledger says at a plan's end: settled, as asked, which steps of a script are done, and how each came."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.model.history import AppliedStep, Entry, HistoryRow, Pending, Retirement, RetireStage
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.spec import Script, Spec
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.settle import settle, with_steps
from tests.fakes.fencing import FencedWorld
from tests.fakes.plans import ELSEWHERE, NOW, asks, entry, fed, grown, situation, table, under_way, version
from tests.fakes.scripts import add_global, add_local, convert, create, delete_table, spec_of

ASKED = '{"fingerprint": "f", "stated": []}'
AT = "2026-11-22T12:00:00Z"
NOTHING = Plan(Route.NOTHING, "as asked")
CREATED = Plan(Route.CREATE, "create table orders", becomes=1)
SUCCEEDED = Plan(Route.SUCCESSOR, "successor", becomes=3)
IN_PLACE = Plan(Route.IN_PLACE, "change orders in place: + index by_name", becomes=1)


def script_of(spec: Spec) -> Script:
    assert spec.script is not None
    return spec.script


def settled(known: Entry, plan: Plan = NOTHING, spec: Spec | None = None) -> tuple[Entry, list[str]]:
    """The entry after the plan, and what was written."""
    world = FencedWorld(known, table())
    settle(plan, world.site(spec), asked=ASKED)
    return world.books.stored, world.did


def test_a_plan_that_was_carried_out_is_ready_as_asked_and_without_an_error() -> None:
    found, _ = settled(entry(phase=Phase.MIGRATING, error="old", asked="before"))
    assert (found.phase, found.asked, found.error) == (Phase.READY, ASKED, None)


def test_nothing_is_written_where_nothing_changes() -> None:
    known, written = settled(entry())
    assert written == ["ledger"]
    assert settled(known)[1] == []
    spec = spec_of(create(), add_global(2))
    done, _ = settled(entry(), IN_PLACE, spec)
    assert settled(done, NOTHING, spec)[1] == []


def test_a_held_migration_stays_held() -> None:
    known = under_way(make_plan(asks(ELSEWHERE), situation()), Stage.VERIFIED, phase=Phase.HELD)
    assert settled(known)[0].phase is Phase.HELD
    assert settled(replace(known, migration=None))[0].phase is Phase.READY


def test_what_is_pending_is_kept_and_forgotten() -> None:
    waiting = (Pending(1, "orders", "it is served", NOW + 0.5),)
    known, _ = settled(grown(), replace(NOTHING, pending=waiting))
    assert known.pending == waiting
    assert settled(known)[0].pending == ()


def test_an_end_that_came_no_further_than_its_fence_is_forgotten() -> None:
    begun = Retirement(1, RetireStage.FENCED, AT)
    assert settled(grown(retirement=begun))[0].retirement is None
    further = replace(begun, stage=RetireStage.DISCONNECTED)
    assert settled(grown(retirement=further))[0].retirement == further


def steps(known: Entry) -> list[tuple[int, str, str]]:
    return [(step.version, step.operation, step.table) for step in known.steps]


def rows(known: Entry) -> list[tuple[int, str, str | None, str | None]]:
    return [(row.version, row.route, row.operation, row.source) for row in known.history]


def made(number: int = 1, **changes: object) -> HistoryRow:
    """The row of a version that was created."""
    name = "orders" if number == 1 else f"orders_V{number}"
    return replace(HistoryRow(number, name, "create", AT, finished_at=AT), **changes)  # type: ignore[arg-type]


def test_the_first_step_names_the_row_of_its_own_version() -> None:
    found, _ = settled(entry(history=(made(),)), CREATED, spec_of(create()))
    assert steps(found) == [(1, "create", "orders")]
    assert rows(found) == [(1, "create", "create", None)]
    assert found.steps[0].where == "shop.py, line 10"
    assert found.steps[0].at == found.steps[-1].at != ""


def test_a_change_in_place_has_a_row_of_its_own() -> None:
    first = settled(entry(history=(made(),)), CREATED, spec_of(create()))[0]
    found, _ = settled(first, IN_PLACE, spec_of(create(), add_global(2)))
    assert rows(found) == [(1, "create", "create", None), (2, "in place", "add_index", None)]
    assert found.history[1].why == IN_PLACE.headline
    assert steps(found)[1] == (2, "add_index", "orders")


WHOLE = (create(), add_local(2), convert(3), delete_table(4))


def test_on_a_new_stack_every_step_is_in_the_one_table() -> None:
    known = entry(served=3, versions=(version(3),), history=(made(3),))
    found, _ = settled(known, replace(CREATED, becomes=3), spec_of(*WHOLE))
    assert steps(found) == [
        (1, "create", "orders_V3"),
        (2, "add_index", "orders_V3"),
        (3, "convert", "orders_V3"),
        (4, "delete_table", "orders"),
    ]
    assert rows(found) == [
        (1, "in version 3", "create", None),
        (2, "in version 3", "add_index", None),
        (3, "create", "convert", None),
        (4, "retire", "delete_table", None),
    ]


def test_several_steps_in_one_successor_stand_before_its_row() -> None:
    before = AppliedStep(1, "create", "f", AT, "orders")
    known = grown(
        served=3,
        versions=(version(1), version(3)),
        feeds=(fed(3, source=1),),
        history=(made(operation="create"), made(3, route="successor", source="orders", cut_over="hand-over")),
        steps=(before,),
    )
    found, _ = settled(known, SUCCEEDED, spec_of(*WHOLE))
    assert steps(found) == [(1, "create", "orders"), (2, "add_index", "orders_V3"), (3, "convert", "orders_V3")]
    assert rows(found) == [
        (1, "create", "create", None),
        (2, "in version 3", "add_index", "orders"),
        (3, "successor", "convert", "orders"),
    ]


def test_nothing_of_the_description_is_done_while_a_version_is_held() -> None:
    spec = spec_of(create(), add_local(2), serve=1)
    assert settled(entry(), replace(NOTHING, complete=False), spec)[0].steps == ()


def test_the_end_of_a_version_is_done_when_its_table_is_no_version_any_more() -> None:
    spec = spec_of(create(), add_local(2), delete_table(3))
    waiting, _ = settled(grown(), NOTHING, spec)
    assert [step.version for step in waiting.steps] == [1, 2]
    found, _ = settled(replace(waiting, versions=(version(2),)), Plan(Route.RETIRE, "retire"), spec)
    assert steps(found)[-1] == (3, "delete_table", "orders")
    assert found.history[-1].operation == "delete_table"


def test_it_is_done_even_where_the_rest_is_held() -> None:
    spec = spec_of(create(), add_local(2), delete_table(3), add_local(4, "by_x", "x"), serve=2)
    known = grown(versions=(version(2),))
    found, _ = settled(known, replace(NOTHING, complete=False), spec)
    assert steps(found) == [(3, "delete_table", "orders")]


def test_the_row_that_its_end_wrote_is_named_and_not_told_twice() -> None:
    spec = spec_of(create(), add_local(2), delete_table(3))
    ended = HistoryRow(3, "orders", "retire", AT, finished_at=AT, backup="arn:backup")
    known = grown(versions=(version(2),), history=(made(), made(2, route="successor"), ended))
    found, _ = settled(known, Plan(Route.RETIRE, "retire"), spec)
    assert [(row.version, row.operation, row.backup) for row in found.history if row.version == 3] == [
        (3, "delete_table", "arn:backup")
    ]


def test_the_row_of_an_abandoned_attempt_is_not_taken_for_the_steps() -> None:
    given_up = made(2, route="abandoned")
    known = grown(history=(made(operation="create"), given_up, made(2, route="successor")))
    known = replace(known, steps=(AppliedStep(1, "create", "f", AT, "orders"),))
    found, _ = settled(known, SUCCEEDED, spec_of(create(), add_local(2)))
    assert rows(found)[1:] == [(2, "abandoned", None, None), (2, "successor", "add_index", None)]


@pytest.mark.parametrize("plan", [NOTHING, SUCCEEDED, IN_PLACE, CREATED])
def test_settling_twice_adds_nothing(plan: Plan) -> None:
    script = script_of(spec_of(*WHOLE))
    once = with_steps(grown(), script, plan, at=AT)
    assert with_steps(once, script, plan, at="later") == once
