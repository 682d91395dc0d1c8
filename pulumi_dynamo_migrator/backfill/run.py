"""The backfill: every segment of the source, continued where it was left, on threads of this process or by a fleet of
others.

Running it again when it is done reads nothing. It never closes a phase: its caller looks at `unknown_at` first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pulumi_dynamo_migrator.backfill.job import BackfillJob, BackfillLedger, BackfillResult, Fleet, latest
from pulumi_dynamo_migrator.backfill.meter import Meter, Tell
from pulumi_dynamo_migrator.backfill.pace import LEAST_PAGE, Pace
from pulumi_dynamo_migrator.backfill.pool import Crew, run_helping
from pulumi_dynamo_migrator.backfill.segments import (
    FULL_PAGE,
    PER_WORKER,
    plan_segments,
    sum_of,
    visiting_order,
)
from pulumi_dynamo_migrator.backfill.worker import Paces, SegmentWorker
from pulumi_dynamo_migrator.items import Items, Page
from pulumi_dynamo_migrator.ports import Clock


def run_backfill(
    job: BackfillJob,
    *,
    items: Items,
    ledger: BackfillLedger,
    guard: Callable[[], None],
    progress: Tell,
    clock: Clock,
    fleet: Fleet | None = None,
) -> BackfillResult:
    """Copy what is left to copy.

    `guard`, `ledger` and `items` are called by several threads at once, `progress` by one at a time. `guard` raises to
    stop everything: nothing is sent after it has, and what was in hand is repeated by the next run. A `fleet` copies in
    this process's place wherever more than one segment is left.
    """
    begun = clock.monotonic()
    saved = ledger.load_segments()
    segments = plan_segments(job.segments, saved=saved)
    meter = Meter("copying", total=job.estimate, begun=sum_of(segments).read, tell=progress, clock=clock)
    paces = Paces(Pace(job.max_read_units, clock=clock, least=LEAST_PAGE), Pace(job.max_write_units, clock=clock))
    worker = SegmentWorker(job, items=items, ledger=ledger, guard=guard, meter=meter, paces=paces)

    read: list[Page] = []  # the first page of a table that is no larger, so that it is not read twice
    if job.sized and not saved and len(segments) == 1:
        read = [worker.first_page(segments[0])]
        if read[0].cursor is not None and read[0].size >= FULL_PAGE:
            segments, read = plan_segments(PER_WORKER * job.workers), []

    def copy(number: int, crew: Crew) -> None:
        segments[number] = worker.copy(segments[number], crew=crew, first=read.pop() if read else None)

    left = [number for number in visiting_order(len(segments)) if not segments[number].done]
    if fleet is not None and len(left) > 1:
        for segment in fleet.copy(job, [segments[n] for n in left], ledger=ledger, guard=guard, meter=meter):
            segments[segment.number] = segment
    else:
        run_helping([partial(copy, number) for number in left], workers=job.workers)
    meter.finish()
    seconds = clock.monotonic() - begun
    throttled = paces.read.throttled + paces.write.throttled + (fleet.throttled if fleet else 0)
    unknown = latest(items.last_unknown, fleet.last_unknown if fleet else None)
    return BackfillResult(sum_of(segments), tuple(segments), seconds, unknown, throttled)
