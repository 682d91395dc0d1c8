"""Segments cover the table exactly, pages keep their bytes, and a copy killed anywhere ends as one that never was."""

from __future__ import annotations

import threading
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_dynamo_migrator.backfill.page import PageConverter
from pulumi_dynamo_migrator.backfill.segments import visiting_order
from pulumi_dynamo_migrator.items import WireItem, page_of
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
            found += [item["id"]["S"] for item in page.wire_items()]
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


@given(total=st.integers(1, 1000))
def test_every_segment_is_visited_once(total: int) -> None:
    assert sorted(visiting_order(total)) == list(range(total))


@given(bits=st.integers(3, 8), workers=st.integers(0, 3), begin=st.integers(0, 1000))
def test_whoever_is_at_work_at_one_time_is_spread_over_the_whole_table(bits: int, workers: int, begin: int) -> None:
    """Of as many segments as there are workers, each lies in another of as many equal parts of the table."""
    total, together = 2**bits, 2**workers
    start = begin % (total // together) * together
    at_work = visiting_order(total)[start : start + together]
    assert {segment * together // total for segment in at_work} == set(range(together))


@settings(max_examples=dose(60), deadline=None)
@given(table=tables)
def test_an_identity_page_keeps_every_byte(table: list[WireItem]) -> None:
    page = page_of(table)
    made = PageConverter(identity()).writes(page)
    written = [item for batch in made.batches for item in batch.items]
    assert [{name: bytes(value) for name, value in item.items()} for item in written] == [
        {name: bytes(value) for name, value in item.items()} for item in page.raw_items()
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


@settings(max_examples=dose(60), deadline=None)
@given(
    count=st.integers(0, 400),
    kills=st.lists(st.integers(1, 30), max_size=3),
    segments=st.integers(1, 4),
    workers=st.integers(2, 6),
    page=st.integers(20, 150),
)
def test_workers_that_help_each_other_and_are_killed_anywhere_checkpoint_only_what_is_there(
    count: int, kills: list[int], segments: int, workers: int, page: int
) -> None:
    pair = Pair(identity(), page=page)
    pair.put({"id": {"S": f"id{number}"}} for number in range(count))
    for kill in kills:
        _run_until(pair, call=kill, segments=segments, workers=workers)
        kept = pair.ledger.segments.values()
        assert sum(segment.tally.read for segment in kept) <= len(pair.target.items)
        assert all(segment.tally.read == segment.tally.inserted + segment.tally.present for segment in kept)
    pair.items.before = lambda _operation: None
    result = pair.backfill(segments=segments, workers=workers)
    assert pair.target.items == pair.source.items
    assert result.tally.read == count


def _run_until(pair: Pair, *, call: int, segments: int, workers: int = 1) -> None:
    calls = 0
    lock = threading.Lock()

    def die(_operation: str) -> None:
        nonlocal calls
        with lock:
            calls += 1
            if calls >= call:  # who is dead does nothing more, on any thread
                raise KilledError

    pair.items.before = die
    try:
        pair.backfill(segments=segments, workers=workers)
    except KilledError:
        assert calls >= call
    else:
        assert calls < call
