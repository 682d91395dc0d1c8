"""Taking over from the older library: what it applied is applied, its newest table served, its helpers kept for now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import Entry, OlderFeed, Version
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.model.spec import Script, Spec
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.situation import RetireSight, Situation, TakeOver
from pulumi_dynamo_migrator.steps.take_over import TakeOverOlder, taken_over
from tests.fakes.fencing import FencedWorld
from tests.fakes.plans import IDENTITY, NOW, OLDER, entry, sight, table, version
from tests.fakes.scripts import add_local, convert, create, delete_table, spec_of

APPLIED = spec_of(create(), add_local(2))
VERSIONS = (version(1, ours=False), version(2, ours=False))
TABLES = (table(spec_of(create()).structure), table(APPLIED.structure, name="orders_V2"))
LEFT = TakeOver(VERSIONS, (OLDER,), TABLES)


def seen(left: TakeOver = LEFT, *sights: RetireSight, **more: Any) -> Situation:
    return Situation(IDENTITY, left=left, retiring=sights, now=NOW, **more)


def names(plan: Plan) -> list[str]:
    return [type(step).__name__ for step in plan.steps]


def refusal(spec: Spec, left: TakeOver = LEFT) -> str:
    plan = make_plan(spec, seen(left))
    assert (plan.route, plan.steps) == (Route.REFUSED, ())
    (reason,) = plan.refusals
    return reason


def test_the_newest_table_is_served_from_here_on_and_nothing_is_changed() -> None:
    plan = make_plan(APPLIED, seen())
    assert (plan.route, plan.served, plan.becomes, plan.again) == (Route.TAKE_OVER, None, 2, True)
    assert names(plan) == ["TakeOverOlder"]
    assert (plan.makes, plan.removes) == ((), ())
    assert plan.headline == "take over from the older library: table orders_V2 as version 2; nothing is changed"


def test_what_another_resource_has_taken_over_already_is_not_taken_twice() -> None:
    """Guards one stack's tables against another stack of the same script: its delete_table would end them."""
    plan = make_plan(APPLIED, seen(held_by="urn:other"))
    assert (plan.route, plan.steps) == (Route.REFUSED, ())
    assert plan.refusals[0].startswith(
        "the older library has applied version 2, but it is a version of the resource urn:other already"
    )


def test_what_it_left_is_named() -> None:
    why = "\n".join(make_plan(APPLIED, seen()).why)
    assert "has applied version 1 (orders), version 2 (orders_V2)" in why
    assert "kept until version 1 is retired" in why
    assert "functions copies, mappings m-older, roles copies-role, policies arn:copies-policy" in why


def test_the_script_goes_on_from_there() -> None:
    plan = make_plan(spec_of(create(), add_local(2), convert(3)), seen())
    assert plan.route is Route.SUCCESSOR
    assert names(plan)[:2] == ["TakeOverOlder", "Begin"]
    assert (plan.served, plan.becomes) == (None, 3)
    assert "; then successor orders_V3" in plan.headline


def test_the_end_of_its_first_table_waits_for_evidence() -> None:
    spec = spec_of(create(), add_local(2), delete_table(3))
    plan = make_plan(spec, seen(LEFT, sight(1, last_write=None, watched_since=NOW)))
    assert names(plan) == ["TakeOverOlder"]
    assert [one.table for one in plan.pending] == ["orders"]


def test_what_follows_is_refused_with_it() -> None:
    plan = make_plan(spec_of(create(), add_local(2), convert(3)), seen(in_the_way=table(name="orders_V3")))
    assert plan.route is Route.REFUSED
    assert "orders_V3 is taken" in plan.refusals[0]


@pytest.mark.parametrize(
    ("spec", "left", "words"),
    [
        (spec_of(create()), LEFT, ["has applied version 2 (table orders_V2)", "this script does not have"]),
        (APPLIED, replace(LEFT, tables=(TABLES[0], None)), ["whose table orders_V2 does not exist"]),
        (
            APPLIED,
            replace(LEFT, tables=(TABLES[0], table(spec_of(create()).structure, name="orders_V2"))),
            ["version 2 (shop.py, line 20)", "differs from the script", "by_city"],
        ),
    ],
)
def test_what_does_not_fit_the_script_is_refused(spec: Spec, left: TakeOver, words: list[str]) -> None:
    reason = refusal(spec, left)
    assert all(word in reason for word in words), reason


def test_once_a_table_is_ours_nothing_is_taken_over_any_more() -> None:
    half = entry(served=None, phase=Phase.NEW, versions=(version(2),))
    assert make_plan(APPLIED, replace(seen(), entry=half)).route is Route.CREATE


def script_of(spec: Spec) -> Script:
    assert spec.script is not None
    return spec.script


STEP = TakeOverOlder(script_of(APPLIED), VERSIONS, (OLDER,), "orders")


def nothing_yet() -> Entry:
    return entry(served=None, phase=Phase.NEW, versions=())


def test_the_ledger_says_what_the_older_library_did() -> None:
    found = taken_over(nothing_yet(), STEP, at="now")
    assert (found.served, found.base_name, found.versions, found.older) == (2, "orders", VERSIONS, (OLDER,))
    assert [(one.version, one.operation, one.table, one.by) for one in found.steps] == [
        (1, "create", "orders", "dynamodb-migrator"),
        (2, "add_index", "orders_V2", "dynamodb-migrator"),
    ]
    assert [(row.version, row.route, row.source, row.operation) for row in found.history] == [
        (1, "taken over", None, "create"),
        (2, "taken over", "orders", "add_index"),
    ]


def test_a_version_whose_table_is_gone_is_told_and_not_kept() -> None:
    gone = replace(STEP, versions=(Version(1, "orders", ours=False), VERSIONS[1]))
    found = taken_over(nothing_yet(), gone, at="now")
    assert [one.number for one in found.versions] == [2]
    assert [row.table for row in found.history] == ["orders", "orders_V2"]
    assert [step.version for step in found.steps] == [1, 2]


def test_after_it_the_script_plans_nothing() -> None:
    known = taken_over(nothing_yet(), STEP, at="now")
    plan = make_plan(APPLIED, Situation(IDENTITY, known, served=TABLES[1], began=2, now=NOW))
    assert plan.empty


def test_it_writes_the_ledger_once_and_touches_nothing() -> None:
    world = FencedWorld(nothing_yet(), *TABLES)
    STEP.apply(world.site())
    STEP.apply(world.site())
    assert world.did == ["ledger served 2"]
    assert world.books.stored.older == (OLDER,)
    assert world.books.claimed == set()


def test_a_table_that_changed_hands_in_between_is_not_taken_over() -> None:
    world = FencedWorld(nothing_yet(), TABLES[0], table(APPLIED.structure, name="orders_V2", table_id="another"))
    with pytest.raises(MigratorError, match="orders_V2 changed hands"):
        STEP.apply(world.site())
    assert world.did == []


def test_feeds_belong_to_the_version_that_they_read() -> None:
    three = replace(
        STEP,
        script=script_of(spec_of(create(), add_local(2), add_local(3, "by_x", "x"))),
        versions=(*VERSIONS, version(3, ours=False)),
        feeds=(OLDER, OlderFeed(2, 3, functions=("copies-on",))),
    )
    found = taken_over(nothing_yet(), three, at="now")
    assert [row.source for row in found.history] == [None, "orders", "orders_V2"]
