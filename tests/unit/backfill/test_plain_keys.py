"""Which keys need no second look."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.backfill.plain_keys import PlainKeys
from pulumi_dynamo_migrator.conversion.keys import IndexKeys, KeySchema, TargetShape
from pulumi_dynamo_migrator.items import page_of

TEXT, NUMBER = KeySchema(("k",), ("S",)), KeySchema(("k",), ("N",))
BY_A = IndexKeys("by_a", ("a",), ("S",))


def keys_of(schema: KeySchema, *items: dict[str, Any], index: IndexKeys | None = None) -> Any:
    return PlainKeys(TargetShape(schema, (index,) if index else ())).of(page_of(items))


def test_plain_keys_come_in_canonical_form_and_in_order() -> None:
    schema = KeySchema(("k", "n"), ("S", "N"))
    items: list[dict[str, Any]] = [
        {"n": {"N": "-5"}, "k": {"S": "b"}},
        {"k": {"S": "é"}, "n": {"N": "0"}, "x": {"L": []}},
    ]
    assert keys_of(schema, *items) == [("S:b", "N:-5"), ("S:é", "N:0")]
    assert keys_of(schema) == []


@pytest.mark.parametrize("text", ["", "a" * 257, "\U0001f9c0" * 257])
def test_a_text_that_may_break_a_limit_is_not_plain(text: str) -> None:
    assert keys_of(TEXT, {"k": {"S": text}}) is None


@pytest.mark.parametrize("text", ["5.0", "05", "-0", "+5", "5E0", "1" * 39, "5\n", "٣"])
def test_a_number_in_another_spelling_is_not_plain(text: str) -> None:
    assert keys_of(NUMBER, {"k": {"N": text}}) is None


@pytest.mark.parametrize("item", [{}, {"k": {"N": "5"}}, {"k": {"B": "AA=="}}])
def test_a_key_that_is_missing_or_of_another_type_is_not_plain(item: dict[str, Any]) -> None:
    assert keys_of(TEXT, {"k": {"S": "x"}}, item) is None


def test_an_index_key_may_be_missing_but_not_be_of_another_type() -> None:
    assert keys_of(TEXT, {"k": {"S": "x"}}, {"k": {"S": "y"}, "a": {"S": "z"}}, index=BY_A) == [("S:x",), ("S:y",)]
    assert keys_of(TEXT, {"k": {"S": "x"}, "a": {"N": "1"}}, index=BY_A) is None
    assert keys_of(TEXT, {"k": {"S": "x"}, "a": {"S": ""}}, index=BY_A) is None


def test_binary_keys_and_odd_names_are_looked_at_one_by_one() -> None:
    assert keys_of(KeySchema(("k",), ("B",)), {"k": {"B": "AA=="}}) is None
    for name in ('say "hi"', "back\\slash", "tab\t"):
        assert keys_of(KeySchema((name,), ("S",)), {name: {"S": "x"}}) is None


def fit(held: KeySchema, shape: TargetShape, *items: dict[str, Any]) -> bool:
    return PlainKeys(shape, held=held).fit(page_of(items).raw_items())


HELD = KeySchema(("h", "r"), ("S", "B"))
ODD = {"h": {"S": "a" * 1000}, "r": {"B": "YQ=="}, "k": {"S": "x"}}


def test_what_keeps_its_place_in_the_key_is_not_looked_at_again() -> None:
    assert fit(HELD, TargetShape(HELD), ODD)
    assert not fit(KeySchema(("x",), ("S",)), TargetShape(HELD), ODD)


def test_what_takes_another_place_or_another_type_is_looked_at() -> None:
    assert not fit(HELD, TargetShape(KeySchema(("k", "h"), ("S", "S"))), ODD)
    assert not fit(KeySchema(("h",), ("N",)), TargetShape(KeySchema(("h",), ("S",))), ODD)


def test_what_is_new_beside_a_kept_key_is_looked_at() -> None:
    shape = TargetShape(KeySchema(("h", "k"), ("S", "S")))
    assert fit(HELD, shape, ODD)
    assert not fit(HELD, shape, {**ODD, "k": {"N": "1"}})
    assert not fit(HELD, shape, {"h": {"S": "a"}})


def test_a_kept_key_that_an_index_names_is_looked_at() -> None:
    index = IndexKeys("by_k", ("k", "h"), ("S", "S"))
    assert not fit(HELD, TargetShape(KeySchema(("h",), ("S",)), (index,)), ODD)
