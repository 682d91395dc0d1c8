"""The one home of Hypothesis strategies: items on the wire, plain items, keys, and other spellings of the same."""

from __future__ import annotations

from base64 import b64encode
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from pulumi_dynamo_migrator.conversion.keys import KeySchema

Wire = dict[str, Any]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8) | st.sampled_from(
    ["id", "items", "S", "M", "N"]
)
binaries = st.binary(max_size=12)

integers = st.integers(min_value=-(10**37), max_value=10**37)
decimals = st.builds(
    lambda digits, exponent: Decimal(f"{digits}E{exponent}"),
    st.integers(min_value=-(10**30), max_value=10**30),
    st.integers(min_value=-90, max_value=90),
)
numbers = integers | decimals
scalars = texts | numbers | binaries | st.booleans() | st.none()
number_sets = st.sets(numbers, min_size=1, max_size=4)
sets = st.sets(texts, min_size=1, max_size=4) | number_sets | st.sets(binaries, min_size=1, max_size=4)

plain_values = st.recursive(
    scalars | sets,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
plain_items = st.dictionaries(names, plain_values, max_size=5)
"""Items as a conversion gets and gives them."""


def _b(raw: bytes) -> str:
    return b64encode(raw).decode()


@st.composite
def spelt(draw: st.DrawFn, number: int | Decimal) -> str:
    """Some spelling of a number that is not the canonical one (or is)."""
    sign, digits, exponent = Decimal(number).as_tuple()
    assert isinstance(exponent, int)
    zeros = draw(st.integers(min_value=0, max_value=3))
    text = "".join(map(str, digits)) + "0" * zeros
    place = draw(st.integers(min_value=0, max_value=len(text)))
    shifted = exponent - zeros + (len(text) - place)
    mantissa = "0" * draw(st.integers(0, 2)) + (text[:place] or "0") + ("." + text[place:] if place < len(text) else "")
    return ("-" if sign else draw(st.sampled_from(["", "+"]))) + mantissa + f"{draw(st.sampled_from('eE'))}{shifted}"


def wire_numbers() -> st.SearchStrategy[str]:
    """Number texts in any spelling."""
    return integers.map(str) | numbers.flatmap(spelt)


wire_scalars = st.one_of(
    texts.map(lambda text: {"S": text}),
    wire_numbers().map(lambda text: {"N": text}),
    binaries.map(lambda raw: {"B": _b(raw)}),
    st.booleans().map(lambda flag: {"BOOL": flag}),
    st.just({"NULL": True}),
    st.lists(texts, min_size=1, max_size=4, unique=True).map(lambda members: {"SS": members}),
    st.lists(integers.map(str), min_size=1, max_size=4, unique=True).map(lambda members: {"NS": members}),
    st.lists(binaries.map(_b), min_size=1, max_size=4, unique=True).map(lambda members: {"BS": members}),
)
wire_values: st.SearchStrategy[Wire] = st.recursive(
    wire_scalars,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda values: {"L": values})
        | st.dictionaries(names, inner, max_size=4).map(lambda entries: {"M": entries})
    ),
    max_leaves=12,
)
wire_items: st.SearchStrategy[Wire] = st.dictionaries(names, wire_values, max_size=5)
"""Items as DynamoDB sends them."""

key_values = {
    "S": st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).map(lambda text: {"S": text}),
    "N": wire_numbers().map(lambda text: {"N": text}),
    "B": st.binary(min_size=1, max_size=12).map(lambda raw: {"B": _b(raw)}),
}


@st.composite
def key_schemas(draw: st.DrawFn) -> KeySchema:
    """One or two key attributes of any types."""
    found = draw(st.lists(names, min_size=1, max_size=2, unique=True))
    return KeySchema(tuple(found), tuple(draw(st.sampled_from("SNB")) for _ in found))


@st.composite
def keyed_items(draw: st.DrawFn, schema: KeySchema) -> Wire:
    """An item that has the key."""
    key = {name: draw(key_values[kind]) for name, kind in zip(schema.names, schema.types, strict=True)}
    return {**draw(wire_items), **key}


@st.composite
def respelt(draw: st.DrawFn, value: Wire) -> Wire:
    """The same wire value written in another way: other number texts, sets and maps in another order."""
    ((kind, payload),) = value.items()
    if kind == "N":
        return {"N": draw(spelt(Decimal(payload)))}
    if kind == "NS":
        return {"NS": [draw(spelt(Decimal(text))) for text in draw(st.permutations(payload))]}
    if kind in {"SS", "BS"}:
        return {kind: draw(st.permutations(payload))}
    if kind == "L":
        return {"L": [draw(respelt(one)) for one in payload]}
    if kind == "M":
        return {"M": draw(respelt_item(payload))}
    return value


@st.composite
def respelt_item(draw: st.DrawFn, item: Wire) -> Wire:
    """The same wire item written in another way."""
    return {name: draw(respelt(item[name])) for name in draw(st.permutations(list(item)))}
