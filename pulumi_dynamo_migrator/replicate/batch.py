"""A batch of records onto the successor, under one word. Whole, or it raises and comes again.

`open` and `tail` write the last action per key, unconditionally; `noting` goes record by record with the eventID in the
same transaction; `late` is `handover.py`'s. Coming again is harmless: what was applied is applied to the same end, or
is noted. A stream without both images knows `open` and `tail` only (`key_view.py`).

An item error stops the batch, which comes again until the item is mended; or the item is passed over: with `skip`, and
always once its record is 12 h old, because a shard that stands still loses what is behind it at 24 h. Passed over, it
is kept in the ledger, and the successor does not hold it: what stood for it goes, as long as the successor is not
served. After a hand-over what stands stays, as a conflict. It never relies on a part of a batch being taken as done,
and it never decides which word is in force.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from zlib import crc32

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.replicate.changes import PlainChange
from pulumi_dynamo_migrator.replicate.config import OnItemError, ReplicatorConfig
from pulumi_dynamo_migrator.replicate.convert import convert, failure_if_current
from pulumi_dynamo_migrator.replicate.handover import Handover
from pulumi_dynamo_migrator.replicate.key_view import NeedsImagesError, current_records
from pulumi_dynamo_migrator.replicate.notes import Failure, Note, Seen, SeenState, Unseen, source_key_text
from pulumi_dynamo_migrator.replicate.ports import ChangeRefusedError, Clock, Ports
from pulumi_dynamo_migrator.replicate.record import Record
from pulumi_dynamo_migrator.replicate.rule import Images, changes_of, last_actions, removal
from pulumi_dynamo_migrator.replicate.word import Word

# A transaction takes 100 actions and 4 MB (DynamoDB's limits page): ten items of 400 KB.
# A wider fan-out goes in several, the last of which notes the record, and each of the others asks that it is not noted
# yet: one that Lambda has given up, or whose answer was lost, writes nothing over what came after it.
_NOTED_TOGETHER = 9

PATIENCE = 12 * 3600.0
"""Seconds for which an item error may stop a shard: half of what a stream keeps (*Change data capture for DynamoDB
Streams*, Amazon DynamoDB Developer Guide), so that what stands behind it can still be applied."""
_OVERDUE = "; passed over 12 h after it was written, so that what was written after it is not lost"


class StoppedError(MigratorError):
    """The word is STOP: nothing may be consumed."""


class ItemsFailedError(MigratorError):
    """The source holds items that cannot be converted or written, and the migration shall stop at them."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """A failed item; `stops`: the batch shall come again until it is mended."""

    failure: Failure
    stops: bool


_Failures = dict[str, _Failed]


@dataclass(frozen=True, slots=True)
class Batch:
    """How batches are applied: configuration and the outside."""

    config: ReplicatorConfig
    ports: Ports
    clock: Clock
    lanes: int = 1
    """How many source items are worked on at a time, where each record is a transaction or a read of its own."""
    threads: Callable[[int], Executor] = ThreadPoolExecutor
    began: float = math.inf
    """When the invocation began: what was noted as failed later, and not here, is for whoever noted it."""
    noted: dict[str, float] = field(default_factory=dict)
    """What was noted here as failed, and when."""

    def apply(self, records: Sequence[Record], word: Word) -> None:
        """Apply all the records, in order. Item errors are in the ledger before this raises because of them."""
        failures = self._apply(records, word)
        if stopping := _stopping(failures):
            raise self._items_failed(stopping)
        if self.ports.ledger.failures() > 0:
            for key in sorted({self._source_key(record) for record in records} - failures.keys()):
                self.ports.ledger.forget_failure(key, noted_by=self.noted.get(key, self.began))

    def _apply(self, records: Sequence[Record], word: Word) -> _Failures:
        match word:
            case Word.STOP:
                raise StoppedError(
                    f"the replicator of {self.config.source_table} is stopped", now="nothing: it has done its work"
                )
            case Word.OPEN | Word.TAIL:
                return self._last_actions(records, leave_tombstones=word is Word.OPEN)
            case _ if not self.config.has_images:
                raise NeedsImagesError(self.config, word)
            case Word.NOTING | Word.LATE:
                return self._one_by_one(records, late=word is Word.LATE)

    def _last_actions(self, records: Sequence[Record], *, leave_tombstones: bool) -> _Failures:
        if not self.config.has_images:
            records = current_records(
                records, self.config, source=self.ports.source, lanes=self.lanes, threads=self.threads
            )
        images, failures = self._converted(records)
        if _stopping(failures):
            return failures
        actions = last_actions(images, self.config.target.keys, leave_tombstones=leave_tombstones)
        origin = {id(action.change): action.record for action in actions}
        left: list[PlainChange] = []
        for refusal in self.ports.target.write([action.change for action in actions]):
            failed = self._refused(origin[id(refusal.change)], refusal.reason)
            if failed:
                failures[failed.failure.source_key] = failed
                left += [] if failed.stops else [removal(refusal.change.key, leave_tombstone=leave_tombstones)]
        self.ports.target.write(left)
        return failures

    def _converted(self, records: Sequence[Record]) -> tuple[list[Images], _Failures]:
        images: list[Images] = []
        failures: _Failures = {}
        for record in records:
            found = convert(record, self.config, source=self.ports.source, clock=self.clock)
            images.append(found.images)
            failures.pop(self._source_key(record), None)
            if found.failure:
                failures[found.failure.source_key] = self._noted(record, found.failure)
        return images, failures

    def _one_by_one(self, records: Sequence[Record], *, late: bool) -> _Failures:
        """Each record in a transaction of its own: in order for one source item, side by side for several.

        Two source items never share a target key here: what may meet is never handed over, so it comes to neither word.
        """
        lanes = self._lanes(records)
        if len(lanes) < 2:
            return self._lane(records, late=late)
        failures: _Failures = {}
        with self.threads(len(lanes)) as threads:
            for found in [threads.submit(self._lane, lane, late=late) for lane in lanes]:
                failures.update(found.result())
        return failures

    def _lanes(self, records: Sequence[Record]) -> list[list[Record]]:
        """The records of one source item are in one lane, in their order."""
        lanes: list[list[Record]] = [[] for _ in range(self.lanes)]
        for record in records:
            lanes[crc32(self._source_key(record).encode()) % self.lanes].append(record)
        return [lane for lane in lanes if lane]

    def _lane(self, records: Sequence[Record], *, late: bool) -> _Failures:
        failures: _Failures = {}
        for record in records:
            if late and record.ttl_removal:
                continue
            failures.pop(self._source_key(record), None)
            failed = self._one(record, late=late)
            if failed is None:
                continue
            failures[failed.failure.source_key] = failed
            if failed.stops:
                return failures
        return failures

    def _one(self, record: Record, *, late: bool) -> _Failed | None:
        found = convert(record, self.config, source=self.ports.source, clock=self.clock)
        images, failed = found.images, None
        if found.failure is None:
            try:
                self._put_through(images, late=late)
                return None
            except ChangeRefusedError as refused:
                images = replace(images, new=())
                failed = self._refused(record, refused.reason)
        else:
            failed = self._noted(record, found.failure)
        if failed is None:
            self._put_through(images, late=late)
        elif not failed.stops:
            self._pass_over(images, failed.failure.reason, late=late)
        return failed

    def _pass_over(self, images: Images, reason: str, *, late: bool) -> None:
        if late and images.old:
            Handover(self.config, self.ports, self.clock).keep(
                images.record, f"what the source holds now cannot be moved: {reason}"
            )
        else:
            self._put_through(images, late=late)

    def _put_through(self, images: Images, *, late: bool) -> None:
        if late:
            Handover(self.config, self.ports, self.clock).apply(images)
            return
        changes = tuple(changes_of(images, self.config.target.keys, leave_tombstones=False).values())
        starts = range(0, max(1, len(changes)), _NOTED_TOGETHER)
        for start in starts:
            note: Note = self._seen(images.record) if start == starts[-1] else Unseen(images.record.event_id)
            if not self.ports.ledger.transact([note], changes[start : start + _NOTED_TOGETHER]):
                self._finish(images)
                return

    def _finish(self, images: Images) -> None:
        """A record that is noted was applied; but for its deletes, where `late` was taken back in the middle of it."""
        if self.ports.ledger.seen(images.record.event_id) is SeenState.DELETING:
            Handover(self.config, self.ports, self.clock).apply(images)

    def _seen(self, record: Record) -> Seen:
        return Seen(record.event_id, SeenState.DONE, self.clock.now())

    def _refused(self, record: Record, reason: str) -> _Failed | None:
        failure = failure_if_current(record, reason, self.config, source=self.ports.source, clock=self.clock)
        return self._noted(record, failure) if failure else None

    def _noted(self, record: Record, failure: Failure) -> _Failed:
        """The failed item is in the ledger before anything is done because of it."""
        stops = self.config.on_item_error is OnItemError.STOP
        if stops and self.clock.now() - record.at >= PATIENCE:
            stops, failure = False, replace(failure, reason=failure.reason + _OVERDUE)
        self.ports.ledger.note_failure(failure)
        self.noted[failure.source_key] = failure.at
        return _Failed(failure, stops)

    def _source_key(self, record: Record) -> str:
        return source_key_text(record.keys, self.config.source_keys)

    def _items_failed(self, failures: Sequence[Failure]) -> ItemsFailedError:
        first = failures[0]
        others = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        return ItemsFailedError(
            f"item {first.source_key} of {self.config.source_table} cannot be copied{others}: {first.reason}",
            now="mend the item at the source, or set migration=Migration(on_item_error='skip')",
        )


def _stopping(failures: _Failures) -> tuple[Failure, ...]:
    return tuple(one.failure for one in failures.values() if one.stops)
