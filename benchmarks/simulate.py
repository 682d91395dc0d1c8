"""The figures of docs/scale.md: how long a copy of 10 GB, 1 TB and 100 TB takes, what it waits for, what it costs, how
far the replicator is behind. Simulated, seeded, in seconds, without AWS; the page says which figures are assumed.

    python benchmarks/simulate.py                          # the page's tables
    python benchmarks/simulate.py --copies 80000           # with what `make bench` measures on your machine
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.findings import Findings
from benchmarks.parts import Asked, Tell
from benchmarks.scale.filling import Machine, Order, Work, compare, copy
from benchmarks.scale.stream import Replicator, follow, ledger_units, until_gap
from pulumi_dynamo_migrator.backfill.segments import MOST_SEGMENTS
from pulumi_dynamo_migrator.figures import about, duration, money, size
from pulumi_dynamo_migrator.plan.cost import READ_UNIT, WRITE_UNIT
from pulumi_dynamo_migrator.plan.prices import AS_OF, REGION, dollars

SEED = 1
KB = 1_000
ITEM = 1 * KB
ORDERED = 100 * 10**9
SIZES = (10 * 10**9, 10**12, 100 * 10**12)
IN_FLIGHT = (8, 64)
TRAFFIC = ((10, 4), (100, 4), (100, 100), (300, 4), (1_000, 10), (1_000, 100), (10_000, 100))
WRITES = (20, 100, 300, 500, 800, 1_000)


def main(arguments: Sequence[str]) -> int:
    """Print the tables."""
    asked = _parser().parse_args(arguments)
    machine = Machine(copies=asked.copies, compares=asked.compares)
    print(f"{datetime.now(UTC):%Y-%m-%d}, seed {asked.seed}")
    for table in tables(machine, asked.seed):
        print("", *table, sep="\n")
    return 0


def measure(asked: Asked, _tell: Tell) -> Findings:
    """As a part of the suite; what is simulated is held to no target."""
    return Findings([list(table) for table in ((prices(),) if asked.quick else tables(Machine(), SEED))])


def tables(machine: Machine, seed: int) -> Iterator[Iterator[str]]:
    """All of the page."""
    yield copies(machine, seed)
    yield orders(machine, seed)
    yield prices()
    yield lags(seed)
    yield ledger(seed)


def copies(machine: Machine, seed: int) -> Iterator[str]:
    """Sizes, requests in flight, and the target's first rate."""
    yield "| table | in flight | first rate | copy | slowest most of the time | compare |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for total in SIZES:
        for workers in IN_FLIGHT:
            for warm in (4_000, 40_000):
                work = Work(total // ITEM, ITEM, MOST_SEGMENTS, warm=warm)
                there = replace(machine, workers=workers)
                done = copy(work, there, seed=seed)
                yield (
                    f"| {size(total)} | {workers} | {warm:,} | {duration(done.seconds)} | {done.slowest} | "
                    f"{duration(compare(work, there))} |"
                )


def orders(machine: Machine, seed: int) -> Iterator[str]:
    """What the order of the segments does where the hash key stays."""
    yield f"| {size(ORDERED)}, 40,000 at first, in flight | other hash key | same one, spread | same, in sequence |"
    yield "| --- | --- | --- | --- |"
    for workers in IN_FLIGHT:
        work, there = Work(ORDERED // ITEM, ITEM, MOST_SEGMENTS, warm=40_000), replace(machine, workers=workers)
        found = [
            duration(copy(replace(work, order=order), there, seed=seed).seconds)
            for order in (Order.ANY, Order.SPREAD, Order.SEQUENCE)
        ]
        yield f"| {workers} | {' | '.join(found)} |"


def prices() -> Iterator[str]:
    """What copy and comparison take, without what writers write meanwhile."""
    yield f"| table | write units | read units | at {REGION}'s on-demand prices of {AS_OF} |"
    yield "| --- | --- | --- | --- |"
    for total in SIZES:
        writes, reads = total // ITEM * -(-ITEM // WRITE_UNIT), 3 * -(-total // READ_UNIT)
        yield f"| {size(total)} | {writes:,} | {reads:,} | {money(dollars(writes=writes, reads=reads))} |"


def lags(seed: int) -> Iterator[str]:
    """One shard, in each way of working, for ten minutes."""
    ways = {"copying, comparing": Replicator(), "handing over, late": Replicator(one_by_one=True)}
    yield "| writes a second on one shard | " + " | ".join(f"{way}: median, worst lag" for way in ways) + " |"
    yield "| --- | --- | --- |"
    for writes in WRITES:
        yield f"| {writes:,} | {' | '.join(_lag(one, writes, seed) for one in ways.values())} |"
    yield f"| at most | {' | '.join(f'{one.capacity:,.0f}' for one in ways.values())} |"


def ledger(seed: int) -> Iterator[str]:
    """What the replicator writes into its partition of the ledger: at first DynamoDB takes 1,000 units a second."""
    yield "| writes a second on all shards | shards | ledger units a second, copying | handing over, late |"
    yield "| --- | --- | --- | --- |"
    for writes, shards in TRAFFIC:
        plain, late = (
            ledger_units(one, writes=writes, shards=shards, seed=seed)
            for one in (Replicator(), Replicator(one_by_one=True))
        )
        yield f"| {writes:,} | {shards:,} | {about(round(plain)):,} | {about(round(late)):,} |"


def _lag(replicator: Replicator, writes: float, seed: int) -> str:
    gap = until_gap(replicator, writes=writes)
    if gap is not None:
        return f"falls behind; 20 h behind after {duration(gap)}"
    found = follow(replicator, writes=writes, seconds=600.0, seed=seed)
    return f"{found.median:.2f} s, {found.worst:.2f} s"


def _parser() -> argparse.ArgumentParser:
    plain = Machine()
    parser = argparse.ArgumentParser(description="Simulate copies of large tables.")
    parser.add_argument("--copies", type=float, default=plain.copies, help="items a second that the machine copies")
    parser.add_argument("--compares", type=float, default=plain.compares, help="items a second that it compares")
    parser.add_argument("--seed", type=int, default=SEED)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
