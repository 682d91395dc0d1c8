"""delete_table: old versions end, by the names of their tables."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.lowering import lower
from tests.fakes.scripts import add_global, add_local, bag_after, convert, create, problem_of, script, step


def delete(version: int, table: Any, **how: Any) -> dict[str, Any]:
    return step(version, "delete_table", table=table, **how)


def test_the_first_table_is_the_base_name_and_nothing_else_changes() -> None:
    lowered = lower(script(create(), add_local(2), delete(3, "orders")))
    assert (lowered.problems, lowered.number) == ((), 2)
    asks = {"table": "orders", "evidence": 86_400, "backup": True, "accept_conflicts": False, "step": 3}
    assert lowered.bags[2] == {**lowered.bags[1], "retire": [asks]}


def test_how_it_ends_is_handed_on() -> None:
    how = {"evidence": 1.5, "backup": False, "accept_conflicts": True}
    (asks,) = bag_after(create(), add_local(2), delete(3, "orders", **how))["retire"]
    assert asks == {"table": "orders", "step": 3, **how}


def test_the_tables_of_later_versions_have_their_numbers() -> None:
    steps = (create(), add_local(2), convert(3), delete(4, "orders"), convert(5), delete(6, "orders_V2"))
    found = bag_after(*steps, delete(7, "orders_V3"))["retire"]
    assert [one["table"] for one in found] == ["orders", "orders_V2", "orders_V3"]


def test_the_older_library_may_have_made_a_table_for_a_version_that_needs_none() -> None:
    found = bag_after(create(), add_global(2), convert(3), delete(4, "orders_V2"))["retire"]
    assert [one["table"] for one in found] == ["orders_V2"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"table": "others"}, ["'others' is no table of this script", "older tables are: 'orders'"]),
        ({"table": "orders_V9"}, ["'orders_V9' is no table of this script"]),
        ({"table": "orders_V3"}, ["'orders_V3' is no table of this script"]),
        ({"table": "orders_V2"}, ["'orders_V2' is the newest table", "name an older one"]),
        ({"table": None}, ["it has no table: give it one"]),
        ({"table": 5}, ["table must be text"]),
        ({"table": "orders", "evidence": -1}, ["evidence is a number of seconds, 0 or more", "-1"]),
        ({"table": "orders", "evidence": "a day"}, ["evidence is a number of seconds"]),
        ({"table": "orders", "evidence": float("nan")}, ["evidence is a number of seconds"]),
        ({"table": "orders", "backup": "no"}, ["backup must be True or False"]),
    ],
)
def test_what_ends_no_version_is_told_with_version_and_place(arguments: dict[str, Any], words: list[str]) -> None:
    found = problem_of(create(), add_local(2), step(3, "delete_table", **arguments))
    assert found.startswith("version 3 (shop.py, line 30): delete_table: ")
    assert all(word in found for word in words), found


def test_the_only_table_cannot_go() -> None:
    assert "'orders' is the newest table" in problem_of(create(), delete(2, "orders"))


def test_a_version_ends_once() -> None:
    found = problem_of(create(), add_local(2), delete(3, "orders"), delete(4, "orders"))
    assert "'orders' is deleted by version 3 already" in found


def test_a_wrong_name_is_answered_with_the_tables_that_there_were() -> None:
    found = problem_of(create(), add_global(2), add_local(3), convert(4), delete(5, "order"))
    assert "its older tables are: 'orders', 'orders_V3'; name one of them." in found
