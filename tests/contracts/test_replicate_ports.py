"""The replicator's ports: the same sentences for the tables in memory and for the door over a real process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

import botocore.session
import pytest

from pulumi_dynamo_migrator.conversion.keys import KeySchema
from pulumi_dynamo_migrator.replicate.changes import (
    Delete,
    DeleteIfEqual,
    Delta,
    Expectation,
    InsertIfAbsent,
    PlainChange,
    Put,
    ReplaceExpired,
    StillHolds,
    Tombstone,
)
from pulumi_dynamo_migrator.replicate.door import AwsError, Operation
from pulumi_dynamo_migrator.replicate.handler import client_call, ports_over, to_bytes, to_text
from pulumi_dynamo_migrator.replicate.invocation import BatchFailedError, run
from pulumi_dynamo_migrator.replicate.notes import (
    ConflictImage,
    CountConflict,
    Failure,
    NotOwned,
    Own,
    Seen,
    SeenState,
    Side,
    Unseen,
)
from pulumi_dynamo_migrator.replicate.ports import ChangeRefusedError, Ports, Registration
from pulumi_dynamo_migrator.replicate.tombstone import Item, is_tombstone
from pulumi_dynamo_migrator.replicate.word import Word
from tests.fakes.conversions import config_of, identity
from tests.fakes.doors import Server
from tests.fakes.judges import JUDGES
from tests.fakes.stream import entry
from tests.fakes.tables import FakeClock, FakeWorld

KEYS = KeySchema(("id", "at"), ("S", "N"))
NOW = 1_700_000_000.0
BEFORE = Registration("i1", NOW - 1, NOW - 1, 2)
"""An invocation that began a second ago."""

EVERY_TYPE: Item = {
    "text": {"S": ""},
    "number": {"N": "12345678901234567890123456789012345678"},
    "binary": {"B": "AAEC/w=="},
    "flag": {"BOOL": False},
    "nothing": {"NULL": True},
    "B": {"B": "AA=="},
    "map": {"M": {"B": {"B": "AQI="}, "BS": {"BS": ["AA==", "AQ=="]}, "in": {"L": [{"B": "AQI="}, {"M": {}}]}}},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2.5"]},
}


def key(name: str = "k", at: str = "1") -> Item:
    return {"id": {"S": name}, "at": {"N": at}}


def item(name: str = "k", /, **attributes: Any) -> Item:
    return {**key(name), **{a: {"N": str(v)} if isinstance(v, int) else v for a, v in attributes.items()}}


class Bench(Protocol):
    """One pair of tables and a ledger."""

    @property
    def ports(self) -> Ports: ...

    def put_source(self, item: Item) -> None: ...

    def put_target(self, item: Item) -> None: ...

    def set_word(self, word: Word) -> None: ...

    def notes(self, kind: str) -> dict[str, Item]: ...

    def counter(self, name: str) -> int: ...


@dataclass
class MemoryBench:
    world: FakeWorld

    @property
    def ports(self) -> Ports:
        return self.world.ports

    def put_source(self, item: Item) -> None:
        self.world.source.table.put(item)

    def put_target(self, item: Item) -> None:
        self.world.target.table.put(item)

    def set_word(self, word: Word) -> None:
        self.world.set_word(word)

    def notes(self, kind: str) -> dict[str, Item]:
        return {name: self.world.ledger.items[name] for name in self.world.ledger.sort_keys(kind)}

    def counter(self, name: str) -> int:
        return int(self.world.ledger.items.get("counters", {}).get(name, {"N": "0"})["N"])


class ProcessBench:
    """Tables of its own in a real process, and the door that the Lambda function uses."""

    def __init__(self, server: Server) -> None:
        self.config = config_of(identity(KEYS, KEYS), name=f"ports-{uuid.uuid4().hex[:8]}")
        self.client: Any = botocore.session.Session().create_client(
            "dynamodb",
            region_name="us-east-1",
            endpoint_url=server.endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        for table in (self.config.source_table, self.config.target_table):
            self._create(table, KEYS)
        self._create(self.config.ledger_table, KeySchema(("pk", "sk"), ("S", "S")))
        self.ports = ports_over(client_call(self.client), self.config.tables(), clock=FakeClock(NOW))

    def _create(self, table: str, keys: KeySchema) -> None:
        self.client.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind}
                for name, kind in zip(keys.names, keys.types, strict=True)
            ],
            KeySchema=[
                {"AttributeName": name, "KeyType": role}
                for name, role in zip(keys.names, ("HASH", "RANGE"), strict=True)
            ],
        )

    def drop(self) -> None:
        for table in (self.config.source_table, self.config.target_table, self.config.ledger_table):
            self.client.delete_table(TableName=table)
        self.client.close()

    def put_source(self, item: Item) -> None:
        self.client.put_item(TableName=self.config.source_table, Item=to_bytes(item))

    def put_target(self, item: Item) -> None:
        self.client.put_item(TableName=self.config.target_table, Item=to_bytes(item))

    def set_word(self, word: Word) -> None:
        item = {"pk": {"S": self._pk()}, "sk": {"S": "word"}, "word": {"S": word.value}}
        self.client.put_item(TableName=self.config.ledger_table, Item=item)

    def notes(self, kind: str) -> dict[str, Item]:
        answer = self.client.query(
            TableName=self.config.ledger_table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :kind)",
            ExpressionAttributeValues={":pk": {"S": self._pk()}, ":kind": {"S": f"{kind}#"}},
        )
        return {item["sk"]["S"]: to_text(item) for item in answer["Items"]}

    def counter(self, name: str) -> int:
        key = {"pk": {"S": self._pk()}, "sk": {"S": "counters"}}
        held = self.client.get_item(TableName=self.config.ledger_table, Key=key).get("Item", {})
        return int(held.get(name, {"N": "0"})["N"])

    def _pk(self) -> str:
        return f"migration#{self.config.migration_id}"


@pytest.fixture(params=["memory", *JUDGES])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "memory":
        yield MemoryBench(FakeWorld.make(KEYS, KEYS, word=Word.OPEN, refuses=too_large))
        return
    process = ProcessBench(request.getfixturevalue(request.param))
    yield process
    process.drop()


def too_large(item: Item) -> str | None:
    """What DynamoDB says of an item over 400 KB."""
    return "Item size has exceeded the maximum allowed size" if len(str(item)) > 400_000 else None


HUGE = item("huge", text={"S": "x" * 420_000})


# Tables ------------------------------------------------------------------------------------------------------------


def test_an_item_of_every_type_is_read_as_it_was_written(bench: Bench) -> None:
    whole = item(**EVERY_TYPE)
    assert bench.ports.target.write([Put(key(), whole)]) == ()
    assert bench.ports.target.read(key()) == whole


def test_a_key_where_nothing_is_reads_as_nothing(bench: Bench) -> None:
    assert bench.ports.target.read(key()) is None
    assert bench.ports.source.read(key()) is None


def test_the_source_is_read_by_its_key(bench: Bench) -> None:
    bench.put_source(item(a=1))
    assert bench.ports.source.read(key()) == item(a=1)


def test_plain_changes_do_not_ask_what_is_there(bench: Bench) -> None:
    for name in ("put", "delete", "mark"):
        bench.put_target(item(name, a=1))
    changes: list[PlainChange] = [
        Put(key("put"), item("put", b=2)),
        Delete(key("delete")),
        Tombstone(key("mark")),
        Delete(key("absent")),
    ]
    assert bench.ports.target.write(changes) == ()
    assert bench.ports.target.read(key("put")) == item("put", b=2)
    assert bench.ports.target.read(key("delete")) is None
    mark = bench.ports.target.read(key("mark"))
    assert mark is not None
    assert is_tombstone(mark)
    assert "a" not in mark


def test_more_changes_than_one_request_holds_are_all_made(bench: Bench) -> None:
    assert bench.ports.target.write([Put(key(f"k{n}"), item(f"k{n}", n=n)) for n in range(60)]) == ()
    assert [bench.ports.target.read(key(f"k{n}")) for n in range(60)] == [item(f"k{n}", n=n) for n in range(60)]


def test_content_that_the_table_refuses_comes_back_and_the_rest_is_written(bench: Bench) -> None:
    bad = Put(key("huge"), HUGE)
    changes: list[PlainChange] = [Put(key("before"), item("before")), bad, Put(key("after"), item("after"))]
    (refusal,) = bench.ports.target.write(changes)
    assert refusal.change is bad
    assert "size" in refusal.reason.lower()
    assert bench.ports.target.read(key("before")) == item("before")
    assert bench.ports.target.read(key("after")) == item("after")
    assert bench.ports.target.read(key("huge")) is None


def test_a_conditional_delete_gives_what_it_deleted(bench: Bench) -> None:
    bench.put_target(item(a=1, more=2))
    assert bench.ports.target.delete_if_equal(DeleteIfEqual(key(), item(a=1))) == item(a=1, more=2)
    assert bench.ports.target.read(key()) is None


@pytest.mark.parametrize("expected", [{"a": 2}, {"a": 1, "b": 1}])
def test_a_conditional_delete_leaves_what_is_different(bench: Bench, expected: dict[str, int]) -> None:
    bench.put_target(item(a=1))
    assert bench.ports.target.delete_if_equal(DeleteIfEqual(key(), item(**expected))) is None
    assert bench.ports.target.read(key()) == item(a=1)


def test_a_conditional_delete_of_nothing_deletes_nothing(bench: Bench) -> None:
    assert bench.ports.target.delete_if_equal(DeleteIfEqual(key(), item())) is None


def test_a_conditional_delete_compares_by_value(bench: Bench) -> None:
    whole = item(**EVERY_TYPE)
    bench.put_target(whole)
    spelt = {**whole, "at": {"N": "1.0"}, "texts": {"SS": ["b", "a"]}, "numbers": {"NS": ["2.50", "1"]}}
    assert bench.ports.target.delete_if_equal(DeleteIfEqual(key(), spelt)) is not None


# Transactions ------------------------------------------------------------------------------------------------------


def done(event: str = "e1") -> Seen:
    return Seen(event, SeenState.DONE, NOW)


def test_notes_and_changes_come_together(bench: Bench) -> None:
    assert bench.ports.ledger.transact([done()], [Put(key(), item(a=1)), Delete(key("other"))])
    assert bench.ports.ledger.seen("e1") is SeenState.DONE
    assert bench.ports.target.read(key()) == item(a=1)


def test_a_noted_record_is_not_applied_again(bench: Bench) -> None:
    assert bench.ports.ledger.transact([done()], [])
    assert not bench.ports.ledger.transact([done()], [Put(key(), item(a=1))])
    assert bench.ports.target.read(key()) is None
    assert bench.ports.ledger.seen("e2") is None


def test_what_asks_that_a_record_is_not_noted_does_not_note_it(bench: Bench) -> None:
    assert bench.ports.ledger.transact([Unseen("e1")], [Put(key(), item(a=1))])
    assert bench.ports.ledger.seen("e1") is None
    assert bench.ports.target.read(key()) == item(a=1)
    assert bench.ports.ledger.transact([done()], [])
    assert not bench.ports.ledger.transact([Unseen("e1")], [Put(key(), item(a=2))])
    assert bench.ports.target.read(key()) == item(a=1)


def test_a_note_goes_on_from_the_state_that_it_names(bench: Bench) -> None:
    assert bench.ports.ledger.transact([Seen("e1", SeenState.DELETING, NOW)], [])
    assert not bench.ports.ledger.transact([Seen("e1", SeenState.CONFLICT, NOW, before=SeenState.DONE)], [])
    assert bench.ports.ledger.seen("e1") is SeenState.DELETING
    assert bench.ports.ledger.transact([Seen("e1", SeenState.DONE, NOW, before=SeenState.DELETING)], [])
    assert bench.ports.ledger.seen("e1") is SeenState.DONE
    assert bench.ports.ledger.transact([Seen("e1", SeenState.CONFLICT, NOW, always=True)], [])
    assert bench.ports.ledger.seen("e1") is SeenState.CONFLICT


def test_a_note_tells_when_it_was_made(bench: Bench) -> None:
    bench.ports.ledger.transact([Seen("e1", SeenState.DELETING, NOW + 0.5)], [])
    assert NOW + 0.5 <= bench.ports.ledger.noted_at("e1") <= NOW + 2


def test_a_note_goes_on_only_from_the_time_that_it_names(bench: Bench) -> None:
    deleting = Seen("e1", SeenState.DELETING, NOW)
    assert bench.ports.ledger.transact([deleting], [])
    noted = bench.ports.ledger.noted_at("e1")
    mine = Seen("e1", SeenState.DELETING, NOW + 90, before=SeenState.DELETING, stood=noted)
    assert bench.ports.ledger.transact([mine], [])
    assert not bench.ports.ledger.transact([mine], [])
    assert bench.ports.ledger.noted_at("e1") >= NOW + 90


def test_a_note_expires_after_two_days(bench: Bench) -> None:
    bench.ports.ledger.transact([done()], [])
    assert bench.notes("seen")["seen#e1"]["expires"] == {"N": str(int(NOW) + 48 * 3600)}


def test_an_owned_source_item_refuses_the_whole_transaction(bench: Bench) -> None:
    assert bench.ports.ledger.transact([NotOwned('["S:1"]'), done()], [])
    assert bench.ports.ledger.transact([Own('["S:1"]', NOW)], [])
    assert bench.ports.ledger.owned('["S:1"]')
    assert not bench.ports.ledger.owned('["S:2"]')
    assert not bench.ports.ledger.transact([NotOwned('["S:1"]'), done("e2")], [Put(key(), item())])
    assert bench.ports.ledger.seen("e2") is None
    assert bench.ports.ledger.transact([NotOwned('["S:2"]'), done("e2")], [])


def test_a_source_key_too_long_for_a_sort_key_is_owned_all_the_same(bench: Bench) -> None:
    long, other = f'["S:{"x" * 2000}"]', f'["S:{"x" * 2001}"]'
    assert bench.ports.ledger.transact([Own(long, NOW)], [])
    assert bench.ports.ledger.owned(long)
    assert not bench.ports.ledger.owned(other)


def test_an_insert_goes_only_where_nothing_is(bench: Bench) -> None:
    assert bench.ports.ledger.transact([], [InsertIfAbsent(key(), item(a=1))])
    assert not bench.ports.ledger.transact([done()], [InsertIfAbsent(key(), item(a=2))])
    assert bench.ports.target.read(key()) == item(a=1)
    assert bench.ports.ledger.seen("e1") is None


def test_an_expired_item_is_replaced_if_it_has_kept_its_expiry(bench: Bench) -> None:
    bench.put_target(item(until=5, old=1))
    assert not bench.ports.ledger.transact([], [ReplaceExpired(key(), item(a=1), "until", {"N": "6"})])
    assert bench.ports.ledger.transact([], [ReplaceExpired(key(), item(a=1), "until", {"N": "5.0"})])
    assert bench.ports.target.read(key()) == item(a=1)


def test_a_check_holds_where_more_is_and_refuses_where_less_is(bench: Bench) -> None:
    bench.put_target(item(a=1, b=2))
    assert bench.ports.ledger.transact([done("e1")], [StillHolds(key(), item(a=1))])
    assert not bench.ports.ledger.transact([done("e2")], [StillHolds(key(), item(a=1, c=3))])
    assert not bench.ports.ledger.transact([done("e3")], [StillHolds(key("absent"), item("absent"))])
    assert bench.ports.target.read(key()) == item(a=1, b=2)


def delta(old: Item, new: Item) -> Delta:
    names = sorted({**old, **new})
    return Delta(
        key(),
        tuple(new.items()),
        tuple(name for name in old if name not in new),
        tuple(Expectation(name, old.get(name), new.get(name)) for name in names),
    )


@pytest.mark.parametrize("held", [{"a": 1, "gone": 1}, {"a": 2, "come": 1}, {"a": 1, "come": 1}])
def test_a_delta_applies_to_the_old_and_to_the_new_values(bench: Bench, held: dict[str, int]) -> None:
    bench.put_target(item(**held, other=7))
    change = delta({"a": {"N": "1"}, "gone": {"N": "1"}}, {"a": {"N": "2"}, "come": {"N": "1"}})
    assert bench.ports.ledger.transact([done()], [change])
    assert bench.ports.target.read(key()) == item(a=2, come=1, other=7)


@pytest.mark.parametrize(
    "held", [{"a": 3, "gone": 1}, {"a": 1, "gone": 2}, {"gone": 1}, {"a": 1, "gone": 1, "come": 2}]
)
def test_a_delta_refuses_any_other_value(bench: Bench, held: dict[str, int]) -> None:
    bench.put_target(item(**held))
    change = delta({"a": {"N": "1"}, "gone": {"N": "1"}}, {"a": {"N": "2"}, "come": {"N": "1"}})
    assert not bench.ports.ledger.transact([done()], [change])
    assert bench.ports.target.read(key()) == item(**held)


def test_a_delta_that_only_adds_does_not_make_an_item(bench: Bench) -> None:
    assert not bench.ports.ledger.transact([done()], [delta({}, {"a": {"N": "1"}})])
    assert bench.ports.target.read(key()) is None


@pytest.mark.parametrize("change", [Put(key("huge"), HUGE), InsertIfAbsent(key("huge"), HUGE)])
def test_a_transaction_says_when_content_is_refused(bench: Bench, change: Put | InsertIfAbsent) -> None:
    with pytest.raises(ChangeRefusedError) as refused:
        bench.ports.ledger.transact([done()], [change])
    assert "size" in refused.value.reason.lower()
    assert bench.ports.ledger.seen("e1") is None


def test_a_delta_whose_result_is_too_large_is_refused(bench: Bench) -> None:
    bench.put_target(item(a=1))
    with pytest.raises(ChangeRefusedError) as refused:
        bench.ports.ledger.transact([done()], [delta({}, {"text": HUGE["text"]})])
    assert "size" in refused.value.reason.lower()
    assert bench.ports.target.read(key()) == item(a=1)
    assert bench.ports.ledger.seen("e1") is None


def test_a_conflict_is_kept_with_its_images(bench: Bench) -> None:
    image = item(**EVERY_TYPE)
    seen, kept_image = Seen("e1", SeenState.CONFLICT, NOW), ConflictImage("e1", Side.OLD, image, "k", "why", NOW)
    assert bench.ports.ledger.transact([seen, CountConflict(), kept_image, Own("k", NOW)], [])
    (kept,) = bench.notes("conflict").values()
    assert kept["why"] == {"S": "why"}
    assert '"AAEC/w=="' in kept["image"]["S"]
    assert bench.counter("conflicts") == 1


def test_an_image_larger_than_a_ledger_item_is_kept_in_parts(bench: Bench) -> None:
    noise = "".join(f"{n * n * 7919 % 1_000_003:x}" for n in range(160_000))
    image = item(text={"S": noise})
    assert bench.ports.ledger.transact([ConflictImage("e1", Side.NEW, image, "k", "why", NOW)], [])
    kept = bench.notes("conflict")
    assert set(kept) == {"conflict#e1#new", *(f"conflict#e1#new#{n}" for n in range(2, len(kept) + 1))}
    assert all("image_z" in part for part in kept.values())


# The ledger --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", list(Word))
def test_the_word_is_read(bench: Bench, word: Word) -> None:
    bench.set_word(word)
    assert bench.ports.ledger.word() is word


def test_a_registration_is_there_until_it_is_taken_back(bench: Bench) -> None:
    bench.ports.ledger.register(Registration("i1", NOW, NOW - 5, 3))
    bench.ports.ledger.register(Registration("i2", NOW, NOW - 5, 3))
    assert set(bench.notes("reg")) == {"reg#i1", "reg#i2"}
    bench.ports.ledger.unregister("i1")
    bench.ports.ledger.unregister("i1")
    assert set(bench.notes("reg")) == {"reg#i2"}


def test_a_failing_batch_is_marked_until_it_succeeds(bench: Bench) -> None:
    ledger = bench.ports.ledger
    for error in ("bad", "too bad"):
        ledger.mark_failing("e1", error=error, at=NOW, records=4, by=BEFORE)
    assert bench.notes("failing")["failing#e1"]["error"] == {"S": "too bad"}
    assert ledger.count(3, at=NOW) == bench.counter("failing") == 1
    for _ in range(2):
        ledger.clear_failing(["e1"])
    assert not bench.notes("failing")
    assert ledger.count(4, at=NOW) == 0
    assert bench.counter("records") == 7


def test_a_success_in_other_bounds_takes_the_mark_of_a_failing_batch_away(bench: Bench) -> None:
    ledger = bench.ports.ledger
    for event in ("e2", "e5"):
        ledger.mark_failing(event, error="bad", at=NOW, records=4, by=BEFORE)
    ledger.clear_failing(["e1", "e2", "e3"])
    assert set(bench.notes("failing")) == {"failing#e5"}
    assert ledger.count(3, at=NOW) == 1


def test_one_that_fails_after_another_has_succeeded_with_its_batch_leaves_no_mark(bench: Bench) -> None:
    """It was given up, and its batch came again: nothing of it will come any more, and nobody would take the mark."""
    ledger = bench.ports.ledger
    ledger.note_done("e1", by=replace(BEFORE, invocation="another"))
    ledger.mark_failing("e1", error="late", at=NOW + 5, records=2, by=BEFORE)
    assert not bench.notes("failing")
    assert ledger.count(2, at=NOW) == 0
    ledger.mark_failing("e1", error="comes again", at=NOW + 5, records=2, by=Registration("i2", NOW + 1, NOW, 2))
    assert set(bench.notes("failing")) == {"failing#e1"}


def test_one_that_fails_leaves_a_mark_though_an_earlier_one_has_noted_its_success(bench: Bench) -> None:
    """That one was given up: Lambda has not heard of its success."""
    ledger = bench.ports.ledger
    ledger.note_done("e1", by=BEFORE)
    ledger.mark_failing("e1", error="cannot count", at=NOW + 10, records=2, by=Registration("i2", NOW + 1, NOW, 2))
    assert set(bench.notes("failing")) == {"failing#e1"}


def test_one_that_fails_after_it_has_noted_its_own_success_leaves_a_mark(bench: Bench) -> None:
    """Its batch comes again, however much of it was done."""
    ledger = bench.ports.ledger
    for _ in range(2):  # the second one as after an answer that was lost
        ledger.note_done("e1", by=BEFORE)
    ledger.mark_failing("e1", error="cannot count", at=NOW + 5, records=2, by=BEFORE)
    assert set(bench.notes("failing")) == {"failing#e1"}


@pytest.mark.parametrize("first", ["i1", "i2"])
def test_a_success_that_is_noted_by_one_who_began_later_stands(bench: Bench, first: str) -> None:
    """The one that was given up has succeeded as well, and then fails: the other one's note is not its own."""
    ledger, later = bench.ports.ledger, Registration("i2", NOW + 1, NOW, 2)
    noted = [BEFORE, later] if first == "i1" else [later, BEFORE]
    for one in noted:
        ledger.note_done("e1", by=one)
    assert bench.notes("done")["done#e1"]["by"] == {"S": "i2"}
    ledger.mark_failing("e1", error="late", at=NOW + 5, records=2, by=BEFORE)
    assert not bench.notes("failing")


