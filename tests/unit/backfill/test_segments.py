"""How a table is divided."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.backfill.segments import (
    BYTES_PER_SEGMENT,
    ITEMS_PER_SEGMENT,
    MOST_SEGMENTS,
    PER_WORKER,
    Segment,
    Tally,
    plan_segments,
    segment_count,
    sum_of,
    visiting_order,
)


def test_a_small_or_empty_table_is_one_segment() -> None:
    assert segment_count(0, 0, workers=8) == 1
    assert segment_count(ITEMS_PER_SEGMENT, BYTES_PER_SEGMENT, workers=8) == 1


def test_a_larger_one_has_several_for_each_worker() -> None:
    assert segment_count(ITEMS_PER_SEGMENT + 1, 0, workers=8) == 8 * PER_WORKER
    assert segment_count(1, BYTES_PER_SEGMENT + 1, workers=3) == 3 * PER_WORKER


def test_many_items_or_many_bytes_make_more_segments_up_to_a_limit() -> None:
    assert segment_count(100 * ITEMS_PER_SEGMENT, 0, workers=8) == 100
    assert segment_count(1, 100 * BYTES_PER_SEGMENT, workers=8) == 100
    assert segment_count(10**9, 10**12, workers=8) == MOST_SEGMENTS


def test_what_was_asked_for_goes_first() -> None:
    assert segment_count(10**9, 10**12, workers=8, asked=100) == 100


def test_segments_that_follow_each_other_lie_far_apart() -> None:
    assert visiting_order(8) == [0, 4, 2, 6, 1, 5, 3, 7]
    assert visiting_order(6) == [0, 4, 2, 1, 5, 3]
    assert visiting_order(1) == [0]


def test_saved_segments_decide_the_count_and_keep_their_place() -> None:
    saved = Segment(2, 4, cursor=b"{}", tally=Tally(read=5))
    assert plan_segments(9, saved=[saved]) == [Segment(0, 4), Segment(1, 4), saved, Segment(3, 4)]


def test_segments_of_two_scans_are_refused() -> None:
    with pytest.raises(ValueError, match="one scan"):
        plan_segments(2, saved=[Segment(0, 2), Segment(1, 3)])


def test_the_last_page_ends_a_segment_for_good() -> None:
    segment = Segment(0, 1).after(b"{}", tally=Tally(read=2)).after(None, tally=Tally(read=1))
    assert segment.done
    assert sum_of([segment]).read == 3
    with pytest.raises(ValueError, match="done"):
        segment.after(None, tally=Tally())
