"""Threads that put, update, move, strip, delete and make anew a few hot keys as fast as they may; and what it comes to.

    with writing(account, table, OLD) as writers: ...
    writers.items()                                   # what every acknowledged write comes to, in its key's order

One key is written by one thread at a time, so that the order of its writes is known; 20 keys are written at once by
all threads. `rate` keeps them below what the embedded AWS hands out of a stream (about 210 records a second): the lag
would grow without end otherwise. A thread that is denied ends; any other error is raised at the end.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.stacks.account import Account, wire

HOT = [f"hot{number:02}" for number in range(20)]
TEAMS = 7
Item = dict[str, Any]


@dataclass(frozen=True)
class Form:
    """How an application writes: its key attributes, what an item has become, and whether it may change `team`."""

    key: tuple[str, ...]
    convert: Callable[[Item], Item]
    moves: bool


def converted(item: Item) -> Item:
    """What the tests' conversion makes of an item."""
    item["twice"] = item["n"] * 2
    return item


OLD = Form(("id",), dict, moves=True)
NEW = Form(("team", "id"), lambda item: converted(dict(item)), moves=False)


class Writers:
    """Writers at work on one table. `state` holds each hot key's item in the old form."""

    def __init__(
        self, account: Account, table: str, form: Form, *, state: Mapping[str, Item] | None = None, rate: float = 40.0
    ) -> None:
        self._dynamodb, self._table, self._form = account.dynamodb, table, form
        self.state: dict[str, Item] = dict(state or {})
        self.acknowledged = 0
        self.denied = 0
        self._locks = {name: threading.Lock() for name in HOT}
        self._counting = threading.Lock()
        self._end = threading.Event()
        self._errors: list[BaseException] = []
        self._pause = len(TEAM_OF_WRITERS) / rate
        self._threads = [threading.Thread(target=self._work, args=(seed,), daemon=True) for seed in TEAM_OF_WRITERS]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the write in hand."""
        self._end.set()
        self.join()

    def join(self) -> None:
        """Wait until all have ended (because they were denied, say)."""
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()
        if self._errors:
            raise self._errors[0]

    def items(self) -> list[Item]:
        """What stands in the old table, by the journal."""
        return list(self.state.values())

    def _work(self, seed: int) -> None:
        choice = random.Random(seed)
        due = time.monotonic()
        try:
            while not self._end.is_set():
                name = choice.choice(HOT)
                with self._locks[name]:
                    self._write(name, choice)
                due += self._pause
                self._end.wait(due - time.monotonic())
        except ClientError as error:
            if "explicit deny" not in str(error):
                self._errors.append(error)
            with self._counting:
                self.denied += 1
        except BaseException as error:  # noqa: BLE001 - a thread's error belongs to the test, whatever it is
            self._errors.append(error)

    def _write(self, name: str, choice: random.Random) -> None:
        with self._counting:
            self.acknowledged += 1
            number = self.acknowledged
        before = self.state.get(name)
        after = changed(name, before, number=number, choice=choice, moves=self._form.moves)
        if after is None:
            if before is not None:
                self._delete(before)
                del self.state[name]
        elif before is None or choice.random() < 0.3:
            self._dynamodb.put_item(TableName=self._table, Item=wire(self._form.convert(after)))
            self.state[name] = after
        else:
            self._update(before, after)
            self.state[name] = after

    def _delete(self, item: Item) -> None:
        self._dynamodb.delete_item(TableName=self._table, Key=self._key(item))

    def _update(self, before: Item, after: Item) -> None:
        """Only what changed, as an application does."""
        was, is_ = self._form.convert(before), self._form.convert(after)
        put = {name: value for name, value in is_.items() if was.get(name) != value}
        names = sorted(put.keys() | (was.keys() - is_.keys()))
        sets = ", ".join(f"#{names.index(name)} = :{names.index(name)}" for name in sorted(put))
        removes = ", ".join(f"#{names.index(name)}" for name in sorted(was.keys() - is_.keys()))
        self._dynamodb.update_item(
            TableName=self._table,
            Key=self._key(before),
            UpdateExpression=(f"SET {sets} " if sets else "") + (f"REMOVE {removes}" if removes else ""),
            ExpressionAttributeNames={f"#{number}": name for number, name in enumerate(names)},
            ExpressionAttributeValues=wire({f":{names.index(name)}": value for name, value in put.items()}),
        )

    def _key(self, item: Item) -> dict[str, Any]:
        return wire({name: item[name] for name in self._form.key})


TEAM_OF_WRITERS = range(4)


def changed(name: str, before: Item | None, *, number: int, choice: random.Random, moves: bool) -> Item | None:
    """What one write makes of an item: None deletes it; a deleted one is made anew."""
    fresh: Item = {"id": name, "team": f"t{number % TEAMS}", "slot": f"{name}@{number}", "n": number, "note": "made"}
    if before is None:
        return fresh
    what = choice.choices(("put", "count", "note", "strip", "move", "delete"), (2, 3, 1, 1, 2, 2))[0]
    if what == "delete":
        return None
    if what == "put":
        return {**fresh, "team": fresh["team"] if moves else before["team"]}
    if what == "note":
        return {**before, "n": number, "note": f"write {number}"}
    if what == "strip":
        return {key: value for key, value in {**before, "n": number}.items() if key != "note"}
    if what == "move" and moves:
        return {**before, "team": fresh["team"], "slot": fresh["slot"], "n": number}
    return {**before, "n": number}


@contextmanager
def writing(
    account: Account, table: str, form: Form = OLD, *, state: Mapping[str, Item] | None = None, rate: float = 40.0
) -> Iterator[Writers]:
    """Writers at work; ended at the latest with the block."""
    writers = Writers(account, table, form, state=state, rate=rate)
    writers.start()
    try:
        yield writers
    finally:
        writers.stop()
