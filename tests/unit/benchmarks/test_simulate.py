"""The simulation behind docs/scale.md: its own arithmetic, where it can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import simulate
from benchmarks.scale.filling import Machine, Order, Slowest, Work, compare, copy
from benchmarks.scale.stream import Replicator, follow, ledger_units, until_gap

FAST = Machine(workers=1000, copies=10**9, compares=10**9)
"""A machine that nothing slows but the tables."""

STEADY = Work(items=8_000_000, item_bytes=1000, segments=64, warm=4_000, quota=4_000)
"""A target whose rate never grows."""


def test_a_copy_at_a_steady_rate_takes_the_items_divided_by_the_rate_and_loses_none() -> None:
    done = copy(STEADY, FAST)
    assert done.items == pytest.approx(STEADY.items)
    assert done.seconds == pytest.approx(2_000, rel=0.02)
    assert done.slowest is Slowest.TABLE
    assert done.peak == pytest.approx(4_000)


def test_an_item_of_two_kb_takes_two_units() -> None:
    assert copy(replace(STEADY, item_bytes=1_500), FAST).seconds == pytest.approx(4_000, rel=0.02)


def test_a_rate_that_is_used_up_doubles_each_half_hour_up_to_the_quota() -> None:
    first, second = 1_800 * 4_000, 1_800 * 8_000
    grown = replace(STEADY, items=first + second + 10_000 * 1_000, quota=10_000)
    done = copy(grown, FAST)
    assert done.seconds == pytest.approx(1_800 + 1_800 + 1_000, rel=0.02)
    assert done.peak == pytest.approx(10_000)


def test_a_slow_machine_never_makes_the_table_grow() -> None:
    done = copy(STEADY, replace(FAST, copies=2_000))
    assert done.slowest is Slowest.MACHINE
    assert done.seconds == pytest.approx(4_000, rel=0.02)


def test_eight_requests_in_flight_are_as_fast_as_their_latencies_allow() -> None:
    plain = Machine(workers=8, copies=10**9, insert=0.025, scan=0.0)
    done = copy(replace(STEADY, warm=10**6, quota=10**6), plain)
    assert done.slowest is Slowest.LATENCY
    assert done.peak == pytest.approx(8 * 25 / 0.025, rel=0.2)


def test_segments_begun_in_sequence_fill_one_partition_where_the_hash_key_stays() -> None:
    narrow = replace(FAST, workers=8)
    spread, sequence = (
        copy(replace(STEADY, order=order), replace(narrow, insert=0.001, scan=0.01))
        for order in (Order.SPREAD, Order.SEQUENCE)
    )
    assert spread.seconds == pytest.approx(2_000, rel=0.1)
    assert sequence.slowest is Slowest.PARTITION
    assert sequence.seconds > 3 * spread.seconds


def test_the_same_seed_gives_the_same_figure_and_another_one_hardly_another() -> None:
    machine = Machine(workers=8)
    first = copy(STEADY, machine, seed=1).seconds
    assert copy(STEADY, machine, seed=1).seconds == first
    assert copy(STEADY, machine, seed=2).seconds == pytest.approx(first, rel=0.02)


def test_a_comparison_reads_both_tables_and_waits_for_what_is_slowest() -> None:
    work = Work(items=10**6, item_bytes=1000)
    assert compare(work, replace(FAST, compares=10_000)) == pytest.approx(200)
    assert compare(work, FAST) == pytest.approx(10**9 / (12_000 * 4096))
    assert compare(work, replace(FAST, workers=1, scan=1.0)) == pytest.approx(2 * 10**9 / 2**20)


def test_a_large_source_is_read_by_all_its_partitions_within_the_quota() -> None:
    assert Work(10**6, 1000).read_rate == 12_000 * 4096
    assert Work(10**8, 1000).read_rate == 30_000 * 4096
    assert Work(10**9, 1000).read_rate == 40_000 * 4096


def test_a_batch_takes_its_requests_and_what_is_around_them() -> None:
    plain = Replicator(batch=100, call=0.01, around=0.05, record=0.0)
    assert plain.seconds(100) == pytest.approx(0.09)
    assert plain.capacity == pytest.approx(100 / 0.09)
    single = replace(plain, one_by_one=True, lanes=8, transaction=0.02)
    assert single.seconds(100) == pytest.approx(0.05 + 13 * 0.02)


def test_a_shard_that_can_be_followed_is_never_far_behind_and_one_that_cannot_falls_behind_steadily() -> None:
    plain = Replicator(batch=100, call=0.01, around=0.05, record=0.0)
    calm = follow(plain, writes=100, seconds=120)
    assert calm.worst < 0.5
    assert calm.left <= 50
    flood = follow(plain, writes=2 * plain.capacity, seconds=120)
    assert flood.left == pytest.approx(120 * plain.capacity, rel=0.1)
    assert flood.worst == pytest.approx(60, rel=0.1)


def test_the_gap_comes_when_the_oldest_record_is_twenty_hours_old() -> None:
    plain = Replicator()
    assert until_gap(plain, writes=plain.capacity) is None
    assert until_gap(plain, writes=2 * plain.capacity) == pytest.approx(2 * 20 * 3600)


def test_each_invocation_writes_into_the_ledger_and_each_noted_record_too() -> None:
    plain = Replicator(call=0.0, around=0.1, record=0.0)
    busy = 4 * 10 / 1
    assert ledger_units(plain, writes=900, shards=1) == pytest.approx(busy, rel=0.05)
    assert ledger_units(plain, writes=9_000, shards=10) == pytest.approx(10 * busy, rel=0.05)
    late = replace(plain, one_by_one=True, transaction=0.0)
    assert ledger_units(late, writes=900, shards=1) == pytest.approx(busy + 2 * 900, rel=0.05)


def test_it_prints_a_row_for_each_size_and_each_rate(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate, "SIZES", (10**9,))
    monkeypatch.setattr(simulate, "ORDERED", 10**9)
    monkeypatch.setattr(simulate, "WRITES", (20, 10**6))
    assert simulate.main([]) == 0
    told = capsys.readouterr().out
    assert "| 1.0 GB | 8 | 4,000 |" in told
    assert "| 1,000,000 | falls behind; 20 h behind after 20 h |" in told
