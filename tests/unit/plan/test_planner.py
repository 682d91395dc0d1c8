"""Every route, from what is asked and what is seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.model.history import Version
from pulumi_dynamo_migrator.model.names import TAG_TABLE
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.model.spec import GlobalIndex, Options, Settings, Spec, Stream, Ttl
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.situation import Sample, Situation
from tests.fakes.plans import (
    ELSEWHERE,
    IDENTITY,
    INDEXED,
    NEW,
    OLD,
    SEEN,
    applied,
    asks,
    begun,
    conversion,
    entry,
    situation,
    table,
)

FRESH = Situation(IDENTITY)
STRANGER = replace(table(), settings=replace(SEEN, tags=()), table_id="another")


def names(plan: Plan) -> list[str]:
    """The kinds of a plan's steps, in order."""
    return [type(step).__name__ for step in plan.steps]


def refusal(spec: Spec, seen: Situation) -> str:
    """The one reason why the plan is refused; nothing would be done."""
    plan = make_plan(spec, seen)
    assert plan.route is Route.REFUSED
    assert plan.steps == ()
    (reason,) = plan.refusals
    return reason


def test_a_bad_description_is_refused_before_anything_else() -> None:
    assert "declared but no key" in refusal(asks(replace(OLD, attributes=(("id", "S"), ("x", "S")))), situation())


def test_a_first_plan_creates_the_table_under_a_drawn_name() -> None:
    plan = make_plan(asks(), FRESH)
    assert (plan.route, plan.served, plan.becomes) == (Route.CREATE, None, 1)
    assert plan.headline == "create table orders-xxxxxxx (key id S)"
    assert names(plan) == ["CreateTable"]
    assert plan.makes == ("table orders-xxxxxxx",)


def test_what_create_table_does_not_take_is_set_after_it() -> None:
    plan = make_plan(asks(settings=Settings(ttl=Ttl(True, "expires"))), FRESH)
    assert names(plan) == ["CreateTable", "ChangeSetting"]


def test_a_creation_that_was_cut_keeps_its_name() -> None:
    half = entry(served=None, phase=Phase.NEW, versions=(Version(1, "orders-1234567"),), base_name="orders-1234567")
    plan = make_plan(asks(), Situation(IDENTITY, half, found=table(name="orders-1234567")))
    assert plan.route is Route.CREATE
    assert plan.makes == ("table orders-1234567",)


def test_a_strangers_table_under_the_first_name_is_refused() -> None:
    found = refusal(asks(name="orders"), replace(FRESH, found=STRANGER))
    assert "a table named orders exists already" in found
    assert "adopt='orders'" in found


def test_an_adoption_changes_nothing() -> None:
    plan = make_plan(asks(adopt="orders"), replace(FRESH, found=STRANGER))
    assert (plan.route, plan.makes, plan.becomes) == (Route.ADOPT, (), 1)
    assert names(plan) == ["Adopt"]


@pytest.mark.parametrize(
    ("spec", "found", "words"),
    [
        (asks(adopt="orders"), None, ["there is no such table", "correct the name, or the region"]),
        (asks(NEW, adopt="orders"), STRANGER, ["hash_key id → country", "Describe it first as it is (key id S)"]),
        (asks(adopt="orders", settings=Settings(deletion_protection=True)), STRANGER, ["deletion_protection differ"]),
        (asks(adopt="orders", conversions=(conversion(2),)), STRANGER, ["add the conversions in the next"]),
        (asks(adopt="orders"), replace(STRANGER, replicas=2), ["global table"]),
    ],
)
def test_an_adoption_that_would_change_something_is_refused(spec: Spec, found: object, words: list[str]) -> None:
    reason = refusal(spec, replace(FRESH, found=found))  # type: ignore[arg-type]
    assert all(word in reason for word in words), reason


