"""How much memory a copy and a verify take, by the number of items: it must not grow with them.

    python benchmarks/memory.py                              # 10,000 and 100,000 items; the suite: a million too
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.findings import Findings, Goal, goal_of_worst
from benchmarks.made_up import SOURCE, TARGET, Case, MadeUp
from benchmarks.parts import Asked, Tell
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

SIZES = (10_000, 100_000, 1_000_000)
BOUND = 250.0  # MB
FLAT = 1.1
SEGMENTS = 8
Row = dict[str, float]
KEYS = KeySchema(("id",), ("S",))


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


def copy_and_verify(case: Case, *, emulator: bool) -> Row:
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


def measure(asked: Asked, tell: Tell) -> Findings:
    """Tables of each size, one process after the other."""
    rows = [row_of(Case(items, 200, 0.0)) for items in ((1_000, 2_000) if asked.quick else SIZES)]
    for row in rows:
        tell(f"{row['items']:,.0f} items: {max(row['copy'], row['verify']):.0f} MB")
    return Findings([lines_of(rows)], goals(rows), {"samples": rows})


def goals(rows: Sequence[Row]) -> list[Goal]:
    """Small, and no larger for more items, once there are enough of them to fill the pages that are in work.

    The whole plugin's memory is measured by `whole_up.py`.
    """
    peaks = [max(row["copy"], row["verify"]) for row in rows]
    growth = peaks[-1] / peaks[-2]
    what = f"memory with {rows[-1]['items']:,.0f} items ÷ with {rows[-2]['items']:,.0f}"
    return [
        goal_of_worst("memory of a copy and a verify", peaks, BOUND, unit="MB"),
        Goal(what, FLAT, growth, growth, growth, at_most=True),
    ]


def row_of(case: Case, *, emulator: bool = False) -> Row:
    """One size, in a process of its own."""
    options = ["--bytes", str(case.size), "--differing", str(case.differing), *["--emulator"] * emulator]
    ran = subprocess.run(
        [sys.executable, __file__, str(case.items), *options, "--here"], check=True, capture_output=True, text=True
    )
    return {"items": case.items, **json.loads(ran.stdout)}


def lines_of(rows: Sequence[Row]) -> list[str]:
    """A row a size; peak resident size in MB."""
    return [
        "| items | at the start | after the copy | after the verify | wrong | seconds |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {row['items']:,.0f} | {row['start']:.0f} MB | {row['copy']:.0f} MB | {row['verify']:.0f} MB | "
            f"{row['wrong']:,.0f} | {row['seconds']:.1f} |"
            for row in rows
        ),
    ]


def main(arguments: Sequence[str]) -> None:
    """Measure each size in a process of its own, and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("items", nargs="*", type=int, default=SIZES[:2])
    parser.add_argument("--bytes", type=int, default=200, help="the size of an item's text")
    parser.add_argument("--differing", type=float, default=0.0, help="the part of the successor's items that is wrong")
    parser.add_argument("--emulator", action="store_true", help="real tables; nothing differs")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    told = parser.parse_args(arguments)
    cases = [Case(items, told.bytes, told.differing) for items in told.items]
    if told.here:
        print(json.dumps(copy_and_verify(cases[0], emulator=told.emulator)))
        return
    print(*lines_of([row_of(case, emulator=told.emulator) for case in cases]), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