def test_records_are_counted(bench: Bench) -> None:
    bench.ports.ledger.count(3, at=NOW)
    bench.ports.ledger.count(4, at=NOW)
    assert bench.counter("records") == 7


def test_gaps_are_counted(bench: Bench) -> None:
    bench.ports.ledger.count_gap()
    bench.ports.ledger.count_gap()
    assert bench.counter("gaps") == 2


def test_failures_are_counted_once_for_each_item(bench: Bench) -> None:
    ledger = bench.ports.ledger
    assert ledger.failures() == 0
    for reason in ("one", "two"):
        ledger.note_failure(Failure('["S:1"]', reason, item(a=1), NOW))
    ledger.note_failure(Failure('["S:2"]', "three", item("2", a=1), NOW))
    assert ledger.failures() == 2
    assert bench.notes("failed")['failed#["S:1"]']["reason"] == {"S": "two"}
    for source_key in ('["S:1"]', '["S:1"]', '["S:3"]'):
        ledger.forget_failure(source_key, noted_by=NOW - 0.001)
    assert ledger.failures() == 2
    for source_key in ('["S:1"]', '["S:1"]', '["S:3"]'):
        ledger.forget_failure(source_key, noted_by=NOW)
    assert ledger.failures() == 1
    assert set(bench.notes("failed")) == {'failed#["S:2"]'}


