"""One item through the conversions between two versions."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from pulumi_dynamo_migrator.conversion.capture import capture
from pulumi_dynamo_migrator.conversion.chain import Chain, RetypeLink, SourceLink, key_through
from pulumi_dynamo_migrator.conversion.keys import IndexKeys, KeySchema, TargetShape
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.conversion.problems import ItemError

ID = KeySchema(("id",), ("S",))
ITEM = {"id": {"S": "a"}, "n": {"N": "5.0"}, "l": {"L": [{"S": "x"}]}}


def chain(*functions: Callable[[Any], Any], meeting: Meeting = Meeting.MAY_MEET, target: KeySchema = ID) -> Chain:
    links = tuple(SourceLink(number, capture(function)) for number, function in enumerate(functions, 2))
    return Chain(links, meeting, ID, TargetShape(target))


def test_none_drops_the_item() -> None:
    assert chain(lambda item: None, lambda item: item.gone).apply(ITEM) == []


def test_a_list_fans_out_and_goes_on_one_by_one() -> None:
    both = chain(
        lambda item: [{"id": item.id + "1"}, {"id": item.id + "2"}],
        lambda item: None if item.id == "a1" else {**item, "more": 1},
    )
    assert both.apply(ITEM) == [{"id": {"S": "a2"}, "more": {"N": "1"}}]


def test_a_function_that_changes_its_argument_changes_nothing_else() -> None:
    def convert(item: Any) -> Any:
        item.l.append("y")
        item["copies"] = [item.l, item.l]
        return item

    before = json.dumps(ITEM)
    changed = {"L": [{"S": "x"}, {"S": "y"}]}
    assert chain(convert).apply(ITEM) == [
        {"id": {"S": "a"}, "n": {"N": "5"}, "l": changed, "copies": {"L": [changed, changed]}}
    ]
    assert json.dumps(ITEM) == before


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "its exception": (lambda item: item["gone"], "conversion 2 failed: KeyError: 'gone'"),
    "its exit": (lambda item: exit(3), "conversion 2 failed: SystemExit: 3"),  # noqa: PLR1722
    "a text": (lambda item: "x", "conversion 2 returned a str"),
    "a generator": (lambda item: (item for _ in "x"), "conversion 2 returned a generator"),
    "None in a list": (lambda item: [None], "a list with a NoneType in it"),
    "a float": (lambda item: {**item, "f": 1.5}, "conversion 2 returned an item that cannot be stored: f: the float"),
    "no key": (lambda item: {"n": 1}, "the key attribute 'id' is missing"),
    "one key twice": (lambda item: [item, item], "two items with the same key S:a"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_a_conversion_may_not_give_is_an_item_error(kind: str) -> None:
    function, words = REFUSED[kind]
    with pytest.raises(ItemError, match=words):
        chain(function).apply(ITEM)


def test_one_number_key_in_two_spellings_is_one_key() -> None:
    fan = Chain(
        (SourceLink(2, capture(lambda item: [{"k": 5}, {"k": Decimal("5.0")}])),),
        Meeting.DISTINCT,
        ID,
        TargetShape(KeySchema(("k",), ("N",))),
    )
    with pytest.raises(ItemError, match="same key N:5"):
        fan.apply(ITEM)


def test_a_separate_chain_keeps_the_source_key() -> None:
    longer = KeySchema(("place", "id"), ("S", "S"))
    kept = chain(lambda item: {**item, "place": "x"}, meeting=Meeting.SEPARATE, target=longer)
    assert kept.apply(ITEM)[0]["place"] == {"S": "x"}
    changed = chain(lambda item: {"id": item.id.upper(), "place": "x"}, meeting=Meeting.SEPARATE, target=longer)
    with pytest.raises(ItemError, match="changes the key attribute 'id'"):
        changed.apply(ITEM)
    lost = chain(lambda item: item, meeting=Meeting.SEPARATE, target=KeySchema(("n",), ("N",)))
    with pytest.raises(ItemError, match="'id'"):
        lost.apply(ITEM)


def test_the_identity_gives_the_very_item_if_its_new_keys_are_right() -> None:
    shape = TargetShape(KeySchema(("id", "n"), ("S", "N")), (IndexKeys("by_l", ("l",), ("S",)),))
    identity = Chain((), Meeting.SEPARATE, ID, shape)
    with pytest.raises(ItemError, match="by_l"):
        identity.apply(ITEM)
    item = {name: value for name, value in ITEM.items() if name != "l"}
    assert identity.apply(item)[0] is item


def test_key_types_change_by_themselves_where_nothing_is_lost() -> None:
    keys = KeySchema(("id", "n"), ("B", "S"))
    retype = Chain((RetypeLink((("n", "N", "S"), ("id", "S", "B"))),), Meeting.DISTINCT, ID, TargetShape(keys))
    assert retype.apply(ITEM) == [{"id": {"B": "YQ=="}, "n": {"S": "5"}, "l": ITEM["l"]}]
    with pytest.raises(ItemError, match="'id' is missing"):
        retype.apply({"n": {"N": "1"}})
    lossy = Chain((RetypeLink((("id", "S", "N"),)),), Meeting.DISTINCT, ID, TargetShape(keys))
    with pytest.raises(ItemError, match="needs a conversion"):
        lossy.apply(ITEM)


def test_a_chain_survives_its_json() -> None:
    shape = TargetShape(ID, (IndexKeys("by_n", ("n",), ("S",)),))
    one = Chain(
        (SourceLink(2, capture(lambda item: {**item, "m": 1})), RetypeLink((("n", "N", "S"),))),
        Meeting.DISTINCT,
        ID,
        shape,
    )
    again = Chain.from_json(json.loads(json.dumps(one.to_json())))
    assert again == one
    assert again.apply(ITEM) == one.apply(ITEM)


def test_a_key_alone_goes_through_a_change_of_type_and_into_the_targets_order() -> None:
    turned = KeySchema(("b", "a"), ("S", "S"))
    links = (RetypeLink((("a", "N", "S"), ("elsewhere", "N", "S"))),)
    both = Chain(links, Meeting.DISTINCT, KeySchema(("a", "b"), ("N", "S")), TargetShape(turned))
    through = key_through(both, {"a": {"N": "5.0"}, "b": {"S": "x"}})
    assert list(through.items()) == [("b", {"S": "x"}), ("a", {"S": "5"})]


def test_a_key_alone_is_kept_by_conversions_that_have_to_keep_it() -> None:
    key = {"id": {"S": "a"}}
    assert key_through(chain(lambda item: None, meeting=Meeting.SEPARATE), key) == key


@pytest.mark.parametrize("how", [Meeting.DISTINCT, Meeting.MAY_MEET])
def test_a_key_alone_says_nothing_where_a_conversion_may_change_it(how: Meeting) -> None:
    with pytest.raises(LookupError, match="depends on more"):
        key_through(chain(lambda item: item, meeting=how), {"id": {"S": "a"}})
