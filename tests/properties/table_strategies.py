"""Small tables with one hash key, whose ids meet often enough for two tables to differ in every way."""

from __future__ import annotations

from hypothesis import strategies as st

from pulumi_dynamo_migrator.items import WireItem
from tests.properties.strategies import wire_items

ids = st.integers(0, 60).map(lambda number: f"id{number}")


@st.composite
def _items(draw: st.DrawFn) -> WireItem:
    # Often the smallest items: what an item holds matters less here than which ones are there.
    return {**draw(st.sampled_from([{}, {"v": {"N": "1"}}]) | wire_items), "id": {"S": draw(ids)}}


tables = st.lists(_items(), max_size=25, unique_by=lambda item: item["id"]["S"])
