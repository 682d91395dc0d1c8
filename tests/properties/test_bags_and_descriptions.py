"""A bag of properties and a description are two spellings of one thing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.bags.props import asked_fingerprint, parse
from pulumi_dynamo_migrator.bags.shapes import normalise, snake
from pulumi_dynamo_migrator.model.spec import Spec
from pulumi_dynamo_migrator.plan.problems import problems
from tests.properties.spec_strategies import bag_of, respelled, specs


@given(specs())
def test_a_description_survives_its_bag(spec: Spec) -> None:
    parsed = parse(bag_of(spec))
    assert parsed.problems == ()
    assert parsed.spec == spec


@given(specs())
def test_what_a_program_may_say_has_no_problem(spec: Spec) -> None:
    assert problems(spec) == []


@given(specs(), st.data())
def test_however_it_is_spelled_it_is_the_same_description(spec: Spec, data: st.DataObject) -> None:
    bag = bag_of(spec)
    assert parse(data.draw(respelled(bag))).spec == spec


@given(specs(), st.data())
def test_however_it_is_spelled_it_asks_the_same(spec: Spec, data: st.DataObject) -> None:
    bag = bag_of(spec)
    assert asked_fingerprint(data.draw(respelled(bag))) == asked_fingerprint(bag)


@given(specs(), specs())
def test_what_asks_the_same_is_the_same_but_for_its_manner(one: Spec, other: Spec) -> None:
    same = (one.structure, one.settings, one.name, one.conversions) == (
        other.structure,
        other.settings,
        other.name,
        other.conversions,
    )
    assert (asked_fingerprint(bag_of(one)) == asked_fingerprint(bag_of(other))) is same


@given(specs(), st.data())
def test_a_bag_put_right_twice_is_a_bag_put_right_once(spec: Spec, data: st.DataObject) -> None:
    once = normalise(data.draw(respelled(bag_of(spec))))
    assert normalise(once) == once


NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"], include_characters="_"), max_size=12)


@given(NAMES)
def test_a_name_put_right_twice_is_a_name_put_right_once(name: str) -> None:
    assert snake(snake(name)) == snake(name)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(specs(), st.data())
def test_no_bag_whatever_its_values_ends_in_a_traceback(spec: Spec, data: st.DataObject) -> None:
    bag: dict[str, Any] = bag_of(spec)
    name = data.draw(st.sampled_from(sorted(bag)))
    parsed = parse({**bag, name: data.draw(VALUES)})
    assert (parsed.spec is None) is bool(parsed.problems)
