"""The wire and the plain form of single values."""

from __future__ import annotations

import enum
from collections import OrderedDict
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.conversion.values import decode, digest, encode, equal, number_text
from pulumi_dynamo_migrator.conversion.view import ItemView


class Colour(enum.IntEnum):
    RED = 3


class Pair(NamedTuple):
    x: int
    y: None


class Word(enum.StrEnum):
    HELLO = "hello"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("5.0", 5),
        ("5E0", 5),
        ("1E+3", 1000),
        ("-0", 0),
        ("0.50", Decimal("0.5")),
        ("-1.5e-3", Decimal("-0.0015")),
        ("123456789012345678901234567890.5", Decimal("123456789012345678901234567890.5")),
        ("9" * 38 + "0" * 88, int("9" * 38 + "0" * 88)),
    ],
)
def test_a_number_is_an_int_where_it_is_integral(text: str, value: int | Decimal) -> None:
    plain = decode({"n": {"N": text}})["n"]
    assert (plain, type(plain)) == (value, type(value))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("5", "5"),
        ("5.0", "5"),
        ("5E0", "5"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("007", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+1e2", "100"),
        ("-12.340", "-12.34"),
        ("1e-3", "0.001"),
        (Decimal("1E+3"), "1000"),
        (-12, "-12"),
        ("1e99999", "1E+99999"),
    ],
)
def test_equal_numbers_have_one_text(number: str | int | Decimal, text: str) -> None:
    assert number_text(number) == text


@pytest.mark.parametrize("text", ["", "-", ".", "e5", "1_000", "five", "NaN", "Infinity", "0x1", "1e1.5", "٣"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ItemError, match="is not a number"):
        number_text(text)


@pytest.mark.parametrize(
    ("plain", "wire"),
    [
        (True, {"BOOL": True}),
        (1, {"N": "1"}),
        (Colour.RED, {"N": "3"}),
        (Word.HELLO, {"S": "hello"}),
        (Decimal("5.10"), {"N": "5.1"}),
        (bytearray(b"ab"), {"B": "YWI="}),
        ((1, "a"), {"L": [{"N": "1"}, {"S": "a"}]}),
        (Pair(1, None), {"L": [{"N": "1"}, {"NULL": True}]}),
        (frozenset({"b", "a"}), {"SS": ["a", "b"]}),
        ({1, Decimal("2.50")}, {"NS": ["1", "2.5"]}),
        (OrderedDict(a=ItemView(b=[])), {"M": {"a": {"M": {"b": {"L": []}}}}}),
    ],
)
def test_values_have_these_wire_forms(plain: Any, wire: Any) -> None:
    found = encode({"v": plain})["v"]
    assert found == wire
    assert all(type(text) is str for text in found.values() if isinstance(text, str))


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        ({"price": {"net": [1, 1.5]}}, ["price.net[1]", "1.5", "float", "Decimal"]),
        ({"tags": set()}, ["tags", "empty set"]),
        ({"tags": {1, "a"}}, ["tags", "a set holds only"]),
        ({"tags": {True}}, ["tags", "a set holds only"]),
        ({"tags": {1.5}}, ["tags", "float"]),
        ({"n": Decimal("NaN")}, ["n", "NaN"]),
        ({"n": 10**5000}, ["n", "digits"]),
        ({"at": object()}, ["at", "object"]),
        ({"m": {1: "x"}}, ["m", "the name 1", "int"]),
        ({"f": print}, ["f", "builtin_function_or_method"]),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_path(plain: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ItemError) as refused:
        encode(plain)
    for word in words:
        assert word in refused.value.reason


def test_a_value_that_holds_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ItemError, match="without end"):
        encode({"loop": loop})


def test_what_is_no_dynamodb_json_is_refused() -> None:
    with pytest.raises(ItemError, match="not DynamoDB JSON"):
        decode({"id": {"X": "1"}})


def test_maps_are_read_by_attribute_at_every_depth() -> None:
    item = decode({"address": {"M": {"city": {"S": "Lisboa"}}}, "lines": {"L": [{"M": {"n": {"N": "1"}}}]}})
    assert item.address.city == "Lisboa"
    assert item["lines"][0].n == 1


def test_equality_tells_items_from_values() -> None:
    assert equal({"N": "5"}, {"N": "5.0"})
    assert equal({"N": {"N": "5"}}, {"N": {"N": "5.0"}})
    assert not equal({"N": "5"}, {"S": "5"})
    assert not equal({"N": "5"}, {"N": {"N": "5"}})
    assert equal({"M": {"M": {"NS": ["1", "2"]}}}, {"M": {"M": {"NS": ["2.0", "1"]}}})
    assert not equal({"M": {}}, {})
    assert equal({"B": "QQ=="}, {"B": "QR=="})


def test_a_digest_is_the_same_in_every_process() -> None:
    item = {
        "id": {"S": "é"},
        "n": {"N": "5.0"},
        "s": {"SS": ["b", "a"]},
        "b": {"B": "QQ=="},
        "l": {"L": [{"NULL": True}]},
    }
    assert digest(item).hex() == "4777d85781dd8bee43f341271bca8016"
