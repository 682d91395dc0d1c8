"""A whole copy, in memory."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from pulumi_dynamo_migrator.backfill.job import BackfillStoppedError
from pulumi_dynamo_migrator.backfill.segments import Tally
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.replicate.config import OnItemError
from pulumi_dynamo_migrator.replicate.tombstone import tombstone
from tests.fakes.conversions import ID_PLACE, PER_PLACE, PER_PLACE_JOINED, identity, written
from tests.fakes.copying import TARGET, Pair


class KilledError(Exception):
    pass


def person(name: str, *places: str, a: int = 1) -> WireItem:
    return {"id": {"S": name}, "a": {"N": str(a)}, "places": {"L": [{"S": place} for place in places]}}


def people(count: int) -> list[WireItem]:
    return [person(f"p{n:03}", "rome") for n in range(count)]


def by_id(items: list[WireItem]) -> list[WireItem]:
    return sorted(items, key=lambda item: str(item["id"]))


def test_everything_is_copied_once() -> None:
    pair = Pair(identity())
    pair.put(people(100))
    result = pair.backfill()
    assert pair.target.items == pair.source.items
    assert (result.tally.read, result.tally.inserted, result.tally.present) == (100, 100, 0)
    assert all(segment.done for segment in result.segments)


def test_an_empty_table_is_done_at_once() -> None:
    tally = Pair(identity()).backfill().tally
    assert msgspec.structs.replace(tally, bytes=0) == Tally()  # an empty page has an envelope


def test_a_copy_that_is_done_reads_nothing_again() -> None:
    pair = Pair(identity())
    pair.put(people(20))
    first = pair.backfill()
    pair.items.before = lambda operation: pytest.fail(f"{operation} after the end")
    assert pair.backfill().tally == first.tally


def test_what_the_replicator_wrote_first_stays() -> None:
    pair = Pair(identity())
    pair.put(people(10))
    newer, deleted = {**person("p003"), "newer": {"BOOL": True}}, tombstone({"id": {"S": "p004"}})
    pair.target.put(newer)
    pair.target.put(deleted)
    result = pair.backfill()
    assert result.tally.present == 2
    assert pair.target.get(newer) == newer
    assert pair.target.get(deleted) == deleted


def dies_at(operation: str, number: int) -> Callable[[str], None]:
    """What goes before each request: the process dies at this one of its kind, and at each one after that."""
    calls = 0

    def die(called: str) -> None:
        nonlocal calls
        calls += called == operation
        if called == operation and calls >= number:
            raise KilledError

    return die


@pytest.mark.parametrize("operation", ["Scan", "BatchExecuteStatement"])
@pytest.mark.parametrize("at", [1, 5, 9])
def test_killed_anywhere_and_run_again_it_ends_as_if_never_killed(operation: str, at: int) -> None:
    pair = Pair(identity())
    pair.put(people(100))
    pair.items.before = dies_at(operation, at)
    with pytest.raises(KilledError):
        pair.backfill()
    pair.items.before = lambda _operation: None
    result = pair.backfill(segments=9)
    assert pair.target.items == pair.source.items
    assert result.tally.read == 100
    assert result.tally.inserted + result.tally.present == 100


def test_a_guard_that_says_no_stops_the_copy_before_the_next_write() -> None:
    pair = Pair(identity())
    pair.put(people(100))
    asked = 0

    def guard() -> None:
        nonlocal asked
        asked += 1
        if asked > 8:
            raise KilledError

    pair.guard = guard
    with pytest.raises(KilledError):
        pair.backfill(workers=1)
    held = len(pair.target.items)
    pair.items.before = lambda operation: pytest.fail(f"{operation} after the guard said no")
    with pytest.raises(KilledError):
        pair.backfill(workers=1)
    assert len(pair.target.items) == held < 100


def test_a_failed_item_stops_the_copy_before_its_page_and_is_kept() -> None:
    pair = Pair(written(PER_PLACE, meeting=Meeting.SEPARATE, target=ID_PLACE))
    pair.put([*people(30), person("p031", a=-1)])
    with pytest.raises(BackfillStoppedError, match="p031") as caught:
        pair.backfill(segments=1)
    assert "negative" in caught.value.what
    assert pair.ledger.failed[0][0] == {"id": {"S": "p031"}}
    assert not pair.ledger.segments[0].done
    pair.source.put(person("p031", "rome"))
    pair.backfill()
    assert len(pair.target.items) == 31


def test_a_failed_item_can_be_left_aside() -> None:
    pair = Pair(written(PER_PLACE, meeting=Meeting.SEPARATE, target=ID_PLACE))
    pair.put([*people(30), person("p031", a=-1), person("p032")])
    result = pair.backfill(on_error=OnItemError.SKIP)
    assert (result.tally.failed, result.tally.dropped, result.tally.inserted) == (1, 1, 30)
    assert len(pair.ledger.failed) == 1


def test_an_item_that_dynamodb_refuses_is_a_failed_item() -> None:
    pair = Pair(identity())
    pair.put(people(10))
    pair.items.refuses = lambda item: "too odd" if item["id"] == {"S": "p005"} else None
    with pytest.raises(BackfillStoppedError, match="too odd"):
        pair.backfill()
    result = pair.backfill(on_error=OnItemError.SKIP)
    assert result.tally.failed == 1
    assert len(pair.target.items) == 9


def test_a_page_whose_inserts_are_not_all_answered_is_not_checkpointed() -> None:
    pair = Pair(identity(), page=60)
    pair.put(people(60))
    pair.items.before = dies_at("BatchExecuteStatement", 2)
    with pytest.raises(KilledError):
        pair.backfill(segments=1, workers=1)
    assert len(pair.target.items) == 25
    assert not pair.ledger.saves


def test_who_sits_at_a_distinct_key_is_looked_at() -> None:
    pair = Pair(written(PER_PLACE_JOINED, meeting=Meeting.DISTINCT), page=50)
    pair.put([person("own", "rome"), person("changed", "rome"), person("deleted", "rome"), person("met", "rome")])
    pair.target.put({"id": {"S": "own@rome"}, "a": {"N": "1.0"}})
    pair.target.put({"id": {"S": "changed@rome"}, "a": {"N": "2"}})
    pair.target.put(tombstone({"id": {"S": "deleted@rome"}}))
    pair.target.put({"id": {"S": "met@rome"}, "a": {"N": "99"}})

    def change(operation: str) -> None:
        if operation == "BatchExecuteStatement":
            pair.source.put(person("changed", "rome", a=2))

    pair.items.before = change
    result = pair.backfill(segments=1)
    assert (result.tally.present, result.tally.unsettled) == (4, 1)
    assert pair.items.tables[TARGET].get({"id": {"S": "met@rome"}}) == {"id": {"S": "met@rome"}, "a": {"N": "99"}}


def test_progress_counts_source_items_to_the_end() -> None:
    pair = Pair(written(PER_PLACE, meeting=Meeting.SEPARATE, target=ID_PLACE))
    pair.put([person("x", "a", "b", "c"), person("y"), person("z", "a")])
    pair.backfill()
    assert pair.told[-1].done == 3


def test_checkpoints_are_seldom_and_the_last_one_stands_behind_all() -> None:
    pair = Pair(identity())
    pair.put(people(100))
    pair.backfill(segments=1, checkpoint=10.0)
    assert [(segment.done, segment.tally.read) for segment in pair.ledger.saves] == [(True, 100)]


def test_a_copy_that_fails_between_two_checkpoints_goes_on_where_it_was() -> None:
    pair = Pair(identity(), page=10)
    pair.put(people(100))
    pair.items.before = dies_at("Scan", 6)
    with pytest.raises(KilledError):
        pair.backfill(segments=1, checkpoint=10.0)
    assert [segment.tally.read for segment in pair.ledger.saves] == [50]
    pair.items.before = lambda _operation: None
    assert pair.backfill(segments=1, checkpoint=10.0).tally.inserted == 100
