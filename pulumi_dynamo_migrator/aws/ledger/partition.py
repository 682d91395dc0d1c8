"""One migration's partition of the ledger, from the side of the process that carries the migration out.

The replicator writes the same items (`replicate/notes.py`, `replicate/ledger.py`): formats are taken from there. Knows
no MigratedTable: whoever writes here holds a lease. Words are said in one transaction with its check: a word that a
process which slept says late would undo a hand-over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any
from zlib import decompress

from pulumi_dynamo_migrator.aws.faults import Fault, unless
from pulumi_dynamo_migrator.aws.ledger.lease import Under
from pulumi_dynamo_migrator.aws.ledger.rows import ABSENT, Condition, Row, Rows, row_key
from pulumi_dynamo_migrator.conversion.values import decode
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.replicate.ledger import LedgerTable
from pulumi_dynamo_migrator.replicate.notes import Failure, Side
from pulumi_dynamo_migrator.replicate.ports import Registration
from pulumi_dynamo_migrator.replicate.word import Word


@dataclass(frozen=True, slots=True)
class WordState:
    """The word, and how often it has changed."""

    word: Word
    epoch: int


@dataclass(frozen=True, slots=True)
class FailingBatch:
    """A batch that the replicator could not apply and that will come again."""

    first_event_id: str
    error: str
    at: float
    records: int


@dataclass(frozen=True, slots=True)
class FailedItem:
    """A source item that cannot be converted or written; no image where it was too large for the ledger."""

    key: str
    reason: str
    at: float
    by: str
    image: Row | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """One image of a record that was not applied after a hand-over."""

    event_id: str
    side: Side
    key: str
    why: str
    at: float
    image: Row


@dataclass(frozen=True, slots=True)
class Counters:
    """The replicator's: records handled, when last, failed items, conflicts. And, without those that a comparison of
    both tables has made up for: `gaps`, batches that came so late that others before them may be lost, and `unsure`,
    plain writes to the successor whose outcome is unknown, which may have landed over newer ones."""

    records: int = 0
    last_at: float | None = None
    failed: int = 0
    conflicts: int = 0
    gaps: int = 0
    unsure: int = 0


class MigrationLedger:
    """One migration's partition. Safe to share between threads."""

    def __init__(self, rows: Rows, migration_id: str, *, notes: LedgerTable, under: Under | None = None) -> None:
        self._rows = rows
        self._under = under
        self._notes = notes
        self.pk = f"migration#{migration_id}"

    def word(self) -> WordState | None:
        """The word; None before the first."""
        row = self._rows.get(self.pk, "word")
        return None if row is None else _word(row)

    def begin_words(self, word: Word) -> WordState:
        """Say the first word, unless one has been said before; the word that stands."""
        first = {**row_key(self.pk, "word"), "word": {"S": word.value}, "epoch": {"N": "1"}}
        with unless(Fault.CONDITION):
            self._transact(self._rows.put_action(first, ABSENT))
        return self._said()

    def set_word(self, word: Word) -> WordState:
        """Say a word. Saying the one that stands changes nothing, not the epoch either.

        Only on the epoch that was seen: an attempt whose answer was lost may land late, and must not bring its word
        back over a later one (`tail` and `noting` write over what the served table's own writers wrote).
        """
        seen = self.word()
        if seen is not None and seen.word is word:
            return seen
        condition = Condition(
            "attribute_not_exists(#epoch)" if seen is None else "#epoch = :seen",
            {"#word": "word", "#epoch": "epoch"},
            {
                ":word": {"S": word.value},
                ":next": {"N": str(1 if seen is None else seen.epoch + 1)},
                **({} if seen is None else {":seen": {"N": str(seen.epoch)}}),
            },
        )
        text = "SET #word = :word, #epoch = :next"
        with unless(Fault.CONDITION):
            self._transact(self._rows.update_action(self.pk, "word", text=text, condition=condition))
        standing = self.word()
        if standing is None or standing.word is not word:
            raise self._lost()
        return standing

    def _transact(self, action: Row) -> None:
        self._rows.transact([action] if self._under is None else [action, self._under.check])

    def _said(self) -> WordState:
        """The word that stands once one was said; none where the lease was lost before."""
        standing = self.word()
        if standing is None:
            raise self._lost()
        return standing

    def _lost(self) -> MigratorError:
        if self._under is not None:
            return self._under.lost()
        return MigratorError(f"The ledger's {self.pk} was changed by somebody else.", now="run `pulumi up` again.")

    def registrations(self) -> tuple[Registration, ...]:
        """The invocations that may be working now."""
        return tuple(map(_registration, self._rows.query(self.pk, "reg#")))

    def failing(self) -> tuple[FailingBatch, ...]:
        """The batches that will come again."""
        return tuple(map(_failing, self._rows.query(self.pk, "failing#")))

    def failed(self, *, most: int | None = None) -> tuple[FailedItem, ...]:
        """Source items that could not be converted or written."""
        return tuple(islice(self.each_failed(), most))

    def each_failed(self) -> Iterator[FailedItem]:
        """All of them, a page at a time: each holds an image. Those that came may be cleared meanwhile."""
        return map(_failed, self._rows.query(self.pk, "failed#"))

    def failed_count(self) -> int:
        """How many there are."""
        return self._rows.count(self.pk, "failed#")

    def record_failed(self, failure: Failure) -> None:
        """Keep a source item that failed (and count it, as the replicator does)."""
        self._notes.note_failure(failure)

    def clear_failed(self, item: FailedItem) -> None:
        """Forget one that has succeeded since, unless it has failed again."""
        self._notes.forget_failure(item.key, noted_by=item.at)

    def conflicts(self, *, most: int | None = None) -> tuple[Conflict, ...]:
        """Images of records that were not applied. Large ones are put together from their parts."""
        return tuple(islice(_conflicts(self._rows.query(self.pk, "conflict#")), most))

    def counters(self) -> Counters:
        """The replicator's counters."""
        plain = decode(self._rows.get(self.pk, "counters") or {})
        last = plain.get("last_at")
        return Counters(
            records=plain.get("records", 0),
            last_at=None if last is None else float(last),
            failed=plain.get("failed", 0),
            conflicts=plain.get("conflicts", 0),
            gaps=plain.get("gaps", 0),
            unsure=plain.get("unsure", 0),
        )

    def strike_compared(self, seen: Counters) -> None:
        """Both tables were compared since: so many gaps, and writes of unknown outcome, are none any more.

        If there are more by now, all of that kind stay.
        """
        for name, count in (("gaps", seen.gaps), ("unsure", seen.unsure)):
            if count:
                condition = Condition(f"{name} = :seen", values={":seen": {"N": str(count)}, ":none": {"N": "0"}})
                with unless(Fault.CONDITION):
                    self._rows.update(self.pk, "counters", text=f"SET {name} = :none", condition=condition)

    def purge(self) -> int:
        """Remove everything of this migration; how many items that were. Nothing left: 0."""
        keys = self._rows.query(self.pk, keys_only=True)
        return self._rows.delete_all(keys)


