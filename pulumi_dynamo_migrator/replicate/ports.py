"""What the replicator needs of the outside. Items are wire items; every read is consistent.

Implemented by `door.py` over DynamoDB and by the tests' fakes in memory; the same contract tests run on both. A method
that returns has happened as a whole; one that raises may have happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.replicate.changes import Change, DeleteIfEqual, PlainChange
from pulumi_dynamo_migrator.replicate.notes import Failure, Note, SeenState
from pulumi_dynamo_migrator.replicate.tombstone import Item
from pulumi_dynamo_migrator.replicate.word import Word


class CallFailedError(MigratorError):
    """AWS refused or did not answer: throttling, access, a missing table, a time-out. Never the fault of an item."""


class ChangeRefusedError(Exception):
    """The successor's table refuses the content of a change; `reason` is DynamoDB's own sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """A change that the table refuses because of its content."""

    change: PlainChange
    reason: str


@dataclass(frozen=True, slots=True)
class Registration:
    """An invocation that may be working: when it began, how old its oldest record is, how many it has."""

    invocation: str
    started: float
    oldest: float
    records: int


class Clock(Protocol):
    """Time of one invocation, as an argument."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def remaining(self) -> float:
        """Seconds until this invocation is ended."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SourcePort(Protocol):
    """The source table. It is only read."""

    def read(self, key: Item) -> Item | None:
        """The item at the key."""


class TargetPort(Protocol):
    """The successor."""

    def read(self, key: Item) -> Item | None:
        """The item at the key."""

    def write(self, changes: Sequence[PlainChange]) -> tuple[Refusal, ...]:
        """Make all the changes (no key twice), in any order; those whose content is refused are given back."""

    def delete_if_equal(self, change: DeleteIfEqual) -> Item | None:
        """Delete, and give the item that was deleted; None when the condition did not hold."""


class LedgerPort(Protocol):
    """This migration's partition of the control table, and transactions over it and the successor."""

    def register(self, registration: Registration) -> None:
        """Say that an invocation works. Comes before `word`."""

    def unregister(self, invocation: str) -> None:
        """Say that it does no more."""

    def word(self) -> Word:
        """The word in the ledger."""

    def mark_failing(self, first_event_id: str, *, error: str, at: float, records: int, by: Registration) -> None:
        """Say that the batch which begins with this record has failed and will come again.

        Unless another invocation has noted its success that began later: then it does not come again.
        """

    def note_done(self, first_event_id: str, *, by: Registration) -> None:
        """Say that the batch which begins with this record has succeeded.

        From then on nobody who began earlier marks it as failing. Nothing where another has said so that began later.
        """

    def clear_failing(self, event_ids: Sequence[str]) -> None:
        """Take away the marks of all batches that begin with one of these records.

        A batch comes again in other bounds where Lambda goes back further, or splits it.
        """

    def count(self, records: int, *, at: float | None) -> int:
        """Add to the records that were handled; `at`: when somebody wrote for the last time (None: nobody did).

        Gives how many batches are marked as failing.
        """

    def count_gap(self) -> None:
        """One more batch that came so late that records before it may be lost."""

    def failures(self) -> int:
        """How many source items are noted as failed."""

    def note_failure(self, failure: Failure) -> None:
        """Note a source item as failed, or renew the note."""

    def forget_failure(self, source_key: str, *, noted_by: float) -> None:
        """Remove the note, unless it was made or renewed since: the caller knows nothing of that."""

    def seen(self, event_id: str) -> SeenState | None:
        """How far the record has come."""

    def noted_at(self, event_id: str) -> float:
        """When a record that is noted came as far as that, not earlier than in truth (epoch seconds)."""

    def owned(self, source_key: str) -> bool:
        """Whether the served table owns the source item."""

    def transact(self, notes: Sequence[Note], changes: Sequence[Change]) -> bool:
        """All notes and changes, or nothing: False when a condition did not hold. Raises ChangeRefusedError."""


@dataclass(frozen=True, slots=True)
class Ports:
    """All of the outside."""

    source: SourcePort
    target: TargetPort
    ledger: LedgerPort
