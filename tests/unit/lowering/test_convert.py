"""convert: conversions numbered by the script's versions."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.lowering import lower
from tests.fakes.plans import source
from tests.fakes.scripts import add_global, bag_after, captured, convert, create, problem_of, script, step


def test_a_conversion_has_the_number_of_its_version_and_needs_another_table() -> None:
    lowered = lower(script(create(), add_global(2), convert(3.0, "return None", distinct_keys=True)))
    assert lowered.number == 3
    assert lowered.bags[-1]["conversions"] == [
        {"number": 3, "source": source("return None").to_json(), "reverse": None, "distinct_keys": True}
    ]
    assert "conversions" not in lowered.bags[1]


def test_conversions_follow_each_other_and_keep_their_inverse() -> None:
    back = source("return [item]").to_json()
    found = bag_after(create(), convert(2, reverse=back), convert(3, "return None"))["conversions"]
    assert [(one["number"], one["reverse"]) for one in found] == [(2, back), (3, None)]


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (
            {"number": 2, "problem": "conversion 2 cannot be shipped: f is open"},
            ["conversion 2 cannot be", "f is open"],
        ),
        ({"number": 2}, ["its conversion cannot be read", "give it a function"]),
        ({"number": 2, "source": {"kind": "closure"}}, ["its conversion cannot be read"]),
        (captured(2, reverse="x"), ["its conversion cannot be read"]),
        ("item", ["its conversion must be a function that was captured", "'item'"]),
        (None, ["it has no conversion", "convert(lambda item: …)"]),
    ],
)
def test_what_is_no_conversion_is_told_with_version_and_place(one: Any, words: list[str]) -> None:
    found = problem_of(create(), step(2, "convert", one))
    assert found.startswith("version 2 (shop.py, line 20): convert: ")
    assert all(word in found for word in words), found


def test_a_conversion_takes_no_keywords_of_aws() -> None:
    assert "unknown keyword foo; it takes none" in problem_of(create(), step(2, "convert", captured(2), foo=1))
