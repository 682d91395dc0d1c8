"""`serve=`: a version held, let go, gone back to, or refused; and a way back that was cut."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.model.history import HistoryRow, Retirement, RetireStage
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.spec import Options, Retire, Settings, Spec
from pulumi_dynamo_migrator.plan.left import gone_back_from, leads_to_left, left_behind
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.situation import Situation
from pulumi_dynamo_migrator.steps.go_back import GoBack, Thaw
from tests.fakes.plans import (
    INDEXED,
    NEW,
    NOW,
    OLD,
    applied,
    asks,
    begun,
    conversion,
    fed,
    grown,
    later,
    situation,
    table,
    under_way,
    version,
)
from tests.fakes.scripts import convert, create, delete_table, spec_of

LOSS = Options(accept_loss=True)


def names(plan: Plan) -> list[str]:
    return [type(step).__name__ for step in plan.steps]


def refusal(spec: Spec, seen: Situation) -> str:
    plan = make_plan(spec, seen)
    assert (plan.route, plan.steps) == (Route.REFUSED, ())
    (reason,) = plan.refusals
    return reason


@pytest.mark.parametrize("serve", [None, 2])
def test_the_version_that_is_served_may_be_named(serve: int | None) -> None:
    assert make_plan(asks(NEW, serve=serve), later(grown())).empty


def test_a_cut_over_is_held_where_the_served_version_is_pinned() -> None:
    plan = make_plan(asks(NEW, serve=1), situation())
    assert (plan.route, plan.becomes, plan.complete) == (Route.SUCCESSOR, 1, False)
    assert names(plan)[-2:] == ["Verify", "Hold"]
    assert begun(plan).hold.startswith("serve=1 pins version 1: orders_V2 is copied, verified and kept in step.")
    assert "say serve=2, to cut over" in begun(plan).hold


def test_the_successor_may_be_named_before_it_is_there() -> None:
    plan = make_plan(asks(NEW, serve=2), situation())
    assert (plan.becomes, names(plan)[-1]) == (2, "Finish")


def held(stage: Stage = Stage.VERIFIED) -> Situation:
    known = under_way(make_plan(asks(NEW, serve=1), situation()), stage, phase=Phase.HELD)
    return situation(known=known)


def test_a_pinned_version_stays_held_and_nothing_is_done() -> None:
    plan = make_plan(asks(NEW, serve=1), held())
    assert (plan.empty, plan.complete) == (True, False)
    assert plan.headline.startswith("held: serve=1 pins version 1")


@pytest.mark.parametrize("serve", [None, 2])
def test_let_go_it_is_verified_again_and_cut_over(serve: int | None) -> None:
    plan = make_plan(asks(NEW, serve=serve), held())
    assert (plan.route, plan.becomes) == (Route.RESUME, 2)
    assert names(plan) == ["Verify", "HandOver", "Finish"]
    assert plan.headline == "cut over to orders_V2, which was held"


def test_a_pin_that_comes_while_it_is_copied_holds_it() -> None:
    known = under_way(make_plan(asks(NEW), situation()), Stage.COPYING)
    plan = make_plan(asks(NEW, serve=1), situation(known=known))
    assert (names(plan)[-1], plan.becomes, plan.complete) == ("Hold", 1, False)


@pytest.mark.parametrize("stage", [Stage.LATE, Stage.FLIPPED])
@pytest.mark.parametrize(
    "spec", [asks(NEW, serve=2), asks(NEW), asks(NEW, serve=2, options=Options(fence=True))], ids=["2", "-", "fence"]
)
def test_what_is_served_already_is_finished_whoever_is_pinned(stage: Stage, spec: Spec) -> None:
    """Guards against a plan without steps that is made again for ever."""
    known = replace(under_way(make_plan(asks(NEW), situation()), stage), served=2)
    plan = make_plan(spec, situation(table(NEW, name="orders_V2"), known))
    assert names(plan) == (["Finish"] if stage is Stage.LATE else ["Freeze", "Finish"])
    assert stage is Stage.LATE or plan.steps[0].describe().startswith("leave writes to orders denied")
    assert (plan.becomes, plan.complete) == (2, True)


@pytest.mark.parametrize("serve", [7, 4])
def test_a_version_that_never_was_is_refused(serve: int) -> None:
    reason = refusal(asks(NEW, serve=serve), later(grown()))
    assert f"serve={serve}: there is no such version to serve; version 2 is served, and there are 1, 2" in reason


def test_going_back_is_refused_with_the_count_of_what_would_be_left_behind() -> None:
    reason = refusal(asks(NEW, serve=1), later(grown(), written=1234.0))
    assert "does not flow back to orders" in reason
    assert "orders_V2 has consumed 1,234 write units since 2027-01-10 08:00:00 UTC" in reason
    assert "Migration(accept_loss=True)" in reason


def test_it_says_so_where_the_count_is_not_known() -> None:
    assert "is not known (CloudWatch has no figure)" in refusal(asks(NEW, serve=1), later(grown()))
    unknown = grown(feeds=(fed(2, flipped_at=None),))
    assert "how much was written to orders_V2 is not known" in refusal(asks(NEW, serve=1), later(unknown))


def test_one_goes_back_where_loss_is_accepted() -> None:
    plan = make_plan(asks(NEW, serve=1, options=LOSS), later(grown(), written=5.0))
    assert (plan.route, plan.served, plan.becomes, plan.again) == (Route.SERVE, 2, 1, True)
    assert plan.steps == (GoBack("orders_V2", "orders", 1), Thaw("orders"))
    assert plan.removes == ("function replicates-2 with its mapping and role",)
    assert plan.headline.startswith("serve version 1 (orders) again; version 2 (orders_V2) is frozen")
    assert any("5 write units" in hazard.what for hazard in plan.hazards)
    assert any("writes to orders_V2 are denied" in hazard.what for hazard in plan.hazards)


def test_after_a_fenced_cut_over_there_is_no_replicator_left_to_remove() -> None:
    known = grown(versions=(version(1, frozen=True), version(2)), feeds=(fed(2, ended_at="x"),))
    assert make_plan(asks(NEW, serve=1, options=LOSS), later(known)).removes == ()


def test_one_goes_back_one_version_at_a_time() -> None:
    reason = refusal(asks(NEW, serve=1, options=LOSS), later(grown(3)))
    assert "the one before version 3 is 2. Say serve=2" in reason


def test_where_nobody_knows_what_was_before_there_is_no_way_back() -> None:
    assert "is none" in refusal(asks(NEW, serve=1, options=LOSS), later(grown(feeds=())))


def test_one_does_not_go_back_to_a_version_whose_end_has_begun() -> None:
    """Guards against a version that is served and ending at once."""
    ending = Retirement(1, RetireStage.DISCONNECTED, "2027-01-15T07:00:00Z")
    known = grown(retirement=ending, versions=(version(1, frozen=True), version(2)), feeds=(fed(2, ended_at="x"),))
    reason = refusal(asks(NEW, serve=1, options=LOSS), later(known))
    assert "the end of version 1 (table orders) has begun" in reason
    begun_only = replace(ending, stage=RetireStage.FENCED)
    assert make_plan(asks(NEW, serve=1, options=LOSS), later(grown(retirement=begun_only))).route is Route.SERVE


def test_one_does_not_go_back_in_the_middle_of_a_migration() -> None:
    plan = make_plan(asks(INDEXED), later(grown()))
    record = replace(begun(plan), stage=Stage.COPYING)
    known = grown(migration=record, versions=(*grown().versions, version(3)), phase=Phase.MIGRATING)
    reason = refusal(asks(INDEXED, serve=1, options=LOSS), later(known))
    assert "a migration to version 3 is under way" in reason


BACK = grown(served=1, versions=(version(1), version(2, frozen=True)), feeds=(fed(2, ended_at="x"),))
"""One has gone back from version 2."""


def test_pinned_to_the_older_one_no_successor_is_begun() -> None:
    plan = make_plan(asks(NEW, serve=1, options=LOSS), later(BACK))
    assert (plan.empty, plan.complete) == (True, False)
    assert "version 1 is served again (serve=1)" in plan.headline


def test_its_settings_are_kept_up() -> None:
    spec = asks(NEW, serve=1, options=LOSS, settings=Settings(deletion_protection=True))
    plan = make_plan(spec, later(BACK))
    assert (plan.route, names(plan), plan.complete) == (Route.IN_PLACE, ["ChangeSetting"], False)


def test_forward_again_is_a_new_successor() -> None:
    plan = make_plan(asks(NEW), later(BACK))
    assert (plan.route, plan.served, plan.becomes) == (Route.SUCCESSOR, 1, 3)
    assert plan.makes[0] == "table orders_V3"


def test_the_number_of_a_version_that_was_left_and_has_ended_is_not_used_again() -> None:
    """Guards `retire=[2]`, which is still in the program, against meaning another version."""
    ended = HistoryRow(2, "orders_V2", "successor", "then", retired_at="now")
    plan = make_plan(asks(NEW, retire=(Retire(2),)), later(replace(BACK, versions=(version(1),), history=(ended,))))
    assert (plan.route, plan.becomes, plan.pending) == (Route.SUCCESSOR, 3, ())


def test_the_version_that_was_left_is_never_served_again() -> None:
    reason = refusal(asks(NEW, serve=2), later(BACK))
    assert "version 2 (table orders_V2) was left when version 1 was served again" in reason
    assert "Take serve= out" in reason


def test_a_conversion_that_was_left_behind_is_applied_anew() -> None:
    known = replace(BACK, applied=())
    plan = make_plan(asks(OLD, conversions=(conversion(2),)), later(known))
    assert (plan.route, plan.becomes, plan.why) == (Route.SUCCESSOR, 3, ("conversion 2",))
    assert make_plan(asks(OLD, conversions=(conversion(2),)), later(grown(applied=(applied(conversion(2)),)))).steps


@pytest.mark.parametrize("spec", [asks(NEW, serve=1, options=LOSS), asks(NEW), asks(NEW, serve=2), asks(OLD)])
@pytest.mark.parametrize(
    "known",
    [
        replace(BACK, feeds=(fed(2),)),
        replace(BACK, versions=(version(1, frozen=True), version(2, frozen=True))),
    ],
    ids=["its replicator runs", "it is frozen"],
)
def test_a_way_back_that_was_cut_is_finished_first_whatever_is_asked(spec: Spec, known: object) -> None:
    plan = make_plan(spec, later(known))  # type: ignore[arg-type]
    assert (plan.route, plan.steps, plan.again) == (Route.RESUME, (Thaw("orders"),), True)
    assert plan.headline == "finish going back to version 1 (orders)"


def test_versions_that_were_left_are_known() -> None:
    twice = grown(3, served=1, versions=(version(1), version(2, frozen=True), version(3, frozen=True)))
    assert [one.number for one in left_behind(twice)] == [2, 3]
    assert gone_back_from(twice) == version(3, frozen=True)
    assert [leads_to_left(feed, twice) for feed in (fed(2), fed(3), fed(3, ended_at="x"))] == [True, True, False]
    assert gone_back_from(grown(versions=(version(1, frozen=True), version(2)))) is None


@pytest.mark.parametrize("how", [Retire(1), Retire(table="orders")])
def test_a_version_that_one_wants_back_and_ends_as_well_is_refused_before_one_goes_back(how: Retire) -> None:
    """It was refused after the flip: the table moved, and the `up` failed, and every one after it."""
    reason = refusal(asks(NEW, serve=1, options=LOSS, retire=(how,)), later(grown()))
    assert reason == ("serve=1: retire= asks version 1 (table orders) to end. Take it out there, or take serve= out.")


def test_one_goes_back_to_a_version_that_a_script_ends_and_the_end_waits() -> None:
    """A script cannot be without a step, so that this one must not stand in the way."""
    script = spec_of(create(), convert(2), delete_table(3))
    spec = replace(script, serve=1, options=LOSS)
    assert names(make_plan(spec, later(grown(applied=tuple(map(applied, spec.conversions)))))) == ["GoBack", "Thaw"]
    left = (version(1), version(2, frozen=True))
    plan = make_plan(spec, later(grown(served=1, versions=left, feeds=(fed(2, ended_at="x"),))))
    assert (plan.route, plan.complete, plan.steps) == (Route.NOTHING, False, ())
    (waiting,) = plan.pending
    assert (waiting.table, waiting.why, waiting.not_before) == ("orders", "it is served", NOW + 86_400.0)
