"""Law: a hand-over as Lambda drives it loses nothing without a trace, and notes exactly the conflicts that were made.

The machine and its laws are those of `test_replication_hands_over.py`, the deliveries those of `polled.py`. A conflict
is made when a source change is decided on in `late` and the served side has changed, dropped or made an item that it
touches, or has added to one that it deletes, or when an earlier change of the same source item was a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

import pytest
from hypothesis import settings

from pulumi_dynamo_migrator.conversion.keys import canonical_key
from pulumi_dynamo_migrator.replicate.tombstone import Item
from pulumi_dynamo_migrator.replicate.word import Word
from tests.fakes.conversions import ID_PLACE
from tests.fakes.poller import Lane
from tests.properties.polled import Invocation, Polled, weather
from tests.properties.test_replication_hands_over import NAMES, PLACES, HandingOver, Key
from tests.soaking import Tally, dose


class Watched(dict[str, Item]):
    """A ledger's items; says when a record is noted with what became of it."""

    def __init__(self, items: dict[str, Item], decided: Callable[[str], None]) -> None:
        super().__init__(items)
        self._decided = decided

    def update(self, items: Iterable[tuple[str, Item]]) -> None:  # type: ignore[override]  # as the ledger calls it
        for name, item in items:
            self[name] = item
            if name.startswith("seen#"):
                self._decided(name.removeprefix("seen#"))


class PolledHandingOver(Polled, HandingOver):
    """From a finished copy to a served successor."""

    def __init__(self) -> None:
        super().__init__()
        self.proved: set[str] = set()
        self.added_before: dict[str, dict[Key, int]] = {}  # what stood when an invocation began
        self.decided_on: dict[str, bool] = {}  # whether a record, when it was decided on, was a conflict
        self.fallen_out: set[str] = set()  # source items with a conflict
        self.world.ledger.items = Watched(self.world.ledger.items, self._decided)

    def happenings(self, random: Random) -> list[tuple[int, Callable[[], object]]]:
        """With writers on both sides, and with what the migration does."""
        return [
            *super().happenings(random),
            (random.choice((3, 10, 30)), lambda: self.write_one(random)),
            (random.choice((3, 10, 30)), lambda: self._write_served(random)),
            (4, self.go_on),
            (2, lambda: self._overtake(random)),
            (3, lambda: self._race(random)),
        ]

    def _race(self, random: Random) -> None:
        """The rare case: the source deletes an item, and the served side writes to it while that is being applied."""
        held = [(item["id"]["S"], item["place"]["S"]) for item in self.world.target.table.items.values()]
        if not self.flipped or not held:
            return
        self.come_to_rest()
        self._drain()
        key = random.choice(sorted(held))
        self.source.delete({"id": {"S": key[0]}})
        lane = self._next_lane()
        if lane is not None:
            one = self._begin(lane, 9, noted=True, seed=0)
            self._go_on(one, random.randint(2, 7))
            self.write_served((random.choice(("change", "add", "add")), key))
            self._go_on(one, random.choice((1, 2, 99)))
            if one in self.alive:
                self._kill(one, after=random.random() < 0.5)

    def _overtake(self, random: Random) -> None:
        """The rare case: all was proved equal, and one that was given up under `noting` goes on just before `late`."""
        if self.word is not Word.NOTING:
            return
        self.come_to_rest()
        self._drain()
        if not self._proved():
            return
        self.write_one(random)
        lane = self._next_lane()
        if lane is None:
            return
        one = self._begin(lane, 5, noted=True, seed=0)
        self._go_on(one, random.randint(2, 6))
        if one in self.alive:
            self._give_up(one)
        for _ in range(2):
            self._drain()
            self.write_one(random)
        self._drain()
        self._go_on(one, 99)
        for _ in range(3):
            self.go_on()

    def _drain(self) -> None:
        while not self.poller.finished():
            self._deliver(5)

    def go_on(self) -> None:
        """Late begins once verify has found every key equal, or put it right, while `noting` was in force."""
        if self.word is Word.NOTING and not self._proved():
            return
        super().go_on()

    def _tell(self, word: Word) -> None:
        super()._tell(word)
        self.proved = set()

    def _proved(self) -> bool:
        """Look at every item that is not in motion, once, when nothing that `tail` applied can come again."""
        if self.dirty or self.waiting_for & self.world.ledger.sort_keys("reg"):
            return False
        moving = [*self.poller.unnoted(), *(record for one in self.alive for record in one.batch.records)]
        for name in set(NAMES) - self.proved:
            if all(record["dynamodb"]["Keys"]["id"]["S"] != name for record in moving):
                self._put_right(name)
                self.proved.add(name)
        return self.proved == set(NAMES)

    def _put_right(self, name: str) -> None:
        """What was written too late, because its batch came again or was given up; nothing else may differ."""
        source, table = self.source.table.get({"id": {"S": name}}), self.world.target.table
        made = {canonical_key(item, ID_PLACE): item for item in (self.config.chain.apply(source) if source else [])}
        for key in self.astray:
            if key[0] == f"S:{name}":
                table.items.pop(key, None)
                if key in made:
                    table.items[key] = made[key]

    def _check_follows(self, name: str) -> None:
        if self.word is not Word.LATE:
            self._put_right(name)  # it is not served yet: verify is still to come
        super()._check_follows(name)

    def hold(self, random: Random) -> None:
        self.copied(held={name: random.choice(PLACES) for name in NAMES if random.random() < 0.7})

    def write_one(self, random: Random) -> None:
        kind = "delete" if random.random() < 0.3 else "put"
        self.write_source((kind, random.choice(NAMES), random.choice(PLACES)))

    def _write_served(self, random: Random) -> None:
        if self.flipped:
            kind = random.choice(("change", "add", "drop", "make"))
            self.write_served((kind, (random.choice(NAMES), random.choice(("x", "y")))))

    def _decided(self, event_id: str) -> None:
        """A record has just been noted: as done, as a conflict, or as done but for its deletes."""
        (one,) = [one for one in self.alive if one.work is self.turns.running]
        record = self.source.records[int(event_id[1:])]
        if one.ledger.told is not Word.LATE or record.get("userIdentity"):
            return
        name = record["dynamodb"]["Keys"]["id"]["S"]
        old, new = self._made(record, "OldImage"), self._made(record, "NewImage")
        touched = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        if event_id in self.decided_on:
            touched = old.keys() - new.keys()  # only its deletes were still to come
        hurt = touched & self.served.keys() or (old.keys() - new.keys()) & self.added.keys()
        self.decided_on[event_id] = bool(hurt or (touched and name in self.fallen_out))
        if self.decided_on[event_id]:
            self.fallen_out.add(name)

    def teardown(self) -> None:
        """The laws, and the conflicts one by one."""
        super().teardown()
        excused = {key[0] for key in self.excused}
        names = {event: self.source.records[int(event[1:])]["dynamodb"]["Keys"]["id"]["S"] for event in self.decided_on}
        made = {event for event, conflict in self.decided_on.items() if conflict and names[event] not in excused}
        noted = {event for event in self._conflicts() if names[event] not in excused}
        assert noted == made, "conflicts noted are not those that were made"

    def _begin(self, lane: Lane, size: int, *, noted: bool, seed: int) -> Invocation:
        one = super()._begin(lane, size, noted=noted, seed=seed)
        self.added_before[one.name] = dict(self.added)
        return one

    def killed(self, one: Invocation) -> None:
        """Killed between a delete that took more than it should and the putting back of what was added meanwhile."""
        taken = one.target.took_more
        if taken is not None and self.world.target.table.get(taken) is None:
            key = (taken["id"]["S"], taken["place"]["S"])
            if self.added.get(key) != self.added_before[one.name].get(key):
                self.excused.add(key)

    def synced(self, unnoted: set[int]) -> None:
        """Late may not begin while what `tail` handled can come again."""
        self.dirty = self.under_tail & unnoted


