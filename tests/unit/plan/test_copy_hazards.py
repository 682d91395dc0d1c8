"""What a careful person is told of a copy's pace: only of what is long, costs unasked, or is taken from others."""

from __future__ import annotations

from dataclasses import replace

from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import BillingMode, GlobalIndex, Options, Settings, Structure, Units
from pulumi_dynamo_migrator.plan.copy_hazards import copy_hazards
from pulumi_dynamo_migrator.plan.cost import Successor, estimate
from pulumi_dynamo_migrator.plan.plan import Hazard
from pulumi_dynamo_migrator.plan.planner import make_plan
from tests.fakes.plans import NEW, SEEN, asks, situation, table

LARGE = table(items=10**9, bytes=10**12)
DEFAULTS = Options()
PROVISIONED = replace(SEEN, billing_mode=BillingMode.PROVISIONED, capacity=Units(50, 20))


def told(
    source: ObservedTable, settings: Settings = SEEN, options: Options = DEFAULTS, structure: Structure = NEW
) -> tuple[Hazard, ...]:
    target = Successor("orders_V2", structure, settings)
    return copy_hazards(source, target, estimate(source, target, options=options), options=options)


def test_a_short_copy_on_demand_has_none() -> None:
    assert told(table()) == ()
    assert told(table(items=0, bytes=0)) == ()


def test_a_long_copy_says_what_it_waits_for_and_what_warm_throughput_would_make_of_it() -> None:
    (found,) = told(LARGE)
    assert found.what == (
        "the copy takes about 2.9 days with 4,000 units a second for writes to orders_V2 (an on-demand table's first "
        "rate)"
    )
    assert "warm_throughput={'write_units_per_second': 40000}: about 6.9 h then. AWS charges once" in found.now


def test_a_warm_successor_is_not_told_to_be_warmed() -> None:
    slow, made = told(LARGE, replace(SEEN, warm=Units(12_000, 40_000)))
    assert "6.9 h with 40,000 units a second" in slow.what
    assert "Or ask" not in slow.now
    assert made.what == (
        "orders_V2 is made with a warm throughput of about 12,000 read and 40,000 write units a second: AWS charges "
        "once for what is above 12,000 and 4,000"
    )


def test_warm_throughput_that_nobody_asked_for_says_where_it_comes_from() -> None:
    warm = replace(SEEN, warm=Units(13_000, 4_000))
    (found,) = told(replace(table(), settings=warm), warm)
    assert "as orders has: AWS charges once" in found.what
    assert told(replace(table(), settings=warm), replace(warm, billing_mode=BillingMode.PROVISIONED)) == ()


def test_the_advice_fits_what_the_copy_waits_for() -> None:
    indexed = replace(NEW, global_indexes=(GlobalIndex("by_at", ("at",), on_demand=Units(-1, 10)),))
    assert "on_demand_throughput" in told(LARGE, structure=indexed)[0].now
    assert "raise write_capacity" in told(LARGE, PROVISIONED)[0].now
    assert "raise Migration(max_write_units=…)" in told(LARGE, options=Options(max_write_units=7))[0].now
    assert "raise Migration(max_read_units=…)" in told(LARGE, options=Options(max_read_units=7))[0].now
    wide = replace(NEW, global_indexes=(GlobalIndex("by_at", ("at",)),))
    assert "where each global index gets as much" in told(LARGE, structure=wide)[0].now


def test_a_copy_that_one_up_cannot_end_says_how_many_are_needed() -> None:
    found = told(LARGE, options=Options(wait_for=3600.0))[-1]
    assert found.what.startswith("one `up` stops after wait_for=3600 s, and copying and comparing take about 3.1 days")
    assert "resume" in found.now
    assert told(table(), options=Options(wait_for=3600.0)) == ()


def test_a_provisioned_source_shares_its_reads_with_everybody_unless_a_limit_is_set() -> None:
    source = table(settings=PROVISIONED)
    (found,) = told(source)
    assert "shares its 50 read units a second" in found.what
    assert told(source, options=Options(max_read_units=25)) == ()


def test_they_come_after_the_graver_ones_in_the_plan() -> None:
    plan = make_plan(asks(NEW), situation(LARGE))
    assert plan.hazards[0].what.startswith("after the hand-over")
    assert plan.hazards[-1].what.startswith("the copy takes about 2.9 days")
