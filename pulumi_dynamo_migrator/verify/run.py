"""Verify: add both tables up, read the differing buckets again, look at the suspects until each is settled.

Works while both tables are written to, in memory that does not grow with them. It never calls a key wrong whose source
moved, and never writes but to sweep a tombstone or, when asked, to repair.
"""

from __future__ import annotations

from collections.abc import Callable

from pulumi_dynamo_migrator.backfill.meter import Meter, Tell
from pulumi_dynamo_migrator.items import Items
from pulumi_dynamo_migrator.ports import Clock
from pulumi_dynamo_migrator.verify.digest import portions
from pulumi_dynamo_migrator.verify.look import add_up, suspects_of
from pulumi_dynamo_migrator.verify.report import Verdicts, VerifyJob, VerifyReport
from pulumi_dynamo_migrator.verify.settle import Settlement
from pulumi_dynamo_migrator.verify.sides import Sides

MOST_ENTRIES = 250_000  # of differing buckets held in memory at once; 200 MB where all differ (benchmarks/memory.py)
ENOUGH = 10_000  # mismatches after which no further portion is looked at


def run_verify(
    job: VerifyJob,
    *,
    items: Items,
    guard: Callable[[], None],
    progress: Tell,
    clock: Clock,
    most_entries: int = MOST_ENTRIES,
) -> VerifyReport:
    """Compare both tables. `guard` and `items` are called by several threads at once, `progress` by one at a time."""
    begun = clock.monotonic()
    sides = Sides(job, items=items, guard=guard, clock=clock)
    first = Meter("comparing", total=2 * job.estimate, tell=progress, clock=clock)
    balance, seen = add_up(sides, meter=first)
    first.finish()
    parts = portions(balance, most=most_entries)
    verdicts = Verdicts()
    looks = 1
    for part in parts:
        if verdicts.mismatch_count >= ENOUGH:
            break
        again = Meter("looking again", total=0, tell=progress, clock=clock)
        suspects = suspects_of(sides, part, meter=again)
        verdicts += Settlement(sides, items=items, clock=clock, meter=again).run(suspects)
        looks += 1
    return VerifyReport(
        seen=seen,
        verdicts=verdicts,
        looks=looks,
        seconds=clock.monotonic() - begun,
        complete=looks == 1 + len(parts),
        unknown_at=items.last_unknown,
    )
