"""A plan for people and for programs."""

from __future__ import annotations

import json

import pytest

from pulumi_dynamo_migrator.figures import duration, money, size
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.prices import AS_OF
from pulumi_dynamo_migrator.plan.render import as_property, hazards, text
from tests.fakes.plans import NEW, OLD, asks, situation, table

PLAN = make_plan(asks(NEW), situation())


def test_the_headline_comes_first_and_says_what_happens() -> None:
    first, second, *_ = text(PLAN).splitlines()
    assert first == (
        "plan: successor orders_V2 (key country S, id S): copy about 28,000 items from orders, verify, and hand over"
    )
    assert second == "  route: successor (version 1 → 2)"


def test_reasons_steps_and_objects_have_a_line_each() -> None:
    lines = text(PLAN).splitlines()
    assert "  why: hash_key id → country" in lines
    assert "  1. write version 2 (orders_V2) and the names of all it needs into the ledger" in lines
    assert "  + table orders_V2" in lines
    assert any(line.startswith("  to copy: about 28,000 items, 3.0 MB") for line in lines)


def test_units_price_and_time_are_told_with_what_is_slowest() -> None:
    lines = text(PLAN).splitlines()
    assert (
        "  takes: about 28,000 write units and 2,200 read units, about $0.02 at us-east-1's on-demand prices of "
        f"{AS_OF}; writes that come meanwhile not counted"
    ) in lines
    assert (
        "  time: about 7 s to copy, 1 s to compare; slowest: writes to orders_V2, 4,000 units a second (an "
        "on-demand table's first rate)"
    ) in lines


def test_a_price_below_a_cent_is_not_about_less_than_a_cent() -> None:
    small = make_plan(asks(NEW), situation(table(items=3, bytes=600)))
    price = f"less than $0.01 at us-east-1's on-demand prices of {AS_OF}"
    assert f"read units, {price}; writes" in text(small)
    assert as_property(small)["copy"]["price"] == price


def test_the_property_has_the_same_figures_rounded_so_that_a_saved_plan_holds() -> None:
    moved = make_plan(asks(NEW), situation(table(items=28_012, bytes=3_001_234)))
    assert (
        as_property(moved)["copy"]
        == as_property(PLAN)["copy"]
        == {
            "items": 28_000,
            "bytes": 3_000_000,
            "write_units": 28_000,
            "read_units": 2_200,
            "time": "about 7 s",
            "price": f"about $0.02 at us-east-1's on-demand prices of {AS_OF}",
        }
    )


def test_a_table_that_dynamodb_has_not_counted_yet_has_no_estimate() -> None:
    plan = make_plan(asks(NEW), situation(table(items=0, bytes=0)))
    assert as_property(plan)["copy"] == {"items": 0, "bytes": 0}
    assert not any(line.startswith(("  takes:", "  time:")) for line in text(plan).splitlines())


def test_a_hazard_says_what_now() -> None:
    assert all("\n  what now: " in one for one in hazards(PLAN))


def test_the_property_is_json_and_holds_route_steps_and_objects() -> None:
    found = json.loads(json.dumps(as_property(PLAN)))
    assert (found["route"], found["served"], found["becomes"]) == ("successor", 1, 2)
    assert len(found["steps"]) == len(PLAN.steps)
    assert found["makes"] == list(PLAN.makes)
    assert found["why"] == ["hash_key id → country", "range_key none → id"]


def test_a_plan_of_nothing_says_which_version_stays() -> None:
    assert text(make_plan(asks(OLD), situation())).splitlines() == [
        "plan: orders is as asked",
        "  route: nothing (version 1 stays)",
    ]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "1 s"),
        (7.3, "7 s"),
        (114, "110 s"),
        (120, "2 min"),
        (7_100, "120 min"),
        (7_200, "2 h"),
        (86_400, "24 h"),
        (200_000, "2.3 days"),
        (10_368_000, "120 days"),
    ],
)
def test_times_are_in_units_that_people_read_and_no_surer_than_they_are(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("dollars", "shown"),
    [(0.0, "less than $0.01"), (0.0178, "$0.02"), (1.25, "$1.2"), (12.3, "$12"), (1_966.0, "$2,000")],
)
def test_dollars_have_two_digits(dollars: float, shown: str) -> None:
    assert money(dollars) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KB"),
        (3_000_000, "3.0 MB"),
        (2_500_000_000, "2.5 GB"),
        (10**15, "1,000.0 TB"),
    ],
)
def test_sizes_are_in_units_that_people_read(number: int, shown: str) -> None:
    assert size(number) == shown
