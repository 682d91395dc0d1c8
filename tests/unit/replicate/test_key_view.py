"""One invocation over records that have no images."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.conversion.chain import Chain, RetypeLink
from pulumi_dynamo_migrator.conversion.keys import KeySchema, TargetShape
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.replicate.config import OnItemError
from pulumi_dynamo_migrator.replicate.invocation import BatchFailedError, run
from pulumi_dynamo_migrator.replicate.tombstone import Item, tombstone
from pulumi_dynamo_migrator.replicate.word import Word
from tests.fakes.conversions import ID, config_of, identity, written
from tests.fakes.stream import entry
from tests.fakes.tables import FakeWorld, Refuses

KEY = {"id": {"S": "1"}}
PLAIN = [Word.OPEN, Word.TAIL]
NUMBER = KeySchema(("id",), ("N",))

# Drops zero, refuses what is below.
POSITIVE = """
def convert(item):
    if item["a"] < 0:
        raise ValueError("a is negative")
    return {**item, "b": item["a"]} if item["a"] else None
"""
KEPT = written(POSITIVE, meeting=Meeting.SEPARATE)


def item(a: int, name: str = "1") -> Item:
    return {"id": {"S": name}, "a": {"N": str(a)}}


def made(a: int, name: str = "1") -> Item:
    return {**item(a, name), "b": {"N": str(a)}}


class Setting:
    """A replicator on a stream of keys, and its world."""

    def __init__(
        self,
        word: Word,
        *,
        chain: Chain | None = None,
        source: list[Item] | None = None,
        held: list[Item] | None = None,
        refuses: Refuses = lambda _: None,
        on_item_error: OnItemError = OnItemError.STOP,
        view: str = "KEYS_ONLY",
        lanes: int = 1,
    ) -> None:
        self.lanes = lanes
        self.config = config_of(chain or identity(), on_item_error=on_item_error, view=view)
        schemas = self.config.source_keys, self.config.target.keys
        self.world = FakeWorld.make(*schemas, word=word, refuses=refuses)
        for one in source or []:
            self.world.source.table.put(one)
        for one in held or []:
            self.world.target.table.put(one)

    def deliver(self, *keys: Item) -> None:
        entries = [entry(n, key, item(1), None, view=self.config.view) for n, key in enumerate(keys)]
        world = self.world
        run(
            {"Records": entries},
            lambda: self.config,
            ports=world.ports,
            clock=world.clock,
            invocation="i",
            lanes=self.lanes,
        )

    def notes(self, kind: str) -> set[str]:
        return self.world.ledger.sort_keys(kind)

    @property
    def held(self) -> list[Item]:
        return sorted(self.world.target.table.items.values(), key=str)


@pytest.mark.parametrize("word", PLAIN)
@pytest.mark.parametrize("view", ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE"])
def test_what_the_source_holds_now_is_put_whatever_the_record_says(word: Word, view: str) -> None:
    setting = Setting(word, chain=KEPT, source=[item(7)], held=[made(1)], view=view)
    setting.deliver(KEY)
    assert setting.held == [made(7)]


@pytest.mark.parametrize(("word", "left"), [(Word.OPEN, [tombstone(KEY)]), (Word.TAIL, [])])
def test_what_the_source_does_not_hold_any_more_is_deleted(word: Word, left: list[Item]) -> None:
    setting = Setting(word, held=[item(1)])
    setting.deliver(KEY)
    assert setting.held == left


@pytest.mark.parametrize(("word", "left"), [(Word.OPEN, [tombstone(KEY)]), (Word.TAIL, [])])
def test_what_the_conversion_drops_is_deleted(word: Word, left: list[Item]) -> None:
    setting = Setting(word, chain=KEPT, source=[item(0)], held=[made(1)])
    setting.deliver(KEY)
    assert setting.held == left


def test_a_deleted_key_goes_through_the_change_of_its_type() -> None:
    retyped = Chain((RetypeLink((("id", "N", "S"),)),), Meeting.DISTINCT, NUMBER, TargetShape(ID))
    setting = Setting(Word.TAIL, chain=retyped, held=[item(1, "5"), item(1, "6")])
    setting.deliver({"id": {"N": "5"}})
    assert setting.held == [item(1, "6")]


@pytest.mark.parametrize("lanes", [1, 8])
def test_a_batch_reads_every_source_item_once(lanes: int) -> None:
    held = [item(n, str(n)) for n in range(9)]
    setting = Setting(Word.TAIL, source=held, lanes=lanes)
    setting.deliver(*({"id": {"S": str(n)}} for n in (*range(9), *range(9))))
    assert setting.held == held
    around = 5  # register, word, failures, count, unmark; the last, unregister, follows
    assert setting.world.calls.count == around + 9 + 9 + 1


@pytest.mark.parametrize("word", PLAIN)
def test_a_current_item_that_cannot_be_converted_stops_the_batch_until_it_is_mended(word: Word) -> None:
    setting = Setting(word, chain=KEPT, source=[item(-1), item(1, "2")])
    with pytest.raises(BatchFailedError, match="a is negative"):
        setting.deliver(KEY, {"id": {"S": "2"}})
    assert setting.notes("failed") == {'failed#["S:1"]'}
    assert not setting.held
    setting.world.source.table.put(item(3))
    setting.deliver(KEY, {"id": {"S": "2"}})
    assert setting.held == [made(3), made(1, "2")] or setting.held == [made(1, "2"), made(3)]
    assert not setting.notes("failed") | setting.notes("failing")


def test_with_skip_what_stood_for_the_item_goes_and_it_is_noted() -> None:
    setting = Setting(Word.TAIL, chain=KEPT, source=[item(-1)], held=[made(1)], on_item_error=OnItemError.SKIP)
    setting.deliver(KEY)
    assert not setting.held
    assert setting.notes("failed") == {'failed#["S:1"]'}


def test_content_that_dynamodb_refuses_is_an_item_error_while_the_source_holds_it() -> None:
    setting = Setting(Word.TAIL, source=[item(400)], refuses=lambda one: "too large" if one == item(400) else None)
    with pytest.raises(BatchFailedError, match="too large"):
        setting.deliver(KEY)
    assert setting.notes("failed") == {'failed#["S:1"]'}
    setting.world.source.table.remove(KEY)
    setting.deliver(KEY)
    assert not setting.notes("failed")


@pytest.mark.parametrize("word", [Word.NOTING, Word.LATE])
def test_a_word_that_needs_images_is_refused_and_nothing_is_consumed(word: Word) -> None:
    setting = Setting(word, source=[item(2)], held=[item(1)])
    with pytest.raises(BatchFailedError, match=f"was told '{word.value}'.*KEYS_ONLY"):
        setting.deliver(KEY)
    assert setting.held == [item(1)]
    assert setting.notes("failing") == {"failing#e0"}


def test_stop_consumes_nothing() -> None:
    setting = Setting(Word.STOP, source=[item(2)])
    with pytest.raises(BatchFailedError, match="stopped"):
        setting.deliver(KEY)
    assert not setting.held
