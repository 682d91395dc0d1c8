"""Law: items are equal whatever the spelling of numbers and the order of sets; a change is a difference."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.conversion.canonical import canonical, canonical_item, digest, equal
from pulumi_dynamo_migrator.conversion.keys import KeySchema, canonical_key, key_of
from tests.properties.strategies import key_schemas, keyed_items, respelt, respelt_item, wire_items, wire_values


@given(wire_items, st.data())
def test_another_spelling_is_the_same_item(item: dict[str, Any], data: st.DataObject) -> None:
    other = data.draw(respelt_item(item))
    assert equal(item, other)
    assert hash(canonical_item(item)) == hash(canonical_item(other))
    assert digest(item) == digest(other)


@given(wire_values, st.data())
def test_another_spelling_is_the_same_value(value: dict[str, Any], data: st.DataObject) -> None:
    other = data.draw(respelt(value))
    assert equal(value, other)
    assert hash(canonical(value)) == hash(canonical(other))


@given(wire_items, wire_items)
def test_equality_digest_and_canonical_form_agree(one: dict[str, Any], other: dict[str, Any]) -> None:
    same = canonical_item(one) == canonical_item(other)
    assert equal(one, other) == same
    assert (digest(one) == digest(other)) == same


@given(wire_values, wire_values)
def test_values_are_equal_only_as_their_canonical_forms_are(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert equal(one, other) == (canonical(one) == canonical(other))


@given(wire_items, wire_values, st.text(max_size=3))
def test_one_more_attribute_is_a_difference(item: dict[str, Any], value: dict[str, Any], name: str) -> None:
    assume(name not in item)
    assert not equal(item, {**item, name: value})


@given(key_schemas(), st.data())
def test_a_key_has_one_text(schema: KeySchema, data: st.DataObject) -> None:
    item = data.draw(keyed_items(schema))
    other = data.draw(respelt_item(item))
    assert canonical_key(item, schema) == canonical_key(key_of(other, schema), schema)
