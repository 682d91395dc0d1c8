"""Segments cover the table exactly, pages keep their bytes, and a copy killed anywhere ends as one that never was."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_dynamo_migrator.backfill.page import PageConverter
from pulumi_dynamo_migrator.items import WireItem, decoded, raw
from tests.fakes.conversions import identity
from tests.fakes.copying import SOURCE, Pair
from tests.properties.table_strategies import tables
from tests.soaking import dose


class KilledError(Exception):
    pass


def scanned(pair: Pair, total: int) -> list[str]:
    """The ids that all segments give, one after the other."""
    found: list[str] = []
    for segment in range(total):
        cursor: bytes | None = None
        while True:
            page = pair.items.scan_page(SOURCE, segment=segment, total=total, cursor=cursor)
            found += [decoded(item)["id"]["S"] for item in page.items]
            cursor = page.cursor
            if cursor is None:
                break
    return found


@settings(max_examples=dose(60), deadline=None)
@given(table=tables, total=st.integers(1, 9), page=st.integers(1, 10))
def test_segments_together_are_the_table_and_never_overlap(table: list[WireItem], total: int, page: int) -> None:
    pair = Pair(identity(), page=page)
    pair.put(table)
    assert sorted(scanned(pair, total)) == sorted(item["id"]["S"] for item in table)


@settings(max_examples=dose(60), deadline=None)
@given(table=tables)
def test_an_identity_page_keeps_every_byte(table: list[WireItem]) -> None:
    page = [raw(item) for item in table]
    made = PageConverter(identity()).writes(page)
    written = [write.item for batch in made.batches for write in batch]
    assert [{name: bytes(value) for name, value in item.items()} for item in written] == [
        {name: bytes(value) for name, value in item.items()} for item in page
    ]


@settings(max_examples=dose(60), deadline=None)
@given(
    table=tables,
    present=tables,
    kills=st.lists(st.integers(1, 30), max_size=3),
    segments=st.integers(1, 4),
    page=st.integers(1, 30),
)
def test_a_copy_killed_anywhere_converges_and_its_progress_never_falls(
    table: list[WireItem], present: list[WireItem], kills: list[int], segments: int, page: int
) -> None:
    pair = Pair(identity(), page=page)
    pair.put(table)
    for item in present:
        pair.target.put(item)
    for kill in kills:
        _run_until(pair, call=kill, segments=segments)
    pair.items.before = lambda _operation: None
    result = pair.backfill(segments=segments, workers=1)
    assert pair.target.items == {**pair.source.items, **{("S:" + item["id"]["S"],): item for item in present}}
    assert result.tally.read == len(table)
    for number in pair.ledger.segments:
        history = [segment for segment in pair.ledger.saves if segment.number == number]
        for earlier, later in pairwise(history):
            assert not earlier.done
            assert later.tally.read >= earlier.tally.read


def _run_until(pair: Pair, *, call: int, segments: int) -> None:
    calls = 0

    def die(_operation: str) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            raise KilledError

    pair.items.before = die
    try:
        pair.backfill(segments=segments, workers=1)
    except KilledError:
        assert calls == call
    else:
        assert calls < call
