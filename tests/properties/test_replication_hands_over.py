"""Law: a hand-over under writes on both sides, redelivery and crashes loses nothing without a trace.

tail -> noting -> late -> the served table takes writes. No acknowledged write of the served table is lost or replaced
by an older one; a write of the source is in the served table, was overtaken there, or is kept as a conflict; an item
that the served side never wrote follows its source and has no conflicts. Left out, because by value it cannot be told:
the served side making a key that it deleted, deleting a key that it made, or deleting one while a delete of the source
is half done. Excused: an attribute added between the
last read and a delete whose invocation dies before it puts the item back.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pulumi_dynamo_migrator.conversion.keys import canonical_key
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.replicate.invocation import BatchFailedError, run
from pulumi_dynamo_migrator.replicate.tombstone import Item
from pulumi_dynamo_migrator.replicate.word import Word
from tests.fakes.conversions import ID_PLACE, PER_PLACE, config_of, written
from tests.fakes.stream import StreamedTable
from tests.fakes.tables import FakeWorld, KilledError
from tests.soaking import dose

NAMES = ("1", "2")
PLACES = ((), ("x",), ("y",), ("x", "y"))
Key = tuple[str, str]

names = st.sampled_from(NAMES)
keys = st.tuples(names, st.sampled_from(("x", "y")))
source_writes = st.tuples(st.sampled_from(("put", "put", "delete")), names, st.sampled_from(PLACES))
served_writes = st.tuples(st.sampled_from(("change", "add", "drop", "make")), keys)
moments = st.integers(1, 12)


class HandingOver(RuleBasedStateMachine):
    """From a finished copy to a served successor."""

    places: tuple[tuple[str, ...], ...] = PLACES

    def __init__(self) -> None:
        super().__init__()
        chain = written(PER_PLACE, meeting=Meeting.SEPARATE, target=ID_PLACE)
        self.config = config_of(chain)
        self.world = FakeWorld.make(chain.source_keys, chain.target.keys, word=Word.TAIL)
        self.source = StreamedTable(self.world.source.table)
        self.sequence = 0
        self.invocations = 0
        self.word = Word.TAIL
        self.waiting_for: set[str] = set()
        self.dirty: set[int] = set()  # records that `tail` has handled and the mapping has not noted
        self.flipped = False
        self.served: dict[Key, tuple[str, int]] = {}  # the served side's last write of `a`, or its delete
        self.added: dict[Key, int] = {}  # the attribute that only the served side writes
        self.made: set[Key] = set()  # by the served side
        self.added_meanwhile: set[Key] = set()
        self.excused: set[Key] = set()

    @initialize(held=st.dictionaries(names, st.sampled_from(PLACES)))
    def copied(self, held: dict[str, tuple[str, ...]]) -> None:
        """Both tables agree."""
        for name, places in held.items():
            item = self._item(name, self._shape(places), 0)
            self.source.table.put(item)
            for made in self.config.chain.apply(item):
                self.world.target.table.put(made)

    # Writes --------------------------------------------------------------------------------------------------------

    @rule(write=source_writes)
    def write_source(self, write: tuple[str, str, tuple[str, ...]]) -> None:
        kind, name, places = write
        self.sequence += 1
        if kind == "delete":
            self.source.delete({"id": {"S": name}})
        else:
            self.source.put(self._item(name, self._shape(places), self.sequence))

    @precondition(lambda self: self.flipped)
    @rule(write=served_writes)
    def write_served(self, write: tuple[str, Key]) -> None:
        kind, key = write
        table = self.world.target.table
        held = self._held(key)
        if not self.flipped:
            return
        self.sequence += 1
        number = {"N": str(self.sequence)}
        if kind == "make":
            made: Item = {"id": {"S": key[0]}, "place": {"S": key[1]}, "a": number}
            if canonical_key(made, ID_PLACE) not in table.ever:
                table.put(made)
                self.served[key] = ("change", self.sequence)
                self.made.add(key)
            return
        if held is None or (kind == "drop" and (key in self.made or self._half_deleted())):
            return
        if kind == "drop":
            table.remove(held)
            self.served[key] = ("drop", self.sequence)
            self.added.pop(key, None)
        elif kind == "add":
            table.put({**held, "b": number})
            self.added[key] = self.sequence
            self.added_meanwhile.add(key)
        else:
            table.put({**held, "a": number})
            self.served[key] = ("change", self.sequence)

    def _half_deleted(self) -> bool:
        """Whether an invocation died between noting its deletes and having made them."""
        notes = self.world.ledger.items
        return any(note["state"]["S"] == "deleting" for name, note in notes.items() if name.startswith("seen#"))

    # The stream and Lambda -----------------------------------------------------------------------------------------

    @precondition(lambda self: self.source.acknowledged < len(self.source.records))
    @rule(
        size=st.integers(1, 4),
        acknowledged=st.booleans(),
        dies=st.one_of(st.none(), st.tuples(moments, st.booleans())),
        meanwhile=st.lists(st.tuples(moments, st.one_of(source_writes, served_writes, served_writes)), max_size=3),
    )
    def deliver(
        self, size: int, acknowledged: bool, dies: tuple[int, bool] | None, meanwhile: list[tuple[int, Any]]
    ) -> None:
        before: dict[int, list[Callable[[], None]]] = {}
        for moment, write in meanwhile:
            act = self.write_source if len(write) == 3 else self.write_served
            before.setdefault(moment, []).append(partial(act, write))
        self._deliver(size, acknowledged=acknowledged, dies=dies, before=before)

    @precondition(lambda self: self.flipped)
    @rule(
        key=keys,
        kind=st.sampled_from(("change", "add", "add", "drop")),
        moment=st.integers(3, 8),
        dies=st.one_of(st.none(), st.none(), moments),
    )
    def deliver_a_race(self, key: Key, kind: str, moment: int, dies: int | None) -> None:
        """The rare case: the source deletes what the served side writes at that moment."""
        self._deliver(9)
        self.source.delete({"id": {"S": key[0]}})
        if self.source.next_batch(1):
            self._deliver(
                9, dies=(dies, True) if dies else None, before={moment: [partial(self.write_served, (kind, key))]}
            )

    @precondition(lambda self: self.flipped)
    @rule(key=keys, places=st.sampled_from(PLACES), dies=st.one_of(st.none(), st.integers(3, 8)))
    def fall_out(self, key: Key, places: tuple[str, ...], dies: int | None) -> None:
        """The rare case: a conflict, and then the key is free again."""
        self._deliver(9)
        self.write_served(("add", key))
        self.source.delete({"id": {"S": key[0]}})
        if not self._deliver(9, dies=(dies, True) if dies else None):
            return
        self.write_served(("drop", key))
        self.write_source(("put", key[0], places))

    def _deliver(
        self,
        size: int,
        *,
        acknowledged: bool = True,
        dies: tuple[int, bool] | None = None,
        before: dict[int, list[Callable[[], None]]] | None = None,
    ) -> bool:
        batch = self.source.next_batch(size)
        if not batch:
            return True
        first = self.source.acknowledged
        self.invocations += 1
        invocation = f"i{self.invocations}"
        moment, after = dies or (None, False)
        world = self.world
        world.calls.plan(before or {}, dies_before=None if after else moment, dies_after=moment if after else None)
        self.added_meanwhile.clear()
        world.ledger.forget_what_was_told()
        try:
            run({"Records": batch}, lambda: self.config, ports=world.ports, clock=world.clock, invocation=invocation)
        except KilledError:
            self._excuse()
            world.clock.sleep(2 * self.config.function_timeout + self.config.outcome)
            world.ledger.items.pop(f"reg#{invocation}", None)  # its time-out passes
            self.waiting_for.discard(f"reg#{invocation}")
            return False
        except BatchFailedError:
            return False
        finally:
            world.calls.plan({})
            if world.ledger.told is Word.TAIL:
                self.dirty |= set(range(first, first + len(batch)))
        if acknowledged:
            self.source.acknowledged += len(batch)
            self.dirty -= set(range(self.source.acknowledged))
        return True

    def _excuse(self) -> None:
        taken = self.world.target.took_more
        if taken is not None and self.world.target.table.get(taken) is None:
            self.excused |= self.added_meanwhile & {(taken["id"]["S"], taken["place"]["S"])}

    @precondition(lambda self: self.word is Word.TAIL)
    @rule(key=keys, kind=st.sampled_from(("change", "add")))
    def hurry(self, key: Key, kind: str) -> None:
        """The rare case: `tail` has handled a record that will come again, and everybody is in a hurry to serve."""
        self.write_source(("put", key[0], (key[1],)))
        self._deliver(9, acknowledged=False)
        for _ in range(3):
            self.go_on()
        self.write_served((kind, key))

    # The migration -------------------------------------------------------------------------------------------------

    @rule()
    def go_on(self) -> None:
        """The next word, once the last one is in force and, before `late`, what `tail` handled cannot come again."""
        ledger = self.world.ledger
        if self.waiting_for & ledger.sort_keys("reg"):
            return
        if self.word is Word.TAIL:
            self._tell(Word.NOTING)
        elif self.word is Word.NOTING and not self.dirty and not ledger.sort_keys("failing") | ledger.sort_keys("reg"):
            self._tell(Word.LATE)
        elif self.word is Word.LATE:
            self.flipped = True

    def _tell(self, word: Word) -> None:
        self.world.set_word(word)
        self.word = word
        self.waiting_for = self.world.ledger.sort_keys("reg")

    # The law -------------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        while self.source.acknowledged < len(self.source.records):
            assert self._deliver(4)
        assert not self.world.ledger.sort_keys("failing")
        assert not self.world.ledger.sort_keys("reg")
        for key, number in self.added.items():
            held = self._held(key) or {}
            assert key in self.excused or held.get("b") == {"N": str(number)}, (
                f"acknowledged attribute of {key} is lost"
            )
        for key, (kind, number) in self.served.items():
            self._check_served(key, kind, number)
        for name in NAMES:
            if name in {key[0] for key in (*self.served, *self.added)}:
                self._check_last_record(name)
            else:
                self._check_follows(name)

    def _check_served(self, key: Key, kind: str, number: int) -> None:
        held = self._held(key)
        if kind == "change":
            assert held is not None or key in self.excused, f"acknowledged write {number} of {key} is lost"
        if held is not None:
            assert int(held["a"]["N"]) >= number, f"acknowledged {kind} {number} of {key} is replaced by an older one"

    def _check_follows(self, name: str) -> None:
        source = self.source.table.get({"id": {"S": name}})
        made = self.config.chain.apply(source) if source else []
        held = {key: item for key, item in self.world.target.table.items.items() if item["id"]["S"] == name}
        assert held == {canonical_key(item, ID_PLACE): item for item in made}, "no one else wrote: it must follow"
        assert not self._conflicts() & {record["eventID"] for record in self._effective(name)}

    def _check_last_record(self, name: str) -> None:
        records = self._effective(name)
        if not records or records[-1]["eventID"] in self._conflicts():
            return
        old, new = self._made(records[-1], "OldImage"), self._made(records[-1], "NewImage")
        for key, item in new.items():
            held = self._held(key)
            fits = held is not None and int(held["a"]["N"]) >= int(item["a"]["N"])
            assert fits or self.served.get(key, ("", 0))[0] == "drop", (
                f"the source's write of {key} is lost, with no conflict"
            )
        for key in old.keys() - new.keys():
            assert self._held(key) is None, f"the source's delete of {key} is lost, with no conflict"

    def _effective(self, name: str) -> list[dict[str, Any]]:
        """The records of the item that make a difference."""
        records = [r for r in self.source.records if r["dynamodb"]["Keys"]["id"]["S"] == name]
        return [r for r in records if self._made(r, "OldImage") != self._made(r, "NewImage")]

    def _made(self, record: dict[str, Any], image: str) -> dict[Key, Item]:
        item = record["dynamodb"].get(image)
        made = self.config.chain.apply(item) if item else []
        return {(one["id"]["S"], one["place"]["S"]): one for one in made}

    def _conflicts(self) -> set[str]:
        return {name.split("#")[1] for name in self.world.ledger.sort_keys("conflict")}

    def _held(self, key: Key) -> Item | None:
        return self.world.target.table.get({"id": {"S": key[0]}, "place": {"S": key[1]}})

    def _item(self, name: str, places: tuple[str, ...], a: int) -> Item:
        return {"id": {"S": name}, "a": {"N": str(a)}, "places": {"L": [{"S": place} for place in places]}}

    def _shape(self, places: tuple[str, ...]) -> tuple[str, ...]:
        return places if places in self.places else self.places[0]


class HandingOverInPlace(HandingOver):
    """Every item keeps its one key."""

    places = (("x",),)


STEPS = settings(max_examples=dose(400), stateful_step_count=25, deadline=None)

TestHandingOver = HandingOver.TestCase
TestHandingOver.settings = STEPS
TestHandingOverInPlace = HandingOverInPlace.TestCase
TestHandingOverInPlace.settings = STEPS
