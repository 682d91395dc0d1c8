"""Where the demo plays: the stack, the table's first items, and the writer's process. Never judges what comes of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.airports.data import Airports, Item, to_wire
from tools.airports.proof import Write, read_journal
from tools.airports.screen import rows, say
from tools.airports.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LOADERS = 4
REDEPLOYING = 4.0
"""Seconds that the application goes on writing to the old table after the outputs have moved."""


class DemoError(Exception):
    """The demo cannot go on."""


@dataclass(slots=True)
class Stage:
    """Where the demo plays: the stack, the writer's files, and a client of its own."""

    stack: Stack
    client: DynamoDBClient
    folder: Path
    airports: Airports

    @property
    def switch(self) -> Path:
        return self.folder / "switch.json"

    @property
    def journal(self) -> Path:
        return self.folder / "journal.jsonl"

    def point_writer_at(self, table: str, version: int) -> None:
        """Tell the writer where to write: whole or not at all."""
        fresh = self.switch.with_suffix(".new")
        fresh.write_text(json.dumps({"table": table, "version": version}))
        fresh.replace(self.switch)


@dataclass(frozen=True, slots=True)
class Times:
    """When `pulumi up` began, when the outputs had moved, and when the application wrote to the new table."""

    began: float
    moved: float
    redeployed: float


def load(stage: Stage, table: str) -> None:
    """Put the airports into the table, a few threads at a time."""
    begun = time.monotonic()
    items = list(stage.airports.loaded.values())
    with ThreadPoolExecutor(LOADERS) as pool:
        list(pool.map(lambda number: _load(stage.client, table, items[number::LOADERS]), range(LOADERS)))
    say(f"{len(items):,} airports put into {table} in {time.monotonic() - begun:.0f} s, such as")
    example = stage.airports.loaded["EDDF"]
    rows([(name, str(value)) for name, value in example.items() if name in ("icao", "country", "name", "elevation_ft")])


def _load(client: DynamoDBClient, table: str, items: list[Item]) -> None:
    for start in range(0, len(items), 25):
        waiting: Any = {table: [{"PutRequest": {"Item": to_wire(item)}} for item in items[start : start + 25]]}
        while waiting:
            waiting = client.batch_write_item(RequestItems=waiting).get("UnprocessedItems")


@contextmanager
def writing(stage: Stage) -> Iterator[subprocess.Popen[bytes]]:
    """Run the writer until the block ends; it finishes the write that it is at."""
    script = Path(__file__).with_name("writer.py")
    writer = subprocess.Popen(
        [sys.executable, str(script), str(stage.switch), str(stage.journal)],
        env=stage.stack.environment,
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield writer
    finally:
        assert writer.stdin is not None
        writer.stdin.close()
        try:
            writer.wait(30)
        except subprocess.TimeoutExpired:
            writer.kill()
            writer.wait()


def still_there(writer: subprocess.Popen[bytes]) -> None:
    """Demand that the writer did not end by itself."""
    if writer.poll() is not None:
        raise DemoError(f"the writer ended by itself, with {writer.returncode}; its error stands above")


def journal(stage: Stage) -> list[Write]:
    """Read what the writer has noted so far (its last line may be half written)."""
    if not stage.journal.exists():
        return []
    text = stage.journal.read_text()
    whole = stage.folder / "journal.whole"
    whole.write_text(text[: text.rfind("\n") + 1])
    return read_journal(whole)


def redeploy(stage: Stage, began: float, new: str) -> Times:
    """Let the application stay behind for a moment, then send it to the new table, and let it write there."""
    moved = time.time()
    say("")
    say(f"The outputs name {new} now; the application has not noticed yet, and writes to the old table.")
    time.sleep(REDEPLOYING)
    stage.point_writer_at(new, 2)
    redeployed = time.time()
    time.sleep(REDEPLOYING)
    say("Redeployed: it writes to the new one.")
    return Times(began, moved, redeployed)