class PolledHandingOverInPlace(PolledHandingOver):
    """Every item keeps its one key."""

    places = (("x",),)


class PolledFollowing(PolledHandingOver):
    """Only the source is written, and to the same few values again and again: the successor must follow to the end."""

    def _write_served(self, random: Random) -> None:
        return None

    def write_served(self, write: tuple[str, tuple[str, str]]) -> None:
        """Nobody does."""

    def _item(self, name: str, places: tuple[str, ...], a: int) -> Item:
        return super()._item(name, places, a % 2)


class PolledExpiring(PolledFollowing):
    """The old table's time to live goes on after the outputs have moved, and takes nothing from the new one."""

    def __init__(self) -> None:
        super().__init__()
        self.expired: dict[str, Item] = {}

    def happenings(self, random: Random) -> list[tuple[int, Callable[[], object]]]:
        """With removals."""
        return [*super().happenings(random), (3, lambda: self._expire(random.choice(NAMES)))]

    def _expire(self, name: str) -> None:
        held = self.source.table.get({"id": {"S": name}})
        if self.flipped and held is not None:
            self.stream.expire(held)
            self.expired[name] = held

    def write_source(self, write: tuple[str, str, tuple[str, ...]]) -> None:
        """Nobody makes again what has expired: what that comes to, `replicate/late.py` and its tests say."""
        if write[1] not in self.expired:
            super().write_source(write)

    def _check_follows(self, name: str) -> None:
        if name not in self.expired:
            super()._check_follows(name)
            return
        held = {key: item for key, item in self.world.target.table.items.items() if item["id"]["S"] == name}
        made = self.config.chain.apply(self.expired[name])
        assert held == {canonical_key(item, ID_PLACE): item for item in made}, "a time to live took it away"


STEPS = settings(max_examples=dose(40), stateful_step_count=6, deadline=None)

TestPolledHandingOver = PolledHandingOver.TestCase
TestPolledHandingOver.settings = STEPS
TestPolledHandingOverInPlace = PolledHandingOverInPlace.TestCase
TestPolledHandingOverInPlace.settings = STEPS
TestPolledExpiring = PolledExpiring.TestCase
TestPolledExpiring.settings = STEPS
TestPolledFollowing = PolledFollowing.TestCase
TestPolledFollowing.settings = STEPS


@pytest.mark.parametrize("machine", [PolledHandingOver, PolledHandingOverInPlace, PolledFollowing, PolledExpiring])
def test_nothing_is_lost_without_a_trace_after_any_storm(machine: type[PolledHandingOver], tally: Tally) -> None:
    weather(machine, range(dose(250)), tally)
