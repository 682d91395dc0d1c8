"""remove_index: indexes less, with the types that only they needed."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.lowering import lower
from tests.fakes.scripts import add_global, add_local, bag_after, create, problem_of, script, step

BOTH = (create(), add_local(2), add_global(3))


def test_a_local_index_goes_with_its_attribute_and_another_table_comes() -> None:
    lowered = lower(script(*BOTH, step(4, "remove_index", names=["by_city"])))
    assert lowered.number == 4
    assert lowered.bags[-1] == bag_after(create(), add_global(2))


def test_a_global_index_goes_with_its_attribute_in_the_same_table() -> None:
    lowered = lower(script(*BOTH, step(4, "remove_index", names=["by_name"])))
    assert lowered.number == 2
    assert lowered.bags[-1] == lowered.bags[1]


@pytest.mark.parametrize("word", ["remove_index", "remove_indexes"])
def test_several_may_go_at_once(word: str) -> None:
    assert bag_after(*BOTH, step(4, word, names=["by_name", "by_city"])) == bag_after(create())


def test_an_attribute_that_another_index_uses_stays() -> None:
    found = bag_after(create(), add_local(2, attribute="x"), add_global(3, attribute="x"), remove(4, "by_city"))
    assert found["attributes"] == {"id": "S", "at": "S", "x": "S"}


def remove(version: int, *names: str) -> dict[str, Any]:
    return step(version, "remove_index", names=list(names))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"names": ["by_date"]}, ["there is no index 'by_date' here", "'by_city', 'by_name'"]),
        ({"names": []}, ["it removes no index: name one or more"]),
        ({"names": [5]}, ["names must be a list of texts"]),
        ({"names": ["by_city"], "index": "x"}, ["unknown keyword index"]),
    ],
)
def test_what_removes_nothing_is_told_with_version_and_place(arguments: dict[str, Any], words: list[str]) -> None:
    found = problem_of(*BOTH, step(4, "remove_index", **arguments))
    assert found.startswith("version 4 (shop.py, line 40): remove_index: ")
    assert all(word in found for word in words), found