def _word(row: Row) -> WordState:
    plain = decode(row)
    return WordState(Word(plain["word"]), plain["epoch"])


def _registration(row: Row) -> Registration:
    plain = decode(row)
    return Registration(
        invocation=plain["sk"].removeprefix("reg#"),
        started=float(plain["started"]),
        oldest=float(plain["oldest"]),
        records=plain["records"],
    )


def _failing(row: Row) -> FailingBatch:
    plain = decode(row)
    first = plain["sk"].removeprefix("failing#")
    return FailingBatch(first, error=plain["error"], at=float(plain["at"]), records=plain["records"])


def _failed(row: Row) -> FailedItem:
    plain = decode(row)
    image = _image([plain]) if {"image", "image_z"} & plain.keys() else None
    return FailedItem(plain["key"], reason=plain["reason"], at=float(plain["at"]), by=plain["by"], image=image)


def _conflicts(rows: Iterable[Row]) -> Iterator[Conflict]:
    for (_, event_id, side), group in groupby(map(decode, rows), key=_conflict_name):
        parts = sorted(group, key=lambda plain: int([*plain["sk"].split("#"), "1"][3]))
        first = parts[0]
        yield Conflict(
            event_id,
            side=Side(side),
            key=first["key"],
            why=first["why"],
            at=float(first["at"]),
            image=_image(parts),
        )


def _conflict_name(plain: Mapping[str, Any]) -> tuple[str, str, str]:
    kind, event_id, side = plain["sk"].split("#")[:3]
    return kind, event_id, side


def _image(parts: Sequence[Mapping[str, Any]]) -> Row:
    if "image" in parts[0]:
        return dict(json.loads(parts[0]["image"]))
    return dict(json.loads(decompress(b"".join(part["image_z"] for part in parts))))
