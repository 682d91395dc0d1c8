"""A migration script and the declarative form are two spellings of one thing, however many steps it took."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.aws.request_model import misfits
from pulumi_dynamo_migrator.bags.props import parse
from pulumi_dynamo_migrator.lowering import asked, lower
from pulumi_dynamo_migrator.plan.problems import problems
from tests.properties.script_strategies import respelled, scripts

Both = tuple[dict[str, Any], dict[str, Any]]
LIFE = {"conversions", "retire"}


@given(scripts())
def test_every_version_of_a_good_script_is_a_good_description(both: Both) -> None:
    lowered = lower(both[0])
    assert lowered.problems == ()
    for bag in lowered.bags:
        parsed = parse(bag)
        assert parsed.spec is not None, parsed.problems
        assert problems(parsed.spec) == []


@given(scripts())
def test_the_steps_come_to_what_a_create_of_their_end_comes_to(both: Both) -> None:
    stepwise, at_once = (lower(one).bags[-1] for one in both)
    assert {name: value for name, value in stepwise.items() if name not in LIFE} == at_once


@given(scripts())
def test_awss_own_model_takes_it(both: Both) -> None:
    assert [*misfits(both[0]), *misfits(both[1])] == []


@given(scripts(), st.data())
def test_fingerprints_see_neither_order_nor_place(both: Both, data: st.DataObject) -> None:
    other = data.draw(respelled(both[0]))
    assert asked(other) == asked(both[0])
    assert lower(other).bags == lower(both[0]).bags


@given(scripts(), st.data())
def test_a_script_that_is_longer_begins_with_what_it_was(both: Both, data: st.DataObject) -> None:
    steps = both[0]["steps"]
    shorter = {"steps": steps[: data.draw(st.integers(1, len(steps)))]}
    before, after = lower(shorter), lower(both[0])
    count = len(before.steps)
    assert (after.steps[:count], after.bags[:count]) == (before.steps, before.bags)
    assert before.number <= after.number


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(scripts(), st.data())
def test_no_script_whatever_its_values_ends_in_a_traceback(both: Both, data: st.DataObject) -> None:
    script = data.draw(broken(both[0]))
    lowered = lower(script)
    asked(script)
    misfits(script)
    assert len(lowered.bags) == len(lowered.steps)
    if not lowered.problems:
        assert parse(lowered.bags[-1]).spec is not None


@st.composite
def broken(draw: st.DrawFn, value: Any) -> Any:
    """With one value, at any depth, that may be anything."""
    if isinstance(value, dict | list) and value and draw(st.integers(0, 5)):
        key = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else list(range(len(value)))))
        copy: Any = dict(value) if isinstance(value, dict) else list(value)
        copy[key] = draw(broken(value[key]))
        return copy
    return draw(VALUES)
