"""Sums of whole tables."""

from __future__ import annotations

from pulumi_dynamo_migrator.verify.digest import BUCKETS, Balance, Entry, Side, bucket_of, portions


def entries(count: int) -> list[Entry]:
    return [Entry((f"S:{n}",), n.to_bytes(16)) for n in range(1, count + 1)]


def test_equal_sides_balance_in_any_order() -> None:
    balance = Balance()
    balance.add(Side.SOURCE, entries(100))
    balance.add(Side.TARGET, reversed(entries(100)))
    assert balance.differing() == []


def test_one_differing_entry_shows_in_its_bucket_alone() -> None:
    balance = Balance()
    balance.add(Side.SOURCE, entries(100))
    balance.add(Side.TARGET, [*entries(99), Entry(("S:100",), b"x" * 16)])
    assert balance.differing() == [bucket_of(("S:100",))]


def test_an_entry_whose_digest_is_zero_still_counts() -> None:
    balance = Balance()
    balance.add(Side.TARGET, [Entry(("S:x",), bytes(16))])
    assert balance.differing() == [bucket_of(("S:x",))]


def test_portions_hold_all_differing_buckets_once_and_are_not_too_large() -> None:
    balance = Balance()
    balance.add(Side.SOURCE, entries(1000))
    parts = portions(balance, most=100)
    assert sorted(bucket for part in parts for bucket in part) == balance.differing()
    assert all(sum(map(balance.entries, part)) <= 100 for part in parts)


def test_a_bucket_larger_than_a_portion_is_a_portion() -> None:
    balance = Balance()
    balance.add(Side.SOURCE, [Entry(("S:x",), b"y" * 16)] * 5)
    assert [len(part) for part in portions(balance, most=2)] == [1]


def test_buckets_are_within_range() -> None:
    assert all(0 <= bucket_of((f"S:{n}", "N:1")) < BUCKETS for n in range(1000))
