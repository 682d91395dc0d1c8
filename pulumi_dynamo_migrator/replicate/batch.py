"""A batch of records onto the successor, under one word. Whole, or it raises and comes again.

`open` and `tail` write the last action per key, unconditionally; `noting` goes record by record with the eventID in the
same transaction; `late` is `handover.py`'s. Coming again is harmless: what was applied is applied to the same end, or
is noted. A stream without both images knows `open` and `tail` only (`key_view.py`). It never relies on a part of a
batch being taken as done, and it never decides which word is in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from zlib import crc32

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.replicate.config import OnItemError, ReplicatorConfig
from pulumi_dynamo_migrator.replicate.convert import convert, failure_if_current
from pulumi_dynamo_migrator.replicate.handover import Handover
from pulumi_dynamo_migrator.replicate.key_view import NeedsImagesError, current_records
from pulumi_dynamo_migrator.replicate.notes import Failure, Seen, SeenState, source_key_text
from pulumi_dynamo_migrator.replicate.ports import ChangeRefusedError, Clock, Ports
from pulumi_dynamo_migrator.replicate.record import Record
from pulumi_dynamo_migrator.replicate.rule import Images, changes_of, last_actions
from pulumi_dynamo_migrator.replicate.word import Word

# A transaction takes 100 actions and 4 MB (DynamoDB's limits page): ten items of 400 KB.
# A wider fan-out is written first and noted then: `noting` is unconditional, so doing it twice does no harm, and `late`
# does not begin before everything that was not noted has come again (protocol: settling).
_NOTED_TOGETHER = 9


class StoppedError(MigratorError):
    """The word is STOP: nothing may be consumed."""


class ItemsFailedError(MigratorError):
    """The source holds items that cannot be converted or written, and the migration shall stop at them."""


@dataclass(frozen=True, slots=True)
class Batch:
    """How batches are applied: configuration and the outside."""

    config: ReplicatorConfig
    ports: Ports
    clock: Clock
    lanes: int = 1
    """How many source items are worked on at a time, where each record is a transaction or a read of its own."""

    def apply(self, records: Sequence[Record], word: Word) -> None:
        """Apply all the records, in order. Item errors are in the ledger before this raises because of them."""
        failures = self._apply(records, word)
        if failures and self._stops():
            raise self._items_failed(tuple(failures.values()))
        if self.ports.ledger.failures() > 0:
            for key in sorted({self._source_key(record) for record in records} - failures.keys()):
                self.ports.ledger.forget_failure(key)

    def _apply(self, records: Sequence[Record], word: Word) -> dict[str, Failure]:
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

    def _last_actions(self, records: Sequence[Record], *, leave_tombstones: bool) -> dict[str, Failure]:
        if not self.config.has_images:
            records = current_records(records, self.config, source=self.ports.source, lanes=self.lanes)
        images, failures = self._converted(records)
        if failures and self._stops():
            return failures
        actions = last_actions(images, self.config.target.keys, leave_tombstones=leave_tombstones)
        origin = {id(action.change): action.record for action in actions}
        for refusal in self.ports.target.write([action.change for action in actions]):
            failure = self._failure(origin[id(refusal.change)], refusal.reason)
            if failure:
                failures[failure.source_key] = failure
        return failures

    def _converted(self, records: Sequence[Record]) -> tuple[list[Images], dict[str, Failure]]:
        images: list[Images] = []
        failures: dict[str, Failure] = {}
        for record in records:
            outcome = self._convert(record)
            if isinstance(outcome, Failure):
                failures[outcome.source_key] = outcome
            else:
                images.append(outcome)
                failures.pop(self._source_key(record), None)
        return images, failures

    def _one_by_one(self, records: Sequence[Record], *, late: bool) -> dict[str, Failure]:
        """Each record in a transaction of its own: in order for one source item, side by side for several.

        Two source items never share a target key here: what may meet is never handed over, so it comes to neither word.
        """
        lanes = self._lanes(records)
        if len(lanes) < 2:
            return self._lane(records, late=late)
        failures: dict[str, Failure] = {}
        with ThreadPoolExecutor(len(lanes)) as threads:
            for found in [threads.submit(self._lane, lane, late=late) for lane in lanes]:
                failures.update(found.result())
        return failures

    def _lanes(self, records: Sequence[Record]) -> list[list[Record]]:
        """The records of one source item are in one lane, in their order."""
        lanes: list[list[Record]] = [[] for _ in range(self.lanes)]
        for record in records:
            lanes[crc32(self._source_key(record).encode()) % self.lanes].append(record)
        return [lane for lane in lanes if lane]

    def _lane(self, records: Sequence[Record], *, late: bool) -> dict[str, Failure]:
        failures: dict[str, Failure] = {}
        for record in records:
            if late and record.ttl_removal:
                continue
            failure = self._one(record, late=late)
            if failure is None:
                failures.pop(self._source_key(record), None)
                continue
            failures[failure.source_key] = failure
            if self._stops():
                return failures
            self._note(record)
        return failures

    def _one(self, record: Record, *, late: bool) -> Failure | None:
        images = self._convert(record)
        if isinstance(images, Failure):
            return images
        try:
            self._put_through(images, late=late)
        except ChangeRefusedError as refused:
            failure = self._failure(record, refused.reason)
            if failure:
                return failure
            self._put_through(Images(record, images.old, ()), late=late)
        return None

    def _put_through(self, images: Images, *, late: bool) -> None:
        if late:
            Handover(self.config, self.ports, self.clock).apply(images)
            return
        changes = tuple(changes_of(images, self.config.target.keys, leave_tombstones=False).values())
        if len(changes) <= _NOTED_TOGETHER:
            self.ports.ledger.transact([self._seen(images.record)], changes)  # False: noted, so it was applied
            return
        for refusal in self.ports.target.write(changes):
            raise ChangeRefusedError(refusal.reason)
        self._note(images.record)

    def _note(self, record: Record) -> None:
        self.ports.ledger.transact([self._seen(record)], ())

    def _seen(self, record: Record) -> Seen:
        return Seen(record.event_id, SeenState.DONE, self.clock.now())

    def _convert(self, record: Record) -> Images | Failure:
        outcome = convert(record, self.config, source=self.ports.source, clock=self.clock)
        if isinstance(outcome, Failure):
            self.ports.ledger.note_failure(outcome)
        return outcome

    def _failure(self, record: Record, reason: str) -> Failure | None:
        failure = failure_if_current(record, reason, self.config, source=self.ports.source, clock=self.clock)
        if failure:
            self.ports.ledger.note_failure(failure)
        return failure

    def _stops(self) -> bool:
        return self.config.on_item_error is OnItemError.STOP

    def _source_key(self, record: Record) -> str:
        return source_key_text(record.keys, self.config.source_keys)

    def _items_failed(self, failures: Sequence[Failure]) -> ItemsFailedError:
        first = failures[0]
        others = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        return ItemsFailedError(
            f"item {first.source_key} of {self.config.source_table} cannot be copied{others}: {first.reason}",
            now="mend the item at the source, or migrate with on_item_error='skip'",
        )
