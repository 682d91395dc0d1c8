"""A migration's partition: what the replicator's own code writes there, this side reads, and the other way round."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pulumi_dynamo_migrator.aws.ledger import (
    CopyLedger,
    Counters,
    FailedItem,
    FailingBatch,
    LeaseLostError,
    Ledger,
    MigrationLedger,
    WordState,
)
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.backfill.job import BackfillLedger
from pulumi_dynamo_migrator.backfill.segments import Segment, Tally
from pulumi_dynamo_migrator.conversion.keys import KeySchema
from pulumi_dynamo_migrator.replicate.door import Caller
from pulumi_dynamo_migrator.replicate.handler import client_call
from pulumi_dynamo_migrator.replicate.ledger import LedgerTable
from pulumi_dynamo_migrator.replicate.notes import ConflictImage, CountConflict, Failure, Own, Seen, SeenState, Side
from pulumi_dynamo_migrator.replicate.ports import Registration
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.system import SystemClock
from tests.fakes.doors import FAST

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CLOCK = SystemClock()
KEYS = KeySchema(("pk", "sk"), ("S", "N"))
ITEM = {"pk": {"S": "käse"}, "sk": {"N": "5.0"}, "b": {"B": "AAEC"}}


@dataclass(frozen=True)
class Endless:
    def now(self) -> float:
        return CLOCK.now()

    def remaining(self) -> float:
        return 60.0

    def sleep(self, seconds: float) -> None:
        CLOCK.sleep(seconds)


@dataclass(frozen=True)
class World:
    """One migration from both sides."""

    here: MigrationLedger
    lambda_: LedgerTable
    copying: CopyLedger
    neighbour: MigrationLedger
    ledger: Ledger


@pytest.fixture
def world(any_dynamodb: DynamoDBClient) -> Iterator[World]:
    client = any_dynamodb
    table = f"ledger-{uuid.uuid4().hex[:8]}"
    ledger = Ledger(client, clock=CLOCK, timing=FAST, table=table)
    ledger.control.ensure()
    caller = Caller(client_call(client), Endless(), random.random)
    yield World(
        ledger.migration("m1"),
        LedgerTable(caller, table, "m1", target_table="t"),
        ledger.copying("m1", keys=KEYS),
        ledger.migration("m10"),
        ledger,
    )
    Tables(client).update_deletion_protection(table, enabled=False)
    Tables(client).delete(table)


def test_the_word_that_is_said_here_is_read_by_the_replicator(world: World) -> None:
    assert world.here.word() is None
    for epoch, word in enumerate(Word, 1):
        assert world.here.set_word(word) == WordState(word, epoch)
        assert world.lambda_.word() is word


def test_saying_the_word_that_stands_changes_nothing(world: World) -> None:
    assert world.here.set_word(Word.TAIL) == world.here.set_word(Word.TAIL) == WordState(Word.TAIL, 1)


def test_the_first_word_is_said_only_where_none_was(world: World) -> None:
    assert world.here.begin_words(Word.OPEN) == WordState(Word.OPEN, 1)
    world.here.set_word(Word.LATE)
    assert world.here.begin_words(Word.OPEN) == WordState(Word.LATE, 2)


def test_a_word_is_said_under_the_lease_or_not_at_all(world: World) -> None:
    """A process that slept through a hand-over would else bring the replicator back to unconditional writes."""
    mine = world.ledger.acquire("t")
    here = world.ledger.migration("m1", lease=mine)
    assert here.begin_words(Word.OPEN) == WordState(Word.OPEN, 1)
    assert here.set_word(Word.TAIL) == here.set_word(Word.TAIL) == WordState(Word.TAIL, 2)
    world.ledger.release(mine)
    theirs = world.ledger.acquire("t")
    world.ledger.migration("m1", lease=theirs).set_word(Word.LATE)
    with pytest.raises(LeaseLostError):
        here.set_word(Word.NOTING)
    with pytest.raises(LeaseLostError):
        world.ledger.migration("m2", lease=mine).begin_words(Word.OPEN)
    assert world.lambda_.word() is Word.LATE
    assert world.ledger.migration("m2").word() is None


def test_a_working_invocation_is_seen_until_it_has_ended(world: World) -> None:
    working = Registration("i-1", started=1_800_000_000.5, oldest=1_799_999_999.25, records=100)
    world.lambda_.register(working)
    assert world.here.registrations() == (working,)
    world.lambda_.unregister("i-1")
    assert world.here.registrations() == ()


def test_a_failing_batch_is_seen_until_it_has_succeeded(world: World) -> None:
    by = Registration("i-1", started=1_800_000_000.0, oldest=1_799_999_999.25, records=7)
    world.lambda_.mark_failing("e1", error="it did not work", at=1_800_000_000.5, records=7, by=by)
    assert world.here.failing() == (FailingBatch("e1", "it did not work", at=1_800_000_000.5, records=7),)
    world.lambda_.note_done("e1", by=by)
    world.lambda_.clear_failing(["e1"])
    assert world.here.failing() == ()


def test_a_failed_item_is_kept_by_either_side_and_counted_once(world: World) -> None:
    world.lambda_.note_failure(Failure('["S","x"]', reason="no id", image={"x": {"S": "x"}}, at=1.5))
    for reason in ("first", "again"):
        world.copying.record_failed({"pk": ITEM["pk"], "sk": ITEM["sk"]}, reason, ITEM)
    assert world.here.failed_count() == world.here.counters().failed == world.lambda_.failures() == 2
    by_backfill = next(one for one in world.here.failed() if one.by == "backfill")
    assert (by_backfill.reason, by_backfill.image) == ("again", ITEM)
    assert FailedItem('["S","x"]', "no id", at=1.5, by="replicator", image={"x": {"S": "x"}}) in world.here.failed()
    assert len(world.here.failed(most=1)) == 1


def test_failed_items_are_cleared_while_they_are_gone_through_page_by_page(world: World) -> None:
    """More than fit into one page of 1 MB, so that the next one is asked for after its neighbours have gone."""
    text = random.Random(1).randbytes(90_000).hex()
    for number in range(12):
        item = {**ITEM, "sk": {"N": str(number)}, "text": {"S": text}}
        world.copying.record_failed({"pk": item["pk"], "sk": item["sk"]}, "no", item)
    found = world.here.each_failed()
    for one in found:
        assert one.image is not None
        world.here.clear_failed(one)
    assert world.here.failed_count() == world.here.counters().failed == 0


def test_a_failed_item_that_the_backfill_kept_is_cleared_by_the_replicator(world: World) -> None:
    world.copying.record_failed({"pk": ITEM["pk"], "sk": ITEM["sk"]}, "first", ITEM)
    (kept,) = world.here.failed()
    world.lambda_.forget_failure(kept.key, noted_by=kept.at)
    assert world.here.failed() == ()
    assert world.here.counters().failed == 0


def test_conflicts_come_whole_also_where_their_images_are_large(world: World) -> None:
    noise = random.Random(7)
    large = {**ITEM, "text": {"S": "".join(chr(noise.randrange(33, 0x2FFF)) for _ in range(380_000))}}
    for event, image in (("e1", ITEM), ("e2", large)):
        notes = (
            Seen(event, SeenState.CONFLICT, 1.0),
            Own("k", 1.0),
            CountConflict(),
            ConflictImage(event, Side.OLD, image, "k", "somebody was faster", 2.5),
            ConflictImage(event, Side.NEW, ITEM, "k", "somebody was faster", 2.5),
        )
        assert world.lambda_.transact(notes, ())
    found = {(one.event_id, one.side): one for one in world.here.conflicts()}
    assert len(found) == 4
    assert found["e1", Side.OLD].image == ITEM
    assert found["e2", Side.OLD].image == large
    assert found["e2", Side.NEW].why == "somebody was faster"
    assert world.here.counters().conflicts == 2


def test_counters_are_read(world: World) -> None:
    assert world.here.counters() == Counters()
    world.lambda_.count(5, at=1_800_000_000.5)
    world.lambda_.count(2, at=1_800_000_001.5)
    world.lambda_.count_gap()
    world.lambda_.count_unsure()
    assert world.here.counters() == Counters(records=7, last_at=1_800_000_001.5, gaps=1, unsure=1)


@pytest.mark.parametrize("kind", ["gaps", "unsure"])
def test_what_a_comparison_has_made_up_for_is_struck_unless_there_is_more_by_now(world: World, kind: str) -> None:
    def more(times: int) -> None:
        for _ in range(times):
            world.lambda_.count_gap() if kind == "gaps" else world.lambda_.count_unsure()

    def strike(seen: int) -> None:
        world.here.strike_compared(Counters(**{kind: seen}))

    strike(0)
    assert world.here.counters() == Counters()
    more(2)
    strike(1)
    assert world.here.counters() == Counters(**{kind: 2})
    for _ in range(2):  # an answer may be lost, and the call be made again
        strike(2)
        assert world.here.counters() == Counters()
    more(1)
    assert world.here.counters() == Counters(**{kind: 1})


def test_segments_are_kept_in_their_order(world: World) -> None:
    ledger: BackfillLedger = world.copying
    assert ledger.load_segments() == []
    segments = [Segment(number, 12, cursor=b'{"pk":{"S":"x"}}', tally=Tally(read=number)) for number in range(12)]
    for segment in reversed(segments):
        ledger.save_segment(segment)
    ledger.save_segment(segments[3].after(None, tally=Tally(read=1)))
    loaded = ledger.load_segments()
    assert [segment.number for segment in loaded] == list(range(12))
    assert (loaded[3].done, loaded[3].cursor, loaded[3].tally.read) == (True, None, 4)


def test_a_purge_takes_everything_of_this_migration_and_nothing_of_another(world: World) -> None:
    for number in range(60):
        world.lambda_.register(Registration(f"i-{number}", started=1.0, oldest=1.0, records=1))
    world.neighbour.set_word(Word.OPEN)
    assert world.here.purge() == 60
    assert world.here.purge() == 0
    assert world.neighbour.word() == WordState(Word.OPEN, 1)
