"""What one page means."""

from __future__ import annotations

from typing import Any

from pulumi_dynamo_migrator.backfill.page import Batch, PageConverter
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.keys import IndexKeys, KeySchema, TargetShape
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.items import INSERT_BATCH, WireItem, page_of
from tests.fakes.conversions import ID, ID_PLACE, PER_PLACE, PER_PLACE_JOINED, identity, written


def person(name: str, *places: str, a: int = 1) -> WireItem:
    return {"id": {"S": name}, "a": {"N": str(a)}, "places": {"L": [{"S": place} for place in places]}}


def test_under_an_identity_chain_values_are_the_bytes_of_the_page() -> None:
    page = page_of([person("x", "rome")])
    (batch,) = PageConverter(identity()).writes(page).batches
    (item,) = page.raw_items()
    assert {name: bytes(value) for name, value in batch.items[0].items()} == {
        name: bytes(value) for name, value in item.items()
    }


def test_no_batch_is_longer_than_dynamodb_takes() -> None:
    made = PageConverter(identity()).writes(page_of([person(f"p{n}") for n in range(60)]))
    assert [len(batch) for batch in made.batches] == [INSERT_BATCH, INSERT_BATCH, 10]


def test_no_key_comes_twice_in_a_batch() -> None:
    chain = written(PER_PLACE_JOINED, meeting=Meeting.MAY_MEET)
    made = PageConverter(chain).writes(page_of([person("x@a", "b"), person("y", "c"), person("x", "a@b")]))
    assert [[item["id"] for item in batch.items] for batch in made.batches] == [
        [{"S": "x@a@b"}, {"S": "y@c"}],
        [{"S": "x@a@b"}],
    ]
    assert [[origin["id"] for origin in batch.origins] for batch in made.batches] == [
        [{"S": "x@a"}, {"S": "y"}],
        [{"S": "x"}],
    ]


def test_dropped_fanned_out_and_failed_items_are_told_apart() -> None:
    chain = written(PER_PLACE, meeting=Meeting.SEPARATE, target=ID_PLACE)
    good, none, bad = person("x", "a", "b"), person("y"), person("z", a=-1)
    made = PageConverter(chain).writes(page_of([good, none, bad]))
    assert made.dropped == 1
    assert [len(batch) for batch in made.batches] == [2]
    (failed,) = made.failed
    assert (failed.key, failed.image) == ({"id": {"S": "z"}}, bad)
    assert "negative" in failed.reason


def test_an_item_without_the_new_key_fails_by_itself() -> None:
    chain = Chain((), Meeting.SEPARATE, ID, TargetShape(ID_PLACE))
    made = PageConverter(chain).writes(page_of([{"id": {"S": "x"}}, {"id": {"S": "y"}, "place": {"S": "rome"}}]))
    assert [failed.key for failed in made.failed] == [{"id": {"S": "x"}}]
    assert len(made.batches[0]) == 1


def test_an_index_key_of_another_type_fails_before_dynamodb_sees_it() -> None:
    shape = TargetShape(ID, (IndexKeys("by_a", ("id", "a"), ("S", "S"), 1),))
    made = PageConverter(Chain((), Meeting.SEPARATE, ID, shape)).writes(page_of([person("x")]))
    assert "by_a" in made.failed[0].reason


def test_numbers_written_in_two_ways_are_one_key() -> None:
    keys = KeySchema(("n",), ("N",))
    items: list[dict[str, Any]] = [{"n": {"N": "5"}}, {"n": {"N": "5.0"}}]
    made = PageConverter(Chain((), Meeting.MAY_MEET, keys, TargetShape(keys))).writes(page_of(items))
    assert [len(batch) for batch in made.batches] == [1, 1]


def test_a_batch_is_cut_and_picked_from_in_both_columns() -> None:
    whole = Batch([{"n": {"N": str(n)}} for n in range(4)], [{"o": {"N": str(n)}} for n in range(4)])
    assert whole.part(1, 3) == Batch(whole.items[1:3], whole.origins[1:3])
    assert whole.only([True, False, False, True]) == Batch(
        [whole.items[0], whole.items[3]], [whole.origins[0], whole.origins[3]]
    )
    assert not whole.part(4, 9)