@pytest.mark.parametrize("judge", JUDGES)
def test_a_plain_write_of_unknown_outcome_is_counted_and_made_again(judge: str, request: pytest.FixtureRequest) -> None:
    """Each lost answer, in a batch and one by one; not that of a conditional write, or of a read."""
    process = ProcessBench(request.getfixturevalue(judge))
    made, lost = client_call(process.client), [3]

    def call(operation: Operation, wanted: dict[str, Any]) -> dict[str, Any]:
        answer = made(operation, wanted)
        if wanted.get("TableName") != process.config.ledger_table and lost[0]:
            lost[0] -= 1
            raise AwsError("ReadTimeoutError", "no answer", unknown=True)
        return answer

    try:
        target = ports_over(call, process.config.tables(), clock=FakeClock(NOW)).target
        assert target.write([Put(key("a"), item("a", a=1)), Delete(key("b"))]) == ()
        assert (process.counter("unsure"), lost) == (3, [0])
        lost[0] = 1
        (refusal,) = target.write([Put(key("huge"), HUGE), Put(key("c"), item("c", a=1))])
        assert (refusal.change.key, lost) == (key("huge"), [0])
        assert process.counter("unsure") == 4
        lost[0] = 2
        assert target.read(key("c")) == item("c", a=1)
        assert process.counter("unsure") == 4
    finally:
        process.drop()


