"""One segment: scan a page, insert what it means, and only when every insert has its answer keep the checkpoint.

A crash repeats at most the page in hand, which is harmless: inserts never overwrite. A failed item is in the ledger
before anything is said about it; under "stop" the checkpoint stays before its page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pulumi_dynamo_migrator.backfill.holders import count_unsettled
from pulumi_dynamo_migrator.backfill.job import BackfillJob, BackfillLedger, BackfillStoppedError
from pulumi_dynamo_migrator.backfill.meter import Meter
from pulumi_dynamo_migrator.backfill.pace import Pace
from pulumi_dynamo_migrator.backfill.page import FailedItem, PageConverter, Write
from pulumi_dynamo_migrator.backfill.segments import Segment, Tally
from pulumi_dynamo_migrator.items import Items, Outcome, Page
from pulumi_dynamo_migrator.replicate.config import OnItemError


@dataclass(frozen=True, slots=True)
class Paces:
    """Limits of both tables."""

    read: Pace
    write: Pace


class SegmentWorker:
    """Copies segments. One value serves all threads; it holds no progress itself."""

    def __init__(
        self,
        job: BackfillJob,
        *,
        items: Items,
        ledger: BackfillLedger,
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

    def copy(self, segment: Segment, *, stopping: Callable[[], bool]) -> Segment:
        """Copy until the segment is done or somebody wants to stop; every page ends in a checkpoint."""
        while not segment.done and not stopping():
            page = self._scan(segment)
            tally = self._write(page)
            segment = segment.after(page.cursor, tally=tally)
            self._guard()
            self._ledger.save_segment(segment)
        return segment

    def _scan(self, segment: Segment) -> Page:
        self._paces.read.wait()
        self._guard()
        page = self._items.scan_page(
            self._job.source, segment=segment.number, total=segment.total, cursor=segment.cursor
        )
        self._paces.read.spend(page.units)
        return page

    def _write(self, page: Page) -> Tally:
        writes = self._converter.writes(page.items)
        self._keep(writes.failed)
        tally = Tally(read=len(page.items), dropped=writes.dropped, failed=len(writes.failed), bytes=page.size)
        left = len(page.items)  # a fan-out writes more than was read, a drop less: the meter counts source items
        for batch in writes.batches:
            tally += self._insert(batch)
            self._meter.add(min(left, len(batch)))
            left -= min(left, len(batch))
        self._meter.add(left)
        return tally

    def _insert(self, batch: Sequence[Write]) -> Tally:
        self._paces.write.wait()
        self._guard()
        inserted = self._items.insert_if_absent(
            self._job.target, [write.item for write in batch], hash_key=self._job.chain.target.keys.names[0]
        )
        self._paces.write.spend(inserted.units)
        outcomes = [answer.outcome for answer in inserted.answers]
        self._keep(
            [
                self._converter.failure(write.origin, f"DynamoDB refuses the item: {answer.why}")
                for write, answer in zip(batch, inserted.answers, strict=True)
                if answer.outcome is Outcome.REFUSED
            ]
        )
        met = [write for write, outcome in zip(batch, outcomes, strict=True) if outcome is Outcome.PRESENT]
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
