"""A script as a whole: what comes out for a good one, and that nothing given instead of one ends in a traceback."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.lowering import RawStep, lower
from pulumi_dynamo_migrator.lowering.fingerprint import step_fingerprint
from pulumi_dynamo_migrator.lowering.step import steps_of
from tests.fakes.scripts import add_global, add_local, convert, create, script, step

WHOLE = script(
    create(),
    add_local(2),
    step(3, "delete_table", table="orders"),
    convert(4),
    step(5, "update", TableClass="STANDARD"),
    identifier="shop",
)


def test_a_script_gives_one_bag_and_one_step_a_version() -> None:
    lowered = lower(WHOLE)
    assert (lowered.problems, lowered.malformed, lowered.number, lowered.identifier) == ((), (), 4, "shop")
    assert len(lowered.bags) == len(lowered.steps) == 5
    marks = [step_fingerprint(one) for one in steps_of(WHOLE)]
    assert lowered.steps[1] == RawStep(2, "add_index", marks[1], "shop.py, line 20")


def test_a_script_without_an_identifier_has_none() -> None:
    assert lower(script(create())).identifier is None


def test_what_awss_model_tells_too_is_set_apart() -> None:
    lowered = lower(script(create(TableNam="x", Tags=[{"Key": "a", "Value": "b"}] * 2), add_global(2), add_global(3)))
    assert len(lowered.problems) == 3
    (malformed,) = lowered.malformed
    assert "unknown keyword TableNam" in malformed


@pytest.mark.parametrize(
    "given",
    [
        None,
        {},
        [],
        "script",
        {"steps": None},
        {"steps": "x"},
        {"steps": [None, 5, "x", [], {}]},
        {"steps": [{"version": {}, "operation": [], "arguments": [], "where": 5, "conversion": []}]},
        {"steps": [{**create(), "arguments": [1]}]},
        {"steps": [create(), {**add_local(), "arguments": "x"}]},
        {"steps": [create(), {**convert(2), "conversion": {"source": {"files": [1]}}}], "identifier": 5},
    ],
)
def test_whatever_is_given_every_problem_is_a_sentence(given: Any) -> None:
    lowered = lower(given)
    assert lowered.problems
    assert all(one.endswith(".") for one in lowered.problems)