def test_a_table_that_another_resource_has_already_is_not_adopted() -> None:
    """Tables that were adopted carry no tag of ours: the ledger tells whose they are."""
    plan = make_plan(asks(adopt="orders"), replace(FRESH, found=STRANGER, held_by="urn:other"))
    assert plan.route is Route.REFUSED
    assert "adopt = 'orders': it is a version of the resource urn:other already" in plan.refusals[0]


def test_a_table_adopts_only_once() -> None:
    assert "only the first step" in refusal(asks(adopt="other"), situation())


def test_an_adopted_table_goes_on_as_version_1() -> None:
    adopted = entry(versions=(Version(1, "orders", table_id="another", ours=False),))
    plan = make_plan(asks(NEW, adopt="orders"), situation(STRANGER, adopted))
    assert (plan.route, plan.becomes) == (Route.SUCCESSOR, 2)


def test_the_same_program_plans_nothing() -> None:
    plan = make_plan(asks(), situation())
    assert plan.empty
    assert plan.steps == ()


def test_settings_and_global_indexes_change_in_place() -> None:
    wide = replace(OLD, attributes=(("at", "N"), ("id", "S")), global_indexes=(GlobalIndex("by_at", ("at",)),))
    plan = make_plan(asks(wide, settings=Settings(deletion_protection=True)), situation())
    assert (plan.route, plan.served, plan.becomes) == (Route.IN_PLACE, 1, 1)
    assert names(plan) == ["ChangeSetting", "CreateGlobalIndex"]
    assert any("by_at" in hazard.what for hazard in plan.hazards)


def test_a_reshaped_global_index_goes_before_it_comes() -> None:
    def wide(*ranges: str) -> Spec:
        index = GlobalIndex("by_at", ("at",), ranges)
        return asks(replace(OLD, attributes=(("at", "N"), ("id", "S")), global_indexes=(index,)))

    plan = make_plan(wide("id"), situation(table(wide().structure)))
    assert names(plan) == ["DeleteGlobalIndex", "CreateGlobalIndex"]


def test_a_setting_taken_out_goes_back_to_the_default() -> None:
    seen = situation(table(settings=replace(SEEN, ttl=Ttl(True, "t"))), stated_before=frozenset({"ttl"}))
    assert names(make_plan(asks(), seen)) == ["ChangeSetting"]


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (asks(NEW), "hash_key id → country"),
        (asks(replace(OLD, attributes=(("id", "B"),))), "type of id: S → B"),
        (asks(conversions=(conversion(2),)), "conversion 2"),
        (asks(conversions=(conversion(2), conversion(3))), "conversions 2, 3, composed"),
        (asks(name="customers"), "base name orders → customers"),
    ],
)
def test_what_dynamodb_fixes_needs_a_successor_and_says_why(spec: Spec, why: str) -> None:
    plan = make_plan(spec, situation())
    assert plan.route is Route.SUCCESSOR
    assert why in plan.why
    assert names(plan) == [
        "Begin",
        "EnableStream",
        "CreateSuccessor",
        "CreateReplicator",
        "Backfill",
        "Close",
        "Verify",
        "HandOver",
        "Finish",
    ]


def test_a_local_index_needs_a_successor() -> None:
    plan = make_plan(asks(INDEXED), situation(table(NEW)))
    assert (plan.route, plan.why) == (Route.SUCCESSOR, ("local index by_at added",))


def test_every_object_is_named_before_it_is_made() -> None:
    plan = make_plan(asks(NEW), situation())
    record = begun(plan)
    assert plan.makes == (
        "table orders_V2",
        f"Lambda function {record.objects.function}",
        f"event source mapping orders → {record.objects.function}",
        f"IAM role {record.objects.role}",
        "stream on orders (NEW_AND_OLD_IMAGES)",
    )


def test_a_role_of_the_users_and_a_stream_that_is_on_are_not_made() -> None:
    seen = situation(table(settings=replace(SEEN, stream=Stream(True, "NEW_AND_OLD_IMAGES"))))
    plan = make_plan(asks(NEW, options=Options(role="mine")), seen)
    assert len(plan.makes) == 3
    assert not begun(plan).objects.role_is_ours


