"""Verify finds what is wrong, names it, and nothing else, while both tables are written to."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import pytest

from pulumi_dynamo_migrator.conversion.canonical import digest
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.replicate.tombstone import tombstone
from pulumi_dynamo_migrator.verify.digest import CanonicalKey
from pulumi_dynamo_migrator.verify.report import Kind
from tests.fakes.conversions import ID_PLACE, PER_PLACE, PER_PLACE_JOINED, identity, written
from tests.fakes.copying import Pair
from tests.fakes.items import FakeItems, FakeTable


def person(name: str, *places: str, a: int = 1) -> WireItem:
    return {"id": {"S": name}, "a": {"N": str(a)}, "places": {"L": [{"S": place} for place in places]}}


def copied(pair: Pair, count: int = 40) -> Pair:
    pair.put(person(f"p{n:03}", "rome", "oslo") for n in range(count))
    for item in pair.copied():
        pair.target.put(item)
    return pair


def same() -> Pair:
    return copied(Pair(identity()))


def converted(meeting: Meeting) -> Pair:
    if meeting is Meeting.SEPARATE:
        return copied(Pair(written(PER_PLACE, meeting=meeting, target=ID_PLACE)))
    return copied(Pair(written(PER_PLACE_JOINED, meeting=meeting)))


def test_equal_tables_are_verified_by_one_look() -> None:
    report = same().verify()
    assert report.verified
    assert (report.looks, report.source_items, report.target_items) == (1, 40, 40)


def test_empty_tables_are_equal() -> None:
    assert Pair(identity()).verify().verified


def test_each_kind_of_mismatch_is_named() -> None:
    pair = same()
    pair.target.delete({"id": {"S": "p001"}})
    pair.target.put({**person("p002", "rome", "oslo"), "a": {"N": "7"}, "b": {"N": "1"}})
    pair.target.put(person("stranger"))
    report = pair.verify()
    assert not report.verified
    assert {(m.kind, m.key, m.attributes) for m in report.mismatches} == {
        (Kind.MISSING, ("S:p001",), ()),
        (Kind.DIFFERING, ("S:p002",), ("a", "b")),
        (Kind.EXTRA, ("S:stranger",), ()),
    }
    assert "missing S:p001" in report.listed()
    assert "NOT verified" in report.summary()


@pytest.mark.parametrize("meeting", list(Meeting))
def test_wrong_keys_are_found_through_a_conversion(meeting: Meeting) -> None:
    pair = converted(meeting)
    target = pair.target.all()
    pair.target.delete(target[0])
    pair.target.put({**target[1], "a": {"N": "7"}})
    pair.target.put({**target[2], "id": {"S": "stranger@x"}})
    report = pair.verify()
    assert sorted(m.kind for m in report.mismatches) == [Kind.DIFFERING, Kind.EXTRA, Kind.MISSING]


@pytest.mark.parametrize("meeting", list(Meeting))
def test_a_repair_ends_in_equal_tables(meeting: Meeting) -> None:
    pair = converted(meeting)
    target = pair.target.all()
    pair.target.delete(target[0])
    pair.target.put({**target[1], "a": {"N": "7"}, "b": {"N": "1"}})
    pair.target.put({**target[2], "id": {"S": "stranger@x"}})
    report = pair.verify(repair=True)
    assert report.verified
    assert report.verdicts.repaired == 3
    assert sorted(map(str, pair.target.all())) == sorted(map(str, pair.copied()))


def test_numbers_are_compared_by_value_and_sets_without_order() -> None:
    pair = Pair(identity())
    pair.source.put({"id": {"S": "x"}, "n": {"N": "5"}, "s": {"SS": ["a", "b"]}})
    pair.target.put({"id": {"S": "x"}, "n": {"N": "5.00"}, "s": {"SS": ["b", "a"]}})
    assert pair.verify().looks == 1


def test_tombstones_read_as_absent_and_are_swept_only_when_asked() -> None:
    pair = same()
    for name in ("gone1", "gone2"):
        pair.target.put(tombstone({"id": {"S": name}}))
    assert pair.verify().verified
    assert len(pair.target.items) == 42
    report = pair.verify(sweep=True)
    assert report.verified
    assert report.seen.swept == 2
    assert pair.target.items == pair.source.items


def test_a_tombstone_over_a_living_source_item_is_a_missing_item_and_can_be_repaired() -> None:
    pair = same()
    pair.target.put(tombstone({"id": {"S": "p001"}}))
    assert [m.kind for m in pair.verify().mismatches] == [Kind.MISSING]
    assert pair.verify(repair=True).verified
    assert pair.target.items == pair.source.items


def test_expired_items_are_absent_on_either_side() -> None:
    pair = same()
    past, future = {"N": str(int(pair.clock.now()) - 10)}, {"N": str(int(pair.clock.now()) + 10_000)}
    pair.source.put({**person("old1"), "ttl": past})
    pair.target.put({**person("old2"), "ttl": past})
    assert pair.verify(ttl="ttl").verified
    assert pair.verify(ttl="ttl").seen.expired == 2
    pair.source.put({**person("young"), "ttl": future})
    assert [m.key for m in pair.verify(ttl="ttl").mismatches] == [("S:young",)]


def test_a_late_replicator_is_waited_for() -> None:
    pair = same()
    pair.source.put(person("p001", a=2))
    late = pair.clock.time + 6

    def arrive(_seconds: float) -> None:
        if pair.clock.time > late:
            pair.target.put(person("p001", a=2))

    pair.clock.on_sleep = arrive
    report = pair.verify(settle=10)
    assert report.verified
    assert report.in_motion_count == 0
    assert 6 <= report.verdicts.lag < 10


def test_a_key_that_is_written_all_the_time_is_in_motion_and_looking_ends() -> None:
    pair = same()
    writes = 1

    def write(_seconds: float) -> None:
        nonlocal writes
        writes += 1
        pair.source.put(person("p001", a=writes))

    write(0)
    pair.clock.on_sleep = write
    report = pair.verify(settle=10)
    assert report.verified
    assert (report.in_motion_count, report.verdicts.in_motion) == (1, ("S:p001",))
    assert report.seconds < 20


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_source_that_was_gone_at_each_look_has_stood_still_only_if_the_target_has(comes_back: bool) -> None:
    """A hot key, put and deleted many times a second, and a replicator whose lag is longer than `settle`: absence looks
    alike every time. Where its source is never seen at all, somebody else writes to the target."""
    pair, writes = same(), 0

    def write(_seconds: float) -> None:
        nonlocal writes
        writes += 1
        if comes_back and writes == 2:
            pair.source.put(person("hot", a=writes))
        else:
            pair.source.delete({"id": {"S": "hot"}})
        pair.target.put(person("hot", a=-writes))

    write(0)
    pair.clock.on_sleep = write
    report = pair.verify(settle=10)
    assert report.verified is comes_back
    assert report.verdicts.in_motion == (("S:hot",) if comes_back else ())
    assert [m.kind for m in report.mismatches] == ([] if comes_back else [Kind.EXTRA])


def test_an_extra_key_whose_source_appears_in_the_search_is_no_mismatch() -> None:
    pair = converted(Meeting.MAY_MEET)
    pair.target.put({"id": {"S": "new@rome"}, "a": {"N": "1"}})
    settled = pair.clock.time + 10
    searched = False

    def appear(operation: str) -> None:
        nonlocal searched
        if operation == "Scan" and pair.clock.time >= settled:
            searched = True
            pair.source.put(person("new", "rome"))

    pair.items.before = appear
    report = pair.verify(settle=10)
    assert searched
    assert report.verified


@pytest.mark.parametrize(("meeting", "kinds"), [(Meeting.DISTINCT, [Kind.COLLISION]), (Meeting.MAY_MEET, [])])
def test_two_items_at_one_key_are_a_mismatch_only_where_none_may_meet(meeting: Meeting, kinds: list[Kind]) -> None:
    pair = converted(meeting)
    pair.source.put(person("x@a", "b"))
    pair.source.put(person("x", "a@b", a=2))
    pair.target.put({"id": {"S": "x@a@b"}, "a": {"N": "2"}})
    report = pair.verify()
    assert [m.kind for m in report.mismatches] == kinds
    assert report.verdicts.collisions == (0 if kinds else 1)


def test_items_that_the_conversion_refuses_are_counted_and_absent() -> None:
    pair = converted(Meeting.SEPARATE)
    pair.source.put(person("bad", "rome", a=-1))
    report = pair.verify()
    assert report.verified
    assert report.seen.rejected == 1


def test_many_differing_buckets_are_looked_at_in_portions() -> None:
    pair = same()
    for item in pair.target.all()[:30]:
        pair.target.put({**item, "a": {"N": "7"}})
    report = pair.verify(most_entries=8)
    assert report.mismatch_count == 30
    assert len(report.mismatches) == 20
    assert report.looks > 5
    assert "and 10 more" in report.listed()


class Image(dict[str, dict[str, Any]]):
    """An item that was read, which tells whether somebody still holds it."""


class WatchedItems(FakeItems):
    """Items that know how many of those that were read are still held."""

    def __init__(self, tables: dict[str, FakeTable]) -> None:
        super().__init__(tables)
        self.most = 0
        self._read: list[weakref.ref[Image]] = []

    def get_items(self, table: str, keys: Sequence[WireItem]) -> list[WireItem]:
        found = [Image(item) for item in super().get_items(table, keys)]
        self._read += map(weakref.ref, found)
        self.most = max(self.most, sum(image() is not None for image in self._read[-10_000:]))
        return list(found)


def test_what_is_seen_of_items_is_held_for_a_few_at_a_time() -> None:
    """Guards memory that grew with the number of suspects times the size of their items."""
    pair = Pair(identity())
    pair.put(person(f"p{n:03}") for n in range(700))
    for item in pair.copied():
        pair.target.put({**item, "a": {"N": "7"}})
    pair.items = watched = WatchedItems(pair.items.tables)
    assert pair.verify().mismatch_count == 700
    assert 0 < watched.most <= 2 * 100 * 3  # two workers, a batch each, three reads of it


def test_a_repair_loses_against_a_newer_write_and_looks_again() -> None:
    pair = same()
    pair.target.put(person("p001", a=7))
    lost = False

    def overtake(operation: str) -> None:
        nonlocal lost
        if operation == "PutItem" and not lost:
            lost = True
            pair.source.put(person("p001", a=8))
            pair.target.put(person("p001", a=8))

    pair.items.before = overtake
    report = pair.verify(repair=True)
    assert lost
    assert report.verified
    assert report.verdicts.repaired == 0
    assert pair.target.get(person("p001")) == person("p001", a=8)


def test_a_guard_that_says_no_ends_the_look() -> None:
    class LostError(Exception):
        pass

    def lost() -> None:
        raise LostError

    pair = same()
    pair.guard = lost
    with pytest.raises(LostError):
        pair.verify()


def test_nothing_is_written_without_sweep_or_repair() -> None:
    pair = same()
    pair.target.put(person("stranger"))
    pair.target.put(tombstone({"id": {"S": "gone"}}))
    called: set[str] = set()
    pair.items.before = called.add
    assert not pair.verify().verified
    assert called == {"Scan", "BatchGetItem"}


def test_an_item_that_could_not_be_moved_is_not_missed_while_it_is_what_it_was() -> None:
    """DynamoDB refused it, and skip kept it aside: verify must not stand in the way of serving without it."""
    pair = same()
    for name in ("p001", "p002", "p003"):
        pair.target.delete({"id": {"S": name}})
    aside: dict[CanonicalKey, bytes | None] = {("S:p001",): digest(person("p001", "rome", "oslo")), ("S:p002",): None}
    changed = {**aside, ("S:p003",): digest(person("p003", "elsewhere"))}
    assert [mismatch.key for mismatch in pair.verify(aside=changed).mismatches] == [("S:p003",)]
    pair.target.put(person("p003", "rome", "oslo"))
    report = pair.verify(aside=changed)
    assert report.verified
    assert "2 refused by DynamoDB and kept aside" in report.summary()
    pair.target.put({**person("p001", "rome", "oslo"), "a": {"N": "7"}})
    assert [mismatch.kind for mismatch in pair.verify(aside=aside).mismatches] == [Kind.DIFFERING]
