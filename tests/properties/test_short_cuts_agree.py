"""Law: a short cut for what is usual says what the long way says, or leaves it to the long way."""

from __future__ import annotations

import json
from decimal import Decimal

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.backfill.page import PageConverter, PageWrites
from pulumi_dynamo_migrator.backfill.plain_keys import PlainKeys
from pulumi_dynamo_migrator.conversion.canonical import equal
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.keys import IndexKeys, TargetShape, canonical_key
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.conversion.numbers import MAX_DIGITS, digit_count, number, number_problem, number_text
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.conversion.validate import MAX_ITEM_BYTES, _surely_fits, item_size, validate_keys
from pulumi_dynamo_migrator.items import INSERT_BATCH, Page, WireItem, decoded, page_of
from pulumi_dynamo_migrator.verify.flat_page import flat_items
from pulumi_dynamo_migrator.verify.item_digest import item_digest, raw_digest
from tests.properties.strategies import (
    key_schemas,
    keyed_items,
    names,
    respelt_item,
    wire_items,
    wire_scalars,
    wire_values,
)

# Texts on both sides of every border that a short cut draws.
key_texts = st.builds(
    lambda character, times: character * times,
    st.sampled_from(["a", "é", "\U0001f9c0", "7", "-7", '"', "\\", "{"]),
    st.sampled_from([0, 1, 38, 39, 256, 257, 512, 513, 1024, 1025, 2048, 2049]),
)
SCALARS = {"S", "N", "B", "BOOL", "NULL"}
number_texts = st.from_regex(r"[+-]?[0-9]{0,20}(\.[0-9]{0,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)


@given(wire_items, st.data())
def test_a_digest_does_not_depend_on_the_spelling(item: WireItem, data: st.DataObject) -> None:
    before = json.dumps(item)
    assert item_digest(item) == item_digest(data.draw(respelt_item(item)))
    assert json.dumps(item) == before


@given(wire_items, wire_items)
def test_items_share_a_digest_only_if_they_are_equal(one: WireItem, other: WireItem) -> None:
    assert (item_digest(one) == item_digest(other)) == equal(one, other)
    raws = [page_of([item]).raw_items()[0] for item in (one, other)]
    assert raw_digest(raws[0]) != raw_digest(raws[1]) or equal(one, other)


@given(st.lists(wire_items | st.dictionaries(names, wire_scalars, max_size=3), max_size=4), st.booleans())
@example([{"a": {"SS": ["y", "x"]}}], False)
@example([{"a": {"M": {"x": {"S": ""}}}}], False)
@example([{"a": {"S": "é"}}], False)
@example([{"a": {"S": "plain"}}], True)
def test_a_flat_page_is_compact_and_holds_scalars_alone(items: list[WireItem], spaced: bool) -> None:
    text = json.dumps({"Items": items, "Count": len(items)}, separators=None if spaced else (",", ":"))
    found = flat_items(Page(text.encode()))
    if found is None:
        return
    assert not spaced or not any(items)
    assert {kind for item in items for value in item.values() for kind in value} <= SCALARS
    for raw, item in zip(found, items, strict=True):
        if all(number_text(value["N"]) == value["N"] for value in item.values() if "N" in value):
            assert raw_digest(raw) == item_digest(item)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), wire_scalars, min_size=1), min_size=1), st.booleans())
def test_a_page_of_scalars_is_flat(items: list[WireItem], last: bool) -> None:
    cursor = None if last else b'{"id":{"S":"x"},"n":{"N":"1"}}'
    text = msgspec.json.encode({"Items": items})
    if any(mark in text for mark in (b"\\", b'S":[')) or text.count(b"[") > 1 or b"{" in _payloads(items):
        return
    if cursor is not None:
        text = text[:-1] + b',"LastEvaluatedKey":' + cursor + b',"ConsumedCapacity":{"CapacityUnits":1.0}}'
    assert flat_items(Page(text, cursor)) is not None


def _payloads(items: list[WireItem]) -> bytes:
    return repr([payload for item in items for value in item.values() for payload in value.values()]).encode()


