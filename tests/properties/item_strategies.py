"""Items for property tests of the data path: one hash key, a few attributes of every type."""

from __future__ import annotations

from base64 import b64encode

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pulumi_dynamo_migrator.items import WireItem

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(lambda name: name != "id")
numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=3).map(str)
binaries = st.binary(max_size=6).map(lambda data: b64encode(data).decode())
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars: SearchStrategy[WireItem] = st.one_of(
    st.builds(lambda value: {"S": value}, texts),
    st.builds(lambda value: {"N": value}, numbers),
    st.builds(lambda value: {"B": value}, binaries),
    st.builds(lambda value: {"BOOL": value}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(lambda values: {"SS": values}, st.lists(texts, min_size=1, max_size=3, unique=True)),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.builds(lambda items: {"L": items}, st.lists(inner, max_size=3)),
        st.builds(lambda items: {"M": items}, st.dictionaries(names, inner, max_size=3)),
    ),
    max_leaves=4,
)
ids = st.integers(0, 200).map(lambda number: f"id{number}")


@st.composite
def items(draw: st.DrawFn) -> WireItem:
    """One item."""
    return {"id": {"S": draw(ids)}, **draw(st.dictionaries(names, values, max_size=4))}


tables = st.lists(items(), max_size=40, unique_by=lambda item: item["id"]["S"])
