"""The demo's application: it goes on writing to the table of airports while the table is migrated.

    writer.py SWITCH JOURNAL      ends when its standard input closes

SWITCH names the table and the version to write to, and is read before each write: so it is redeployed. JOURNAL gets
one line for each write *after* AWS has acknowledged it. One writer, one write at a time; after the switch it leaves a
key alone that it wrote to the old table a moment ago, for nobody promises an order between two tables. Knows nothing of
the package.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import boto3

from tools.airports.data import Item, in_metres, read_airports, to_wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAUSE = 0.005
"""Between two writes: a hundred or two a second, so that the machine has time for the migration too."""
LEFT_ALONE = 10.0
"""Seconds for which a key that was written to the old table is not written to the new one."""
COUNTRIES = ("FR", "KE", "PE", "NZ")


class Op(StrEnum):
    """What was done with an airport."""

    OPEN = "open"
    SURVEY = "survey"
    MOVE = "move"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Target:
    """The table to write to, and the shape of its items."""

    table: str
    version: int


class Writer:
    """Keeps its own book of what every airport must be now; `None` is one that is closed."""

    def __init__(self, client: DynamoDBClient, journal: IO[str], *, seed: int = 7) -> None:
        airports = read_airports()
        self._client, self._journal = client, journal
        self._chance = random.Random(seed)  # noqa: S311 (no secret: which airport comes next)
        self._closed = dict(airports.later)
        self._open = dict(airports.loaded)
        self._codes = [*airports.loaded, *airports.later]
        self._surveys = 0
        self._version = 1
        self._last: dict[str, float] = {}

    def write(self, target: Target) -> None:
        """Make one write to some airport, and note it."""
        if target.version != self._version:
            self._version = target.version
            self._open = {code: in_metres(item) for code, item in self._open.items()}
            self._closed = {code: in_metres(item) for code, item in self._closed.items()}
        code = self._choose(target)
        op, item = self._change(code, target)
        if target.version == 1:
            self._last[code] = time.monotonic()
        line = {"at": time.time(), "table": target.table, "op": op, "code": code, "item": item and to_wire(item)}
        self._journal.write(json.dumps(line) + "\n")
        self._journal.flush()

    def _choose(self, target: Target) -> str:
        while True:
            code = self._chance.choice(self._codes)
            if target.version == 1 or time.monotonic() - self._last.get(code, 0.0) > LEFT_ALONE:
                return code

    def _change(self, code: str, target: Target) -> tuple[Op, Item | None]:
        self._surveys += 1
        if code in self._closed:
            self._open[code] = {**self._closed.pop(code), "surveys": self._surveys}
            self._client.put_item(TableName=target.table, Item=to_wire(self._open[code]))
            return Op.OPEN, self._open[code]
        op = self._chance.choices([Op.SURVEY, Op.MOVE, Op.CLOSE], [7, 1, 2])[0]
        if op is Op.CLOSE:
            self._closed[code] = self._open.pop(code)
            self._client.delete_item(TableName=target.table, Key=to_wire(self._key(self._closed[code])))
            return op, None
        item = self._open[code]
        item = {**item, "surveys": self._surveys, **(self._moved() if self._may_move(op) else self._measured(item))}
        self._update(target, item)
        self._open[code] = item
        return op if self._may_move(op) else Op.SURVEY, item

    def _may_move(self, op: Op) -> bool:
        """An airport's country is a correction in version 1; in version 2 it is a part of the key."""
        return op is Op.MOVE and self._version == 1

    def _moved(self) -> Item:
        return {"country": self._chance.choice(COUNTRIES)}

    def _measured(self, item: Item) -> Item:
        name = "elevation_ft" if self._version == 1 else "elevation_m"
        return {name: item[name] + self._chance.choice([-1, 1])}

    def _key(self, item: Item) -> Item:
        return {name: item[name] for name in (("icao",) if self._version == 1 else ("country", "icao"))}

    def _update(self, target: Target, item: Item) -> None:
        key = self._key(item)
        names = [n for n in ("surveys", "country", "elevation_ft", "elevation_m") if n in item and n not in key]
        self._client.update_item(
            TableName=target.table,
            Key=to_wire(key),
            UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in names),
            ExpressionAttributeValues=to_wire({f":{name}": item[name] for name in names}),
        )


def read_target(switch: Path) -> Target:
    """Read where to write."""
    said = json.loads(switch.read_text())
    return Target(said["table"], said["version"])


def write_until(over: Callable[[], bool], writer: Writer, switch: Path) -> None:
    """Write, look where to write next, and rest a little."""
    while not over():
        writer.write(read_target(switch))
        time.sleep(PAUSE)


def main(switch: Path, journal: Path) -> int:
    """Write until standard input closes: then the demo asked for it, or is gone."""
    over = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.buffer.read()
        over.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    with journal.open("w") as lines:
        write_until(over.is_set, Writer(boto3.client("dynamodb"), lines), switch)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