@st.composite
def shaped(draw: st.DrawFn) -> tuple[TargetShape, list[WireItem]]:
    """A target, and items most of which it takes."""
    keys = draw(key_schemas())
    index = IndexKeys("by", ("odd", *keys.names[:1]), (draw(st.sampled_from("SNB")), *keys.types[:1]), 1)
    shape = TargetShape(keys, draw(st.sampled_from([(), (index,)])))
    odd = st.fixed_dictionaries({}, optional=dict.fromkeys(("odd", *keys.names), wire_values))
    key_value = st.builds(lambda kind, text: {kind: text}, st.sampled_from("SN"), key_texts)
    items = st.lists(
        st.builds(
            lambda item, other: {**item, **other},
            keyed_items(keys),
            st.just({}) | odd | st.fixed_dictionaries({keys.names[0]: key_value}),
        ),
        max_size=5,
    )
    return shape, draw(items)


@given(shaped())
def test_keys_read_all_at_once_are_valid_and_canonical(case: tuple[TargetShape, list[WireItem]]) -> None:
    shape, items = case
    keys = PlainKeys(shape).of(_page(items))
    if keys is None:
        return
    for key, item in zip(keys, items, strict=True):
        validate_keys(item, shape)
        assert key == canonical_key(item, shape.keys)


@given(shaped())
def test_items_fit_exactly_when_their_keys_can_be_read_all_at_once(case: tuple[TargetShape, list[WireItem]]) -> None:
    shape, items = case
    page = _page(items)
    assert PlainKeys(shape).fit(page.raw_items()) == (PlainKeys(shape).of(page) is not None)


@given(shaped())
def test_an_identity_page_means_the_same_as_its_items_one_by_one(case: tuple[TargetShape, list[WireItem]]) -> None:
    shape, items = case
    if any(name not in item for item in items for name in shape.keys.names):
        return
    for meeting in (Meeting.MAY_MEET, Meeting.SEPARATE):
        if meeting is Meeting.SEPARATE:  # the source's keys are the target's, and none comes twice
            items = list({canonical_key(item, shape.keys): item for item in items if _has_keys(item, shape)}.values())
        chain = Chain((), meeting, shape.keys, shape)
        made = PageConverter(chain).writes(_page(items))
        single = [PageConverter(chain).writes(_page([item])) for item in items]
        assert _pairs(made) == [pair for one in single for pair in _pairs(one)]
        assert [failed.reason for failed in made.failed] == [failed.reason for one in single for failed in one.failed]
        for batch in made.batches:
            keys = {canonical_key(decoded(item), shape.keys) for item in batch.items}
            assert len(keys) == len(batch) <= INSERT_BATCH


def _has_keys(item: WireItem, shape: TargetShape) -> bool:
    try:
        validate_keys(item, TargetShape(shape.keys))
    except ItemError:
        return False
    return True


def _pairs(made: PageWrites) -> list[tuple[WireItem, WireItem]]:
    return [
        (decoded(item), decoded(origin))
        for batch in made.batches
        for item, origin in zip(batch.items, batch.origins, strict=True)
    ]


@given(
    wire_items | st.dictionaries(names, st.builds(lambda kind, text: {kind: text}, st.sampled_from("SN"), key_texts))
)
@example({"a": {"S": "é" * 250_000}})
@example({"é" * 250_000: {"S": ""}})
@example({"a": {"S": "\ud800"}})
@example({"\ud800": {"S": "a"}})
@example({"a": {"N": "1" * 39}})
@example({"a": {"M": {"b": {"SS": []}}}})
def test_what_surely_fits_has_nothing_wrong_with_it(item: WireItem) -> None:
    if _surely_fits(item):
        assert item_size(item) <= MAX_ITEM_BYTES


@given(number_texts)
@example("10")
@example("-10.5")
@example("1.50")
@example("00.5")
@example("0." + "0" * 500 + "1")
@example("0." + "1" * 39)
@example("1" * 39)
@example("1." + "0" * 37 + "1")
def test_a_number_in_a_usual_spelling_is_read_as_any_other(text: str) -> None:
    long_way = f"{text}E0" if "e" not in text.lower() else text.replace("e", "E")
    try:
        expected = number_text(long_way)
    except ItemError:
        return
    assert number_text(text) == expected
    assert (repr(number(text)), digit_count(text)) == (repr(number(long_way)), digit_count(long_way))
    assert number_problem(text) == number_problem(long_way)
    assert Decimal(number_text(text)) == Decimal(text) or digit_count(text) > MAX_DIGITS


def _page(items: list[WireItem]) -> Page:
    return Page(msgspec.json.encode({"Items": items}))
