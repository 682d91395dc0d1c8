"""How segments are divided among workers, and what they hold."""

from __future__ import annotations

import threading
import weakref
from typing import Any

import pytest

from pulumi_dynamo_migrator.backfill.segments import FULL_PAGE, PER_WORKER, Segment, visiting_order
from pulumi_dynamo_migrator.items import Page, WireItem
from tests.fakes.conversions import identity
from tests.fakes.copying import Pair


class KilledError(Exception):
    pass


def people(count: int) -> list[WireItem]:
    return [{"id": {"S": f"p{number:03}"}} for number in range(count)]


def test_segments_are_visited_in_an_order_that_spreads() -> None:
    pair = Pair(identity())
    pair.put(people(200))
    pair.backfill(segments=8, workers=1)
    done = [segment.number for segment in pair.ledger.saves if segment.done]
    assert done == visiting_order(8)


def test_the_last_segment_s_inserts_are_done_by_all() -> None:
    """One segment, four workers: the barrier breaks unless four inserts of its one page are on their way at once."""
    pair = Pair(identity(), page=100)
    pair.put(people(100))
    together = threading.Barrier(4)

    def meet(operation: str) -> None:
        if operation == "BatchExecuteStatement":
            together.wait(10)

    pair.items.before = meet
    result = pair.backfill(segments=1, workers=4)
    assert (result.tally.read, result.tally.inserted) == (100, 100)
    assert [save.tally.inserted for save in pair.ledger.saves] == [100]
    assert pair.told[-1].done == 100


def test_a_helper_s_failure_leaves_the_page_without_a_checkpoint() -> None:
    pair = Pair(identity(), page=200)
    pair.put(people(200))
    lock, batches = threading.Lock(), 0

    def die(operation: str) -> None:
        nonlocal batches
        with lock:
            batches += operation == "BatchExecuteStatement"
            if batches == 3:
                raise KilledError

    pair.items.before = die
    with pytest.raises(KilledError):
        pair.backfill(segments=1, workers=4)
    assert not pair.ledger.saves


@pytest.mark.parametrize(("workers", "segments"), [(1, 1), (3, 12), (4, 1)])
def test_a_worker_holds_one_page_and_a_helper_none(workers: int, segments: int) -> None:
    pair = Pair(identity(), page=30)
    pair.put(people(600))
    items = PagesAlive(pair)
    pair.backfill(segments=segments, workers=workers)
    assert items.read == 600
    assert items.most <= 30 * min(workers, segments)


class PagesAlive:
    """Counts the items of pages that anybody still holds."""

    def __init__(self, pair: Pair) -> None:
        self.alive = self.most = self.read = 0
        self._lock = threading.RLock()
        self._scan = pair.items.scan_page
        pair.items.scan_page = self.scan_page  # type: ignore[method-assign]

    def scan_page(self, table: str, **about: Any) -> Page:
        page = self._scan(table, **about)
        held = _Held(page.text, page.cursor, page.units, page.count, page.throttled)
        with self._lock:
            self.read += page.count
            self.alive += page.count
            self.most = max(self.most, self.alive)
        weakref.finalize(held, self._gone, page.count)
        return held

    def _gone(self, count: int) -> None:
        with self._lock:
            self.alive -= count


class _Held(Page):
    """A page that tells when it is gone."""

    __slots__ = ("__weakref__",)


def big(count: int) -> list[WireItem]:
    """Seven of them are a full page."""
    return [{**item, "body": {"S": "x" * (FULL_PAGE // 7)}} for item in people(count)]


def test_a_first_page_that_is_full_shows_that_the_size_was_out_of_date() -> None:
    pair = Pair(identity())
    pair.put(big(40))
    result = pair.backfill(segments=1, workers=2, sized=True)
    assert len(result.segments) == 2 * PER_WORKER
    assert pair.target.items == pair.source.items
    assert result.tally.read == 40


def test_what_was_asked_for_or_begun_stays_however_large_the_table_is() -> None:
    pair = Pair(identity())
    pair.put(big(40))
    assert len(pair.backfill(segments=1).segments) == 1
    pair = Pair(identity())
    pair.put(big(40))
    pair.ledger.save_segment(Segment(0, 1))
    assert len(pair.backfill(segments=1, sized=True).segments) == 1


def test_a_table_of_one_page_is_read_once() -> None:
    pair = Pair(identity())
    pair.put(people(7))
    operations: list[str] = []
    pair.items.before = operations.append
    result = pair.backfill(segments=1, sized=True)
    assert operations == ["Scan", "BatchExecuteStatement"]
    assert [segment.done for segment in result.segments] == [True]
