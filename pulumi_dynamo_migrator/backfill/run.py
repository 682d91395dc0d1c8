"""The backfill: every segment of the source, on threads of this process, continued where it was left.

Running it again when it is done reads nothing. It never closes a phase: its caller looks at `unknown_at` first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pulumi_dynamo_migrator.backfill.job import BackfillJob, BackfillLedger, BackfillResult
from pulumi_dynamo_migrator.backfill.meter import Meter, Tell
from pulumi_dynamo_migrator.backfill.pace import Pace
from pulumi_dynamo_migrator.backfill.pool import Stopping, run_all
from pulumi_dynamo_migrator.backfill.segments import Segment, plan_segments, sum_of
from pulumi_dynamo_migrator.backfill.worker import Paces, SegmentWorker
from pulumi_dynamo_migrator.items import Items
from pulumi_dynamo_migrator.ports import Clock


def run_backfill(
    job: BackfillJob,
    *,
    items: Items,
    ledger: BackfillLedger,
    guard: Callable[[], None],
    progress: Tell,
    clock: Clock,
) -> BackfillResult:
    """Copy what is left to copy.

    `guard`, `ledger` and `items` are called by several threads at once, `progress` by one at a time. `guard` raises to
    stop everything: nothing is sent after it has, and what was in hand is repeated by the next run.
    """
    begun = clock.monotonic()
    segments = plan_segments(job.segments, saved=ledger.load_segments())
    meter = Meter("copying", total=job.estimate, begun=sum_of(segments).read, tell=progress, clock=clock)
    paces = Paces(Pace(job.max_read_units, clock=clock), Pace(job.max_write_units, clock=clock))
    worker = SegmentWorker(job, items=items, ledger=ledger, guard=guard, meter=meter, paces=paces)

    def copy(segment: Segment, stopping: Stopping) -> None:
        segments[segment.number] = worker.copy(segment, stopping=stopping)

    left = [segment for segment in segments if not segment.done]
    run_all([partial(copy, segment) for segment in left], workers=job.workers)
    meter.finish()
    seconds = clock.monotonic() - begun
    return BackfillResult(sum_of(segments), tuple(segments), seconds, items.last_unknown)
