"""One segment: scan a page, insert what it means; when every insert has its answer, a checkpoint may stand behind it.

A crash repeats at most the pages since the last checkpoint, which is harmless: inserts never overwrite. A failed item
is in the ledger before anything is said about it; under "stop" the checkpoint stays before its page. A worker holds one
page at a time, whose inserts others may help with; it never reads the next one before this one has all its answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from pulumi_dynamo_migrator.backfill.checkpoints import Checkpoints
from pulumi_dynamo_migrator.backfill.holders import count_unsettled
from pulumi_dynamo_migrator.backfill.job import BackfillJob, BackfillStoppedError, SegmentLedger
from pulumi_dynamo_migrator.backfill.meter import Meter
from pulumi_dynamo_migrator.backfill.pace import Lane, Pace
from pulumi_dynamo_migrator.backfill.page import Batch, FailedItem, PageConverter
from pulumi_dynamo_migrator.backfill.pool import Crew
from pulumi_dynamo_migrator.backfill.segments import Segment, Tally
from pulumi_dynamo_migrator.items import INSERTED, Answer, Items, Outcome, Page
from pulumi_dynamo_migrator.replicate.config import OnItemError

IN_HAND = 10.0
"""Seconds' worth of a write limit that all pages in hand may hold: who is stopped has to write them again."""


@dataclass(frozen=True, slots=True)
class Paces:
    """Both tables' paces."""

    read: Pace
    write: Pace


class SegmentWorker:
    """Copies segments. One value serves all threads; it holds no progress itself."""

    def __init__(
        self,
        job: BackfillJob,
        *,
        items: Items,
        ledger: SegmentLedger,
        guard: Callable[[], None],
        meter: Meter,
        paces: Paces,
    ) -> None:
        self._job = job
        self._items = items
        self._ledger = ledger
        self._guard = guard
        self._meter = meter
        self._paces = paces
        self._converter = PageConverter(job.chain)
        self._hash_key = job.chain.target.keys.names[0]

    def first_page(self, segment: Segment) -> Page:
        """The page that a segment begins with."""
        with self._paces.read.lane() as lane:
            return self._scan(segment, lane=lane, check=lambda: None)

    def copy(self, segment: Segment, *, crew: Crew, first: Page | None = None) -> Segment:
        """Copy until the segment is done or somebody wants to stop; a checkpoint is the last that it does."""
        with (
            self._paces.read.lane() as reading,
            self._paces.write.lane() as writing,
            self._checkpoints() as checkpoints,
        ):
            if first is not None:
                segment = checkpoints.reached(self._take(segment, first, lane=writing, crew=crew))
                del first
            while not segment.done and not crew.stopping():
                # Nothing here keeps the page: two of them would be in memory while the next one is read.
                segment = checkpoints.reached(
                    self._take(segment, self._scan(segment, lane=reading, check=crew.check), lane=writing, crew=crew)
                )
        return segment

    def _checkpoints(self) -> Checkpoints:
        every, clock = self._job.checkpoint, self._paces.read.clock
        return Checkpoints(self._ledger, guard=self._guard, every=every, clock=clock)

    def _take(self, segment: Segment, page: Page, *, lane: Lane, crew: Crew) -> Segment:
        """Write a page; the segment after it."""
        return segment.after(page.cursor, tally=self._write(page, lane=lane, crew=crew))

    def _scan(self, segment: Segment, *, lane: Lane, check: Callable[[], None]) -> Page:
        limits = [most for most in (lane.portion(), self._paces.write.affords(IN_HAND)) if most is not None]
        limit = min(limits, default=None)
        booked = lane.wait(limit, check=check)
        self._guard()
        page = self._items.scan_page(
            self._job.source, segment=segment.number, total=segment.total, cursor=segment.cursor, limit=limit
        )
        lane.spend(page.units, booked=booked, items=page.count, throttled=page.throttled)
        return page

    def _write(self, page: Page, *, lane: Lane, crew: Crew) -> Tally:
        writes = self._converter.writes(page)
        self._keep(writes.failed)
        tally = Tally(read=writes.read, dropped=writes.dropped, failed=len(writes.failed), bytes=page.size)
        left = writes.read  # a fan-out writes more than was read, a drop less: the meter counts source items
        jobs: list[Callable[[], Tally]] = []
        for batch in writes.batches:
            count = min(left, len(batch))
            jobs.append(partial(self._insert_batch, batch, count, lane=lane, crew=crew))
            left -= count
        for part in crew.share(jobs):
            tally += part
        self._meter.add(left)
        return tally

    def _insert_batch(self, batch: Batch, count: int, *, lane: Lane, crew: Crew) -> Tally:
        """Insert one batch, in as many requests as the pace asks for; it stands for `count` source items."""
        most = lane.portion()
        if most is None or most >= len(batch):
            tally = self._insert(batch, lane=lane, crew=crew)
        else:
            tally = self._insert_slowly(batch, lane=lane, crew=crew)
        self._meter.add(count)
        return tally

    def _insert_slowly(self, batch: Batch, *, lane: Lane, crew: Crew) -> Tally:
        tally, left = Tally(), batch
        while left:
            most = lane.portion() or len(left)
            tally += self._insert(left.part(0, most), lane=lane, crew=crew)
            left = left.part(most, len(left))
        return tally

    def _insert(self, batch: Batch, *, lane: Lane, crew: Crew) -> Tally:
        booked = lane.wait(len(batch), check=crew.check)
        self._guard()
        inserted = self._items.insert_if_absent(self._job.target, batch.items, hash_key=self._hash_key)
        lane.spend(inserted.units, booked=booked, items=len(batch), throttled=inserted.throttled)
        if inserted.answers.count(INSERTED) == len(batch):  # nearly every batch of nearly every copy
            return Tally(inserted=len(batch))
        return self._judged(batch, inserted.answers)

    def _judged(self, batch: Batch, answers: Sequence[Answer]) -> Tally:
        """What became of a batch that met somebody, or an item that is refused."""
        outcomes = [answer.outcome for answer in answers]
        self._keep(
            [
                self._converter.failure(origin, f"DynamoDB refuses the item: {answer.why}")
                for origin, answer in zip(batch.origins, answers, strict=True)
                if answer.outcome is Outcome.REFUSED
            ]
        )
        met = batch.only([outcome is Outcome.PRESENT for outcome in outcomes])
        return Tally(
            inserted=outcomes.count(Outcome.INSERTED),
            present=len(met),
            failed=outcomes.count(Outcome.REFUSED),
            unsettled=count_unsettled(self._job, met, items=self._items),
        )

    def _keep(self, failed: Sequence[FailedItem]) -> None:
        for one in failed:
            self._ledger.record_failed(one.key, one.reason, one.image)
        if failed and self._job.on_item_error is OnItemError.STOP:
            raise BackfillStoppedError(
                self._job.source, keys=[one.key for one in failed], reasons=[one.reason for one in failed]
            )
