"""What a first page of the source says about the conversions."""

from __future__ import annotations

from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.lifecycle.sample import sample_items
from pulumi_dynamo_migrator.model.spec import Structure
from pulumi_dynamo_migrator.plan.chain import chain_for
from tests.fakes.plans import NEW, OLD, conversion

ITEMS: list[WireItem] = [{"id": {"S": name}, "country": {"S": "DE"}, "n": {"N": "1"}} for name in ("a", "b")]


def chain(text: str, target: Structure = OLD) -> Chain:
    return chain_for(OLD, target, (conversion(2, text),), how=Meeting.SEPARATE)


def test_a_conversion_that_leaves_the_key_alone_keeps_it() -> None:
    found = sample_items(ITEMS, chain("return {**item, 'n': item.n + 1}"))
    assert (found.read, found.keys_kept, found.problems, found.unsteady) == (2, True, (), None)


def test_a_conversion_that_changes_the_key_is_seen() -> None:
    assert not sample_items(ITEMS, chain("return {**item, 'id': 'x' + item.id}")).keys_kept


def test_one_changed_key_of_a_fan_out_is_enough() -> None:
    assert not sample_items(ITEMS, chain("return [item, {**item, 'id': item.id + '2'}]")).keys_kept


def test_a_dropped_item_keeps_every_key() -> None:
    assert sample_items(ITEMS, chain("return None")).keys_kept


def test_an_item_that_cannot_be_moved_is_told_with_its_key() -> None:
    items: list[WireItem] = [*ITEMS, {"id": {"S": "c"}}]
    (found,) = sample_items(items, chain_for(OLD, NEW, (), how=Meeting.SEPARATE)).problems
    assert "c" in found
    assert "country" in found


def test_a_conversion_that_fails_is_told_with_its_number() -> None:
    first, second = sample_items(ITEMS, chain("return item.nothing")).problems
    assert "conversion 2" in first
    assert "b" in second


def test_a_conversion_that_depends_on_more_than_the_item_is_unsteady() -> None:
    text = "import random; return {**item, 'n': random.randrange(10 ** 30)}"
    found = sample_items(ITEMS, chain(text)).unsteady
    assert found is not None
    assert "it must depend on the item alone" in found


def test_no_items_say_nothing_against_it() -> None:
    found = sample_items([], chain("return item"))
    assert (found.read, found.keys_kept) == (0, True)
