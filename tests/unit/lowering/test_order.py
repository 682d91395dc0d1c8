"""Numbers of steps: 1, 2, 3 and so on, one create, and it comes first."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.lowering import lower
from tests.fakes.scripts import add_global, add_local, create, problem_of, script


def test_a_missing_number_is_told_with_the_places_on_both_sides() -> None:
    found = problem_of(create(), add_local(3))
    assert found.startswith("version 2 is missing: the script has version 3 (shop.py, line 30)")
    assert "before it is version 1 (shop.py, line 10)" in found


def test_several_missing_numbers_are_one_problem() -> None:
    assert problem_of(create(), add_local(9)).startswith("versions 2 to 8 are missing")


def test_a_script_begins_with_version_1() -> None:
    assert problem_of(create(2), add_local(3)).startswith("version 1 is missing: the script has version 2")


def test_a_repeated_number_names_all_its_places() -> None:
    found = problem_of(create(), add_local(2), {**add_global(2), "where": "more.py, line 7"})
    assert found == (
        "version 2 is there more than once: add_index (shop.py, line 20) and add_index (more.py, line 7); give each "
        "step a number of its own, the newest one the highest."
    )


def test_steps_stand_in_the_order_of_their_numbers() -> None:
    found = problem_of(create(), add_local(3), add_global(2))
    assert found.startswith("version 2 (shop.py, line 20) comes after version 3 (shop.py, line 30)")


@pytest.mark.parametrize("number", [0, -1, 1.5, "2", True, float("nan"), float("inf"), [2]])
def test_a_version_is_a_whole_number(number: Any) -> None:
    found = problem_of(create(), add_local(number))
    assert found.startswith("add_index (shop.py, line ")
    assert f"has the version {number!r}: a version is a whole number" in found


def test_a_step_without_a_version_is_told_with_its_place() -> None:
    found = problem_of(create(), {**add_local(None), "where": "shop.py, line 33"})
    assert found.startswith("add_index (shop.py, line 33) has no version: write @migrator.version(…)")


def test_a_version_without_an_operation_is_told_with_its_place() -> None:
    found = problem_of(create(), {"version": 2, "operation": None, "arguments": {}, "where": "shop.py, line 20"})
    assert found.startswith("version 2 (shop.py, line 20): no operation: nothing is to be done: put @migrator.create")


def test_a_script_has_one_create() -> None:
    found = problem_of(create(), create(2))
    assert found.startswith("there is more than one create: version 1 (shop.py, line 10) and version 2 (shop.py, line")


@pytest.mark.parametrize("steps", [(), (add_local(1), add_global(2))])
def test_a_script_creates_its_table(steps: tuple[Any, ...]) -> None:
    assert problem_of(*steps).startswith("the script creates no table: begin it with @migrator.version(1)")


def test_create_comes_first() -> None:
    found = problem_of(add_local(1), create(2))
    assert found.startswith("version 1 (shop.py, line 10): add_index comes before version 2 (shop.py, line 20), which")


def test_an_unknown_operation_is_told_with_those_that_there_are() -> None:
    found = problem_of(create(), {**add_local(), "operation": "rename"})
    assert found.startswith("version 2 (shop.py, line 20): rename: this is no operation: a step is create, add_index")


def test_floats_are_the_numbers_that_they_were() -> None:
    lowered = lower(script(create(1.0), add_local(2.0)))
    assert lowered.problems == ()
    assert [step.version for step in lowered.steps] == [1, 2]
    assert lowered.number == 2


def test_problems_of_numbers_and_of_steps_come_together() -> None:
    assert len(lower(script(create(TableName=None), add_local(3), add_local(5))).problems) == 4
