"""Old versions that are asked to end: which may, which may not yet, and which may not like this."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.model.history import AppliedStep, Entry, HistoryRow, Pending
from pulumi_dynamo_migrator.model.limits import DAY
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.spec import Options, Retire, Script, ScriptStep, Settings, Spec
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.retiring import ends_last
from pulumi_dynamo_migrator.plan.situation import RetireSight, Situation
from pulumi_dynamo_migrator.steps.retire import RetireVersion
from tests.fakes.plans import (
    ELSEWHERE,
    INDEXED,
    NEW,
    NOW,
    OLD,
    SEEN,
    asks,
    entry,
    fed,
    grown,
    later,
    sight,
    situation,
    table,
    under_way,
    version,
)


def ends(*retire: Retire | int, **more: object) -> Spec:
    """A description that asks old versions to end."""
    named = tuple(Retire(one) if isinstance(one, int) else one for one in retire)
    return replace(asks(NEW), retire=named, **more)  # type: ignore[arg-type]


def retired(plan: Plan) -> list[int]:
    """The versions that a plan ends, in order."""
    return [step.number for step in plan.steps if isinstance(step, RetireVersion)]


def refusals(spec: Spec, seen: Situation) -> tuple[str, ...]:
    plan = make_plan(spec, seen)
    assert (plan.route, plan.steps, plan.pending) == (Route.REFUSED, (), ())
    return plan.refusals


def waits(spec: Spec, seen: Situation) -> Pending:
    """The one version that may not end yet; nothing is done."""
    plan = make_plan(spec, seen)
    assert (plan.route, plan.steps) == (Route.NOTHING, ())
    (found,) = plan.pending
    return found


def test_a_version_that_may_end_ends() -> None:
    plan = make_plan(ends(1), later(grown(), sight(1)))
    assert (plan.route, plan.served, plan.becomes, plan.pending) == (Route.RETIRE, 2, 2, ())
    assert plan.headline == "retire version 1 (table orders)"
    assert plan.why == ("version 1 (table orders) is asked to end; nothing was written to it for 24 h",)
    assert plan.removes == ("table orders", "function replicates-2 with its mapping and role")
    (step,) = plan.steps
    assert step == RetireVersion(1, "orders", Retire(1), ("function replicates-2 with its mapping and role",))
    (hazard,) = plan.hazards
    assert "about 28,000 items; its backup stays" in hazard.what


def test_it_is_named_by_its_table_too() -> None:
    assert retired(make_plan(ends(Retire(table="orders")), later(grown(), sight(1)))) == [1]


def test_a_version_that_ended_before_is_not_asked_again() -> None:
    rows = (HistoryRow(1, "orders", "create", "2027-01-01T00:00:00Z", retired_at="2027-01-11T00:00:00Z"),)
    known = grown(versions=(version(2),), feeds=(fed(2, ended_at="x"),), history=rows)
    assert make_plan(ends(1, Retire(table="orders")), later(known)).empty


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (Retire(7), "there is no version 7; the versions are 1 (orders), 2 (orders_V2)"),
        (Retire(table="nowhere"), "there is no table nowhere"),
    ],
)
def test_what_never_was_is_refused(how: Retire, words: str) -> None:
    (reason,) = refusals(ends(how), later(grown()))
    assert words in reason


def test_what_a_script_passed_over_is_not_missed() -> None:
    """Guards a script whose conversions were composed, or whose `up` was killed between its table and its settling."""
    plan = make_plan(ends(Retire(table="orders_V7", step=8)), later(grown()))
    assert plan.empty


def test_a_step_of_a_script_that_is_done_does_not_ask_again() -> None:
    done = AppliedStep(3, "delete_table", "f", "2027-01-11T00:00:00Z", "orders")
    plan = make_plan(ends(Retire(table="orders", step=3)), later(grown(steps=(done,))))
    assert plan.empty


def test_the_served_version_is_refused() -> None:
    (reason,) = refusals(ends(2), later(grown()))
    assert "version 2 (table orders_V2) is served" in reason


def test_the_served_version_waits_where_another_will_be() -> None:
    plan = make_plan(replace(ends(1), structure=NEW), situation(now=NOW, began=1))
    assert (plan.route, plan.becomes, retired(plan)) == (Route.SUCCESSOR, 2, [])
    assert plan.pending == (Pending(1, "orders", "it is served", NOW),)


def test_a_version_that_was_served_when_the_up_began_waits_for_the_next() -> None:
    how = Retire(1, evidence=0)
    found = waits(ends(how), later(grown(), sight(1), began=1))
    assert (found.why, found.not_before) == ("it was served when this `up` began", NOW)
    assert retired(make_plan(ends(how), later(grown(), sight(1)))) == [1]


def test_a_version_that_is_being_made_is_refused() -> None:
    known = under_way(make_plan(asks(NEW), situation()), Stage.COPYING, phase=Phase.HELD)
    spec = ends(2, options=Options(), serve=1)
    found = make_plan(spec, situation(known=replace(known, phase=Phase.HELD)))
    assert found.route is Route.REFUSED
    assert "version 2 (table orders_V2) is being made" in found.refusals[0]


def test_a_younger_version_does_not_go_before_an_older_one() -> None:
    (reason,) = refusals(ends(2), later(grown(3), sight(2)))
    assert "is not the oldest: version 1 (table orders) feeds what comes after it" in reason


def test_several_go_the_oldest_first_whatever_their_order() -> None:
    plan = make_plan(ends(2, 1), later(grown(3), sight(1), sight(2)))
    assert retired(plan) == [1, 2]
    assert plan.headline == "retire version 1 (table orders), version 2 (table orders_V2)"
    assert plan.removes[:3] == ("table orders", "function replicates-2 with its mapping and role", "table orders_V2")


def test_a_younger_one_waits_as_long_as_an_older_one_does() -> None:
    """Guards against an `up` that is due again each time although nothing may happen before tomorrow."""
    plan = make_plan(ends(1, 2), later(grown(3), sight(1, last_write=NOW - 60), sight(2)))
    assert retired(plan) == []
    first, second = plan.pending
    assert (second.version, second.why) == (2, "an older version has to go first")
    assert second.not_before == first.not_before == NOW - 60 + DAY


def test_a_version_that_one_has_gone_back_from_goes_before_an_older_one() -> None:
    known = grown(served=1, versions=(version(1), version(2, frozen=True)), feeds=(fed(2, ended_at="x"),))
    plan = make_plan(Spec(OLD, retire=(Retire(2),)), later(known, sight(2, removes=())))
    assert retired(plan) == [2]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (
            {"table": table(settings=replace(SEEN, deletion_protection=True))},
            ["has deletion protection", "--table-name orders --no-deletion-protection-enabled"],
        ),
        ({"failed": 3}, ["3 item(s)", "were never moved", "the only copy"]),
        ({"conflicts": 2}, ["2 late change(s)", "accept_conflicts=True"]),
        ({"gaps": 1}, ["1 batch(es)", "20 h or more", "accept_conflicts=True"]),
        ({"stopped": "its stream is off."}, ["may hold writes that did not go over: its stream is off."]),
    ],
)
def test_a_version_that_is_not_safe_to_end_is_refused(what: dict[str, object], words: list[str]) -> None:
    (reason,) = refusals(ends(1), later(grown(), replace(sight(1), **what)))  # type: ignore[arg-type]
    assert all(word in reason for word in words), reason


def test_every_reason_is_told_at_once() -> None:
    seen = later(grown(3), sight(1, failed=1, conflicts=1), sight(2, stopped="no."))
    assert len(refusals(ends(1, 2, 9), seen)) == 4


def test_conflicts_and_gaps_may_be_accepted() -> None:
    seen = later(grown(), sight(1, conflicts=2, gaps=1))
    assert retired(make_plan(ends(Retire(1, accept_conflicts=True)), seen)) == [1]


def test_a_refused_end_changes_nothing_else_either() -> None:
    spec = ends(1, settings=Settings(deletion_protection=True))
    assert "deletion protection" not in refusals(spec, later(grown(), sight(1, stopped="no.")))[0]


def test_a_table_that_is_gone_needs_no_evidence_and_leaves_its_helpers_to_be_removed() -> None:
    gone = RetireSight(1, removes=("function replicates-2 with its mapping and role",))
    plan = make_plan(ends(1), later(grown(), gone))
    assert retired(plan) == [1]
    assert plan.why == ("version 1 (table orders) is gone already: what was made for it is taken away",)
    assert plan.hazards == ()


WATCHED = {"last_write": None, "watched_since": NOW - 3600.0}


@pytest.mark.parametrize(
    ("seen", "how", "ready", "words"),
    [
        (sight(1, last_write=NOW - 60.4), Retire(1), NOW - 60.4 + DAY, "written to at 2027-01-15 07:58:59 UTC"),
        (sight(1, last_write=NOW - 5), Retire(1, evidence=20), NOW + 15, "must have seen no write for 20 s"),
        (sight(1, **WATCHED), Retire(1), NOW - 3600 + DAY, "it is watched since 2027-01-15 07:00:00 UTC"),
        (sight(1, **WATCHED), Retire(1, evidence=7200), NOW + 3600, "no write for 2 h"),
    ],
)
def test_evidence_is_waited_for(seen: RetireSight, how: Retire, ready: float, words: str) -> None:
    found = waits(ends(how), later(grown(), seen))
    assert words in found.why
    assert ready <= found.not_before < ready + 1
    assert found.not_before == int(found.not_before)


def test_evidence_is_there_to_the_second() -> None:
    seen = sight(1, last_write=NOW - 20)
    assert retired(make_plan(ends(Retire(1, evidence=20)), later(grown(), seen))) == [1]
    assert retired(make_plan(ends(Retire(1, evidence=21)), later(grown(), seen))) == []


def test_a_frozen_version_needs_no_evidence() -> None:
    known = grown(versions=(version(1, frozen=True), version(2)), feeds=(fed(2, ended_at="x"),))
    seen = sight(1, last_write=None, watched_since=None, removes=())
    plan = make_plan(ends(1), later(known, seen))
    assert retired(plan) == [1]
    assert plan.why == ("version 1 (table orders) is asked to end; writes to it are denied since the cut-over",)


def test_items_that_a_frozen_version_alone_holds_are_a_hazard() -> None:
    """It cannot be written to any more: mending them there is no way out."""
    known = grown(versions=(version(1, frozen=True), version(2)), feeds=(fed(2, ended_at="x"),))
    plan = make_plan(ends(1), later(known, sight(1, failed=3, removes=())))
    assert retired(plan) == [1]
    assert any("3 item(s)" in hazard.what and "they go with it" in hazard.what for hazard in plan.hazards)


@pytest.mark.parametrize(
    ("how", "seen", "known", "words"),
    [
        (Retire(1, backup=False), sight(1), grown(), "no backup is taken (backup=False)"),
        (
            Retire(1),
            sight(1),
            grown(versions=(version(1, ours=False), version(2))),
            "was there before this resource adopted it",
        ),
        (Retire(1), sight(1, readers=("mailer", "search")), grown(), "readers that we can see: mailer, search"),
    ],
)
def test_hazards_are_told(how: Retire, seen: RetireSight, known: Entry, words: str) -> None:
    assert any(words in hazard.what for hazard in make_plan(ends(how), later(known, seen)).hazards)


def test_the_end_comes_after_what_else_is_asked() -> None:
    spec = ends(1, settings=Settings(deletion_protection=True))
    plan = make_plan(spec, later(grown(), sight(1)))
    assert [type(step).__name__ for step in plan.steps] == ["ChangeSetting", "RetireVersion"]
    assert plan.route is Route.IN_PLACE
    assert plan.headline.endswith("; then retire version 1 (table orders)")
    assert len(plan.why) == 2


def test_an_older_version_ends_behind_a_migration_of_the_served_one() -> None:
    plan = make_plan(replace(ends(1), structure=INDEXED), later(grown(), sight(1)))
    assert (plan.route, plan.becomes) == (Route.SUCCESSOR, 3)
    assert [type(step).__name__ for step in plan.steps][-2:] == ["Finish", "RetireVersion"]


def test_a_migration_that_is_resumed_comes_first_and_alone() -> None:
    known = under_way(make_plan(asks(NEW), situation()), Stage.COPYING)
    plan = make_plan(ends(1), situation(known=known, now=NOW, began=1))
    assert (plan.route, plan.again, plan.pending, retired(plan)) == (Route.RESUME, True, (), [])


def test_a_refused_plan_stays_as_it_is() -> None:
    plan = make_plan(replace(ends(2), serve=1), later(grown(), sight(1)))
    assert plan.route is Route.REFUSED
    assert "does not flow back" in plan.refusals[0]
    assert plan.pending == ()


def test_where_a_version_is_held_the_served_one_waits_and_nobody_asks_again_every_time() -> None:
    known = under_way(make_plan(asks(ELSEWHERE), situation()), Stage.VERIFIED, phase=Phase.HELD)
    plan = make_plan(replace(asks(ELSEWHERE), retire=(Retire(1, evidence=0),)), situation(known=known, now=NOW))
    assert plan.empty
    (found,) = plan.pending
    assert found.why == "it is served"
    assert found.not_before == NOW + DAY


def test_a_script_ends_a_version_by_its_table() -> None:
    steps = (
        ScriptStep(1, "create", "f1", "s.py, line 1", NEW),
        ScriptStep(3, "delete_table", "f3", "s.py, line 9", NEW, table="orders"),
    )
    done = AppliedStep(1, "create", "f1", "2027-01-01T00:00:00Z", "orders")
    spec = ends(Retire(table="orders", step=3), script=Script(steps, 2), name="orders")
    assert retired(make_plan(spec, later(grown(steps=(done,)), sight(1)))) == [1]


def test_an_entry_that_serves_nothing_yet_ends_nothing() -> None:
    half = entry(served=None, phase=Phase.NEW, versions=(version(1),))
    assert make_plan(ends(1), Situation(situation().identity, half, now=NOW)).route is Route.CREATE


def test_what_ends_after_other_work_is_looked_at_again_when_that_is_done() -> None:
    """A copy takes hours, in which somebody may write to the version whose evidence was complete before it."""
    whole = make_plan(replace(asks(INDEXED), retire=(Retire(1),)), later(grown(), sight(1)))
    assert retired(whole) == [1]
    assert whole.headline.endswith("and hand over; then retire version 1 (table orders)")
    first = ends_last(whole, now=NOW + 0.5)
    assert (retired(first), first.steps) == ([], whole.steps[:-1])
    assert first.headline.endswith("and hand over")
    assert first.pending == (Pending(1, "orders", "what else is to be done comes first", NOW),)


def test_what_ends_alone_ends_at_once() -> None:
    alone = make_plan(ends(1), later(grown(), sight(1)))
    other = make_plan(asks(INDEXED), later(grown()))
    assert (ends_last(alone, now=NOW), ends_last(other, now=NOW)) == (alone, other)
