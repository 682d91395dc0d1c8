"""How much memory a copy and a verify take, by the number of items: it must not grow with them.

    python benchmarks/memory.py                              # 10,000 and 100,000 items
    python benchmarks/memory.py 10000 100000 1000000
    python benchmarks/memory.py --differing 0.5 --bytes 2000 # half of the items wrong, larger ones
    python benchmarks/memory.py --emulator 10000 100000      # real tables in an embedded AWS

Each line is a process of its own: its peak resident size (ru_maxrss) at the start, after the copy and after the verify.
Without `--emulator` the tables are made up page by page behind the real item door, and what is copied goes nowhere: so
the process holds what the package holds, and a million items take a minute.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import msgspec

from pulumi_dynamo_migrator.aws.doors import make_items
from pulumi_dynamo_migrator.aws.items import DynamoItems
from pulumi_dynamo_migrator.aws.retry import Retry
from pulumi_dynamo_migrator.backfill.job import BackfillJob
from pulumi_dynamo_migrator.backfill.run import run_backfill
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.keys import KeySchema, TargetShape
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.items import Items
from pulumi_dynamo_migrator.system import SystemClock
from pulumi_dynamo_migrator.verify.report import VerifyJob
from pulumi_dynamo_migrator.verify.run import run_verify
from tests.fakes.copying import FakeLedger
from tests.fakes.doors import session_on
from tools.embedded_aws import EmbeddedAws

SOURCE, TARGET = "source", "target"
SEGMENTS = 8
PAGE = 1_000_000  # bytes, as DynamoDB's
KEYS = KeySchema(("id",), ("S",))


@dataclass(frozen=True)
class Case:
    """So many items of such a size, of which a part differs."""

    items: int
    size: int
    differing: float

    def item(self, table: str, number: int) -> dict[str, Any]:
        """One item of a table."""
        item = {"id": {"S": f"item-{number:09}"}, "n": {"N": str(number)}, "text": {"S": "x" * self.size}}
        wrong = table == TARGET and number < self.items * self.differing
        return {**item, "n": {"N": "-1"}} if wrong else item


class MadeUp:
    """A wire that makes tables up: scans and reads answer as DynamoDB does, inserts vanish."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._page = max(1, PAGE // (case.size + 60))

    def call(self, operation: str, body: bytes, *, at: float) -> bytes:  # noqa: ARG002 - signed by nobody
        """Answer one request."""
        asked = msgspec.json.decode(body)
        told = {"Scan": self._scan, "BatchExecuteStatement": self._insert, "BatchGetItem": self._get}[operation](asked)
        return msgspec.json.encode(told)

    def _scan(self, asked: dict[str, Any]) -> dict[str, Any]:
        segment, total = asked.get("Segment", 0), asked.get("TotalSegments", 1)
        start = _number(asked["ExclusiveStartKey"]) + total if "ExclusiveStartKey" in asked else segment
        numbers = range(start, self._case.items, total)[: self._page]
        told: dict[str, Any] = {"Items": [self._case.item(asked["TableName"], number) for number in numbers]}
        if numbers and numbers[-1] + total < self._case.items:
            told["LastEvaluatedKey"] = {"id": told["Items"][-1]["id"]}
        return told

    def _insert(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"Responses": [{} for _ in asked["Statements"]]}

    def _get(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {
            "Responses": {
                table: [self._case.item(table, _number(key)) for key in keys["Keys"]]
                for table, keys in asked["RequestItems"].items()
            }
        }


def _number(key: dict[str, Any]) -> int:
    return int(key["id"]["S"].removeprefix("item-"))


@contextmanager
def made_up(case: Case) -> Iterator[Items]:
    """The item door over a made-up wire."""
    yield DynamoItems(MadeUp(case).call, retry=Retry(SystemClock(), random=random.random, guard=lambda: None))


@contextmanager
def embedded(case: Case) -> Iterator[Items]:
    """The item door over real tables, the source filled."""
    with EmbeddedAws.start() as aws:
        session = session_on(aws)
        items = make_items(session, clock=SystemClock(), guard=lambda: None)
        for table in (SOURCE, TARGET):
            session.client("dynamodb").create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            )
        for start in range(0, case.items, 25):
            batch = [case.item(SOURCE, number) for number in range(start, min(case.items, start + 25))]
            items.insert_if_absent(SOURCE, batch, hash_key="id")
        yield items


def peak() -> float:
    """The largest resident size so far, in MB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 1e6 if sys.platform == "darwin" else size / 1e3


def measure(case: Case, *, emulator: bool) -> dict[str, float]:
    """Copy and verify once, in this process."""
    clock, chain = SystemClock(), Chain((), Meeting.SEPARATE, KEYS, TargetShape(KEYS))
    with embedded(case) if emulator else made_up(case) as items:
        begun, told = time.monotonic(), {"start": peak()}
        copy = BackfillJob(SOURCE, TARGET, chain, segments=SEGMENTS)
        # The emulator holds the whole copy; the made-up successor holds what the case says.
        run_backfill(copy, items=items, ledger=Forgetful(), guard=_free, progress=_unheard, clock=clock)
        told["copy"] = peak()
        compare = VerifyJob(SOURCE, TARGET, chain, settle=1.0, segments=SEGMENTS)
        report = run_verify(compare, items=items, guard=_free, progress=_unheard, clock=clock)
        told |= {"verify": peak(), "wrong": report.mismatch_count, "seconds": time.monotonic() - begun}
    return told


class Forgetful(FakeLedger):
    """A ledger that keeps no history of checkpoints."""

    def save_segment(self, segment: Any) -> None:
        self.segments[segment.number] = segment


def _free() -> None:
    """Nobody stops it."""


def _unheard(_moment: object) -> None:
    """Nobody listens."""


def main(arguments: list[str]) -> None:
    """Measure each size in a process of its own, and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("items", nargs="*", type=int, default=[10_000, 100_000])
    parser.add_argument("--bytes", type=int, default=200, help="the size of an item's text")
    parser.add_argument("--differing", type=float, default=0.0, help="the part of the successor's items that is wrong")
    parser.add_argument("--emulator", action="store_true", help="real tables; nothing differs")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    told = parser.parse_args(arguments)
    if told.here:
        print(json.dumps(measure(Case(told.items[0], told.bytes, told.differing), emulator=told.emulator)))
        return
    print(f"{'items':>10} {'start':>9} {'copy':>9} {'verify':>9} {'wrong':>9} {'seconds':>9}    (peak MB)")
    for items in told.items:
        options = ["--bytes", str(told.bytes), "--differing", str(told.differing), *["--emulator"] * told.emulator]
        ran = subprocess.run(
            [sys.executable, __file__, str(items), *options, "--here"], check=True, capture_output=True, text=True
        )
        row = json.loads(ran.stdout)
        columns = " ".join(f"{row[name]:>9.1f}" for name in ("start", "copy", "verify"))
        print(f"{items:>10,} {columns} {row['wrong']:>9,.0f} {row['seconds']:>9.1f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