def test_a_successor_is_numbered_by_its_conversion_where_that_is_higher() -> None:
    plan = make_plan(asks(conversions=(conversion(7),)), situation())
    assert (plan.becomes, plan.makes[0]) == (7, "table orders_V7")


def test_a_renamed_base_names_the_successor_and_not_the_source() -> None:
    plan = make_plan(asks(name="customers"), situation())
    assert plan.makes[0] == "table customers_V2"
    assert begun(plan).base_name == "customers"


def test_another_attempt_has_names_of_its_own() -> None:
    first = begun(make_plan(asks(NEW), situation()))
    second = begun(make_plan(asks(NEW), situation(known=entry(attempts=1))))
    assert first.id != second.id
    assert first.objects.function != second.objects.function


def test_items_that_may_meet_are_copied_verified_and_held() -> None:
    plan = make_plan(asks(ELSEWHERE), situation())
    assert names(plan)[-2:] == ["Verify", "Hold"]
    assert (plan.served, plan.becomes) == (1, 1)
    assert "distinct_keys=True" in begun(plan).hold


def test_a_sample_whose_keys_are_not_kept_makes_them_meet() -> None:
    spec = asks(conversions=(conversion(2),))
    assert names(make_plan(spec, situation(sample=Sample(5, keys_kept=False))))[-1] == "Hold"


@pytest.mark.parametrize(
    ("spec", "seen", "words"),
    [
        (asks(NEW), situation(in_the_way=table(name="orders_V2")), ["orders_V2 is taken", "name="]),
        (
            asks(NEW),
            situation(table(settings=replace(SEEN, stream=Stream(True, "KEYS_ONLY")))),
            ["KEYS_ONLY", "switch that stream off"],
        ),
        (asks(NEW), situation(table(replicas=2)), ["2 replicas", "remove the replicas"]),
        (asks(NEW), situation(sample=Sample(1, unsteady="two results for one item")), ["two results"]),
        (
            asks(NEW),
            situation(sample=Sample(2, problems=("a: no x", "b: no x"))),
            ["none of 2 sampled items", "a: no x"],
        ),
        (asks(replace(OLD, attributes=(("id", "N"),))), situation(), ["'id'", "from S to N", "add a conversion"]),
    ],
)
def test_a_successor_that_cannot_be_is_refused(spec: Spec, seen: Situation, words: list[str]) -> None:
    reason = refusal(spec, seen)
    assert all(word in reason for word in words), reason


def test_an_edited_conversion_is_refused() -> None:
    known = entry(applied=(applied(conversion(2)),))
    assert "has been edited since" in refusal(asks(conversions=(conversion(2, "return None"),)), situation(known=known))


def test_a_removed_conversion_is_refused() -> None:
    known = entry(applied=(applied(conversion(2)),))
    assert "no longer in the list" in refusal(asks(), situation(known=known))


def test_a_lost_table_is_not_replaced_by_an_empty_one() -> None:
    reason = refusal(asks(), replace(situation(), served=None))
    assert "the table orders, version 1, is gone" in reason
    assert "adopt=" in reason


def test_a_table_made_again_by_a_stranger_is_not_touched() -> None:
    reason = refusal(asks(NEW), situation(table(table_id="another")))
    assert "its TableId is another, not id-of-orders" in reason


def test_a_destroy_that_was_cut_is_to_be_ended_first() -> None:
    assert "run `pulumi destroy` again" in refusal(asks(), situation(known=entry(phase=Phase.DESTROYING)))


def test_our_own_tag_makes_a_found_table_ours() -> None:
    tagged = table(settings=replace(SEEN, tags=((TAG_TABLE, IDENTITY.entry_id),)))
    assert make_plan(asks(name="orders"), replace(FRESH, found=tagged)).route is Route.CREATE