@pytest.mark.parametrize("judge", JUDGES)
def test_a_delete_that_lands_late_takes_nothing_that_was_made_since(judge: str, request: pytest.FixtureRequest) -> None:
    """The source deletes an item and makes it again, equal; the answer to the delete was lost, and it lands last."""
    process = ProcessBench(request.getfixturevalue(judge))
    made, clock = client_call(process.client), FakeClock(NOW)
    under_way: list[dict[str, Any]] = []

    def call(operation: Operation, wanted: dict[str, Any]) -> dict[str, Any]:
        if operation is Operation.DELETE and wanted["TableName"] == process.config.target_table and not under_way:
            under_way.append(wanted)
            raise AwsError("ReadTimeoutError", "no answer", unknown=True)
        return made(operation, wanted)

    def deliver(*entries: dict[str, Any]) -> bool:
        ports = ports_over(call, process.config.tables(), clock=clock)
        try:
            run({"Records": list(entries)}, lambda: process.config, ports=ports, clock=clock, invocation="i")
        except BatchFailedError:
            return False
        return True

    try:
        process.set_word(Word.LATE)
        whole = item(a=1)
        process.put_target(whole)
        delivered = deliver(entry(1, key(), whole, None)) and deliver(entry(2, key(), None, whole))
        clock.sleep(60)
        with suppress(AwsError):
            made(Operation.DELETE, under_way[0])
        while not delivered:
            clock.sleep(10)
            delivered = deliver(entry(1, key(), whole, None)) and deliver(entry(2, key(), None, whole))
        assert process.ports.target.read(key()) == whole
        assert not process.notes("conflict") | process.notes("failing")
    finally:
        process.drop()
