"""Law: a chain of conversions is the composition of its functions, and never touches the item it was given."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.conversion.capture import capture
from pulumi_dynamo_migrator.conversion.chain import Chain, SourceLink
from pulumi_dynamo_migrator.conversion.keys import KeySchema, TargetShape
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.conversion.values import decode, encode, equal
from tests.properties.strategies import keyed_items

ID = KeySchema(("id",), ("S",))


def rename(item: Any) -> Any:
    item.items_of_old = item.pop("items", None)
    return item


def drop_some(item: Any) -> Any:
    return None if len(item.id) % 3 == 0 else {**item, "length": len(item["id"])}


def fan_out(item: Any) -> Any:
    return [{**item, "id": f"{item.id}#{n}"} for n in range(len(item) % 4)]


def change_in_place(item: Any) -> Any:
    for value in item.values():
        if isinstance(value, list):
            value.append("more")
    item["seen"] = {1, 2}
    return item


FUNCTIONS = (rename, drop_some, fan_out, change_in_place)
LINKS = {function: SourceLink(number, capture(function)) for number, function in enumerate(FUNCTIONS, 1)}


def composed(functions: list[Any], item: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[Any] = [decode(item)]
    for function in functions:
        results = [function(decode(encode(one))) for one in items]
        items = [
            one
            for result in results
            if result is not None
            for one in (result if isinstance(result, list) else [result])
        ]
    return [encode(one) for one in items]


@given(keyed_items(ID), st.lists(st.sampled_from(FUNCTIONS), max_size=4))
def test_a_chain_is_the_composition_of_its_functions(item: dict[str, Any], functions: list[Any]) -> None:
    before = deepcopy(item)
    chain = Chain(tuple(LINKS[function] for function in functions), Meeting.MAY_MEET, ID, TargetShape(ID))
    results = chain.apply(item)
    expected = composed(functions, item) if functions else [item]
    assert len(results) == len(expected)
    assert all(equal(result, want) for result, want in zip(results, expected, strict=True))
    assert item == before


@given(keyed_items(ID))
def test_the_identity_gives_the_very_item(item: dict[str, Any]) -> None:
    (result,) = Chain((), Meeting.SEPARATE, ID, TargetShape(ID)).apply(item)
    assert result is item


@given(st.lists(st.sampled_from(FUNCTIONS), max_size=3))
def test_a_chain_survives_its_json(functions: list[Any]) -> None:
    chain = Chain(tuple(LINKS[function] for function in functions), Meeting.DISTINCT, ID, TargetShape(ID))
    assert Chain.from_json(chain.to_json()) == chain
