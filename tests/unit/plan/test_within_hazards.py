"""What a time for the copy costs is said with its price, and so is what it cannot hurry."""

from __future__ import annotations

from dataclasses import replace

from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import BillingMode, GlobalIndex, Options, Settings, Structure, Units
from pulumi_dynamo_migrator.plan.copy_within import in_time
from pulumi_dynamo_migrator.plan.cost import Successor
from pulumi_dynamo_migrator.plan.plan import Hazard
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.within_hazards import within_hazards
from tests.fakes.plans import NEW, SEEN, asks, situation, table

PROVISIONED = replace(SEEN, billing_mode=BillingMode.PROVISIONED, capacity=Units(50, 20))
INDEXED = replace(NEW, global_indexes=(GlobalIndex("by_at", ("at",)),))
MILLIONS = table(items=36_000_000, bytes=36_000_000 * 100)


def told(
    settings: Settings = SEEN,
    structure: Structure = NEW,
    *,
    source: ObservedTable = MILLIONS,
    within: float | None = 3600.0,
) -> tuple[Hazard, ...]:
    asked, options = Successor("orders_V2", structure, settings), Options(copy_within=within)
    return within_hazards(source, asked, in_time(source, asked, options=options), options=options)


def test_who_sets_no_time_or_a_long_one_hears_nothing() -> None:
    assert told(within=None) == ()
    assert told(within=1e6) == ()


def test_warm_throughput_is_named_by_table_and_index_with_its_price_and_what_that_rests_on() -> None:
    [found] = told(structure=INDEXED)
    assert found.what == (
        "to be filled within 60 min, orders_V2 is made with a warm throughput, in write units a second, of 11,000 "
        "(orders_V2), 11,000 (index by_at of orders_V2): AWS charges once for what is above 4,000 each (about $9.1 in "
        "us-east-1, if it costs what an hour of provisioned units does), and it cannot be lowered again"
    )


def test_provisioned_units_are_named_with_what_they_take_the_place_of_and_their_price() -> None:
    [found] = told(PROVISIONED, INDEXED)
    assert found.what == (
        "to be filled within 60 min, orders_V2 is made with more write units a second, until all is copied: 11,000 "
        "(orders_V2, in place of 20), 11,000 (index by_at of orders_V2, in place of 20) (about $14 in us-east-1)"
    )
    assert "While a copy stands still they are paid for too" in found.now


def test_another_class_has_other_prices() -> None:
    [found] = told(replace(PROVISIONED, table_class="STANDARD_INFREQUENT_ACCESS"))
    assert "$" not in found.what


def test_a_source_that_is_read_too_slowly_is_told_and_left_alone() -> None:
    slow, _ = told(source=replace(MILLIONS, settings=PROVISIONED))
    assert slow.what == (
        "the copy will not be done within 60 min: that is about 240 read units a second of orders, which takes 50 (its "
        "provisioned capacity): about 5 h then"
    )
    assert slow.now.startswith("a migration changes nothing of its source: raise read_capacity in an `up` of its own")
    limited = replace(MILLIONS, settings=replace(SEEN, on_demand=Units(100, -1)))
    assert "raise on_demand_throughput in" in told(source=limited)[0].now
    huge = table(items=1000, bytes=400_000 * 1000)
    assert "let it run" in told(source=huge, within=8.0)[0].now, "on demand"


def test_a_table_that_was_not_counted_yet_is_told() -> None:
    [found] = told(source=table(items=0, bytes=0))
    assert found.what.startswith("copy_within=3600 raises nothing")


def test_in_a_plan_they_come_before_the_pace_which_is_not_told_twice() -> None:
    hurried = make_plan(asks(NEW, options=Options(copy_within=7200.0)), situation(MILLIONS))
    assert [one.what.partition(" ")[0] for one in hurried.hazards[1:]] == ["to"]
    warm = replace(MILLIONS, settings=replace(SEEN, warm=Units(20_000, 4_000)))
    hurried = make_plan(asks(NEW, options=Options(copy_within=7200.0)), situation(warm))
    assert [one.what.partition(" is made with")[2][:40] for one in hurried.hazards[1:]] == [
        " a warm throughput, in write units a sec",
        " a warm throughput of about 20,000 read ",
    ]
