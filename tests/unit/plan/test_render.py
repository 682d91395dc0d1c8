"""A plan for people and for programs."""

from __future__ import annotations

import json

import pytest

from pulumi_dynamo_migrator.figures import size
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.render import as_property, hazards, text
from tests.fakes.plans import NEW, OLD, asks, situation

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
