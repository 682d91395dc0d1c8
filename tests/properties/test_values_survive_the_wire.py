"""Law: decode after encode is the identity, and so is encode after decode, as DynamoDB compares."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal, localcontext
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.conversion.values import decode, encode, equal, number_text
from tests.properties.strategies import numbers, plain_items, respelt_item, spelt, wire_items


@given(plain_items)
def test_a_plain_item_comes_back_from_the_wire(item: dict[str, Any]) -> None:
    assert decode(encode(item)) == item


@given(wire_items)
def test_a_wire_item_comes_back_from_the_plain_form(item: dict[str, Any]) -> None:
    assert equal(encode(decode(item)), item)


@given(wire_items, st.data())
def test_a_conversion_cannot_tell_two_spellings_apart(item: dict[str, Any], data: st.DataObject) -> None:
    assert repr_of(decode(item)) == repr_of(decode(data.draw(respelt_item(item))))


@given(wire_items)
def test_whoever_changes_the_plain_item_leaves_the_wire_item_alone(item: dict[str, Any]) -> None:
    before = deepcopy(item)
    spoil(decode(item))
    assert item == before


@given(numbers, st.data())
def test_equal_numbers_have_one_text(number: int | Decimal, data: st.DataObject) -> None:
    text = data.draw(spelt(number))
    with localcontext(prec=3):
        assert number_text(text) == number_text(str(number))
    with localcontext(prec=300):
        assert Decimal(number_text(text)) == Decimal(number)
        assert number_text(number_text(text)) == number_text(text)


def repr_of(value: Any) -> Any:
    """Write a value with its types, without the order of sets and dicts."""
    if isinstance(value, dict):
        return sorted((name, repr_of(inner)) for name, inner in value.items())
    if isinstance(value, set):
        return sorted(map(repr, value))
    return [repr_of(inner) for inner in value] if isinstance(value, list) else repr(value)


def spoil(value: Any) -> None:
    """Change everything that can be changed."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            spoil(inner)
        value.clear()
    elif isinstance(value, set):
        value.add("spoilt")
