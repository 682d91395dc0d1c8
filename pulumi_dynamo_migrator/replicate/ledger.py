"""The replicator's side of the ledger over DynamoDB. It touches one partition of the control table and no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi_dynamo_migrator.replicate.changes import Change
from pulumi_dynamo_migrator.replicate.door import Caller, Operation, change, change_actions, change_if, read, transact
from pulumi_dynamo_migrator.replicate.lower import Request, add, all_actions, delete_noted, not_since, transact_note
from pulumi_dynamo_migrator.replicate.notes import (
    DONE_FOR,
    Failure,
    Note,
    SeenState,
    failure_item,
    keyed,
    partition,
    seen_at,
)
from pulumi_dynamo_migrator.replicate.ports import CallFailedError, Registration
from pulumi_dynamo_migrator.replicate.tombstone import Item
from pulumi_dynamo_migrator.replicate.word import Word

_MARKINGS = 3
"""How often a mark is left that comes and goes between two attempts: another one takes it away."""


@dataclass(frozen=True, slots=True)
class LedgerTable:
    """One migration's partition."""

    caller: Caller
    table: str
    migration_id: str
    target_table: str

    def register(self, registration: Registration) -> None:
        """Say that an invocation works."""
        self._put(
            f"reg#{registration.invocation}",
            {
                "started": {"N": f"{registration.started:.3f}"},
                "oldest": {"N": f"{registration.oldest:.3f}"},
                "records": {"N": str(registration.records)},
            },
        )

    def unregister(self, invocation: str) -> None:
        """Say that it does no more."""
        self._delete(f"reg#{invocation}")

    def word(self) -> Word:
        """The word in the ledger. None there, or one unknown to this code, is an error: nothing is guessed."""
        item = self._get("word")
        text = item["word"]["S"] if item else None
        for word in Word:
            if word.value == text:
                return word
        raise CallFailedError(
            f"{self.table} holds no word that this replicator knows for migration {self.migration_id}: {text}",
            now="run `pulumi up` again",
        )

    def mark_failing(self, first_event_id: str, *, error: str, at: float, records: int, by: Registration) -> None:
        """Leave the mark of a batch that will come again, and count it, or renew the mark."""
        attributes = {"error": {"S": error}, "at": {"N": f"{at:.3f}"}, "records": {"N": str(records)}}
        item = {**self._key(f"failing#{first_event_id}"), **attributes}
        put: Request = {"TableName": self.table, "Item": item}
        check = {"ConditionCheck": {"Key": self._key(f"done#{first_event_id}"), **self._not_by_another(by)}}
        first = {"Put": {**put, "ConditionExpression": "attribute_not_exists(pk)"}}
        counted = {"Update": add(self.table, self._pk(), {"failing": 1})}
        again = {"Put": {**put, "ConditionExpression": "attribute_exists(pk)"}}
        for _ in range(_MARKINGS):
            if self._actions([check, first, counted]) or self._actions([check, again]):
                return

    def note_done(self, first_event_id: str, *, by: Registration) -> None:
        """Note the success, with when it began: of several who have it the one that began last."""
        began, expires = {"N": f"{by.started:.3f}"}, {"N": str(int(by.started) + DONE_FOR)}
        note = {"at": began, "by": {"S": by.invocation}, "expires": expires}
        put = {"Item": {**self._key(f"done#{first_event_id}"), **note}, **self._not_by_another(by)}
        change_if(self.caller, Operation.PUT, put)

    def clear_failing(self, event_ids: Sequence[str]) -> None:
        """Remove the marks, and count them off."""
        for event_id in event_ids:
            self._remove(f"failing#{event_id}", counted="failing")

    def count(self, records: int, *, at: float | None) -> int:
        """Add to the records that were handled; `at`: when somebody wrote for the last time (None: nobody did)."""
        request = add(self.table, self._pk(), {"records": records}, last_at=at)
        answer = change(self.caller, Operation.UPDATE, {**request, "ReturnValues": "ALL_NEW"})
        return int(answer["Attributes"].get("failing", {"N": "0"})["N"])

    def count_gap(self) -> None:
        """One more batch that came so late that records before it may be lost."""
        change(self.caller, Operation.UPDATE, add(self.table, self._pk(), {"gaps": 1}))

    def count_unsure(self) -> None:
        """One more plain write to the successor whose outcome is unknown."""
        change(self.caller, Operation.UPDATE, add(self.table, self._pk(), {"unsure": 1}))

    def failures(self) -> int:
        """How many source items are noted as failed."""
        counters = self._get("counters") or {}
        return int(counters.get("failed", {"N": "0"})["N"])

    def note_failure(self, failure: Failure) -> None:
        """Note a source item as failed and count it, or renew the note."""
        sort_key, attributes = failure_item(failure)
        put: Request = {"TableName": self.table, "Item": {**self._key(sort_key), **attributes}}
        first = {**put, "ConditionExpression": "attribute_not_exists(pk)"}
        if not self._actions([{"Put": first}, {"Update": add(self.table, self._pk(), {"failed": 1})}]):
            change(self.caller, Operation.PUT, put)

    def forget_failure(self, source_key: str, *, noted_by: float) -> None:
        """Remove the note, if there is one that was made by then."""
        self._remove(keyed("failed", source_key), counted="failed", noted_by=noted_by)

    def seen(self, event_id: str) -> SeenState | None:
        """How far the record has come."""
        item = self._get(f"seen#{event_id}")
        return SeenState(item["state"]["S"]) if item else None

    def noted_at(self, event_id: str) -> float:
        """When the record came as far as it is."""
        item = self._get(f"seen#{event_id}")
        return seen_at(item) if item else 0.0

    def owned(self, source_key: str) -> bool:
        """Whether the served table owns the source item."""
        return self._get(keyed("owned", source_key)) is not None

    def transact(self, notes: Sequence[Note], changes: Sequence[Change]) -> bool:
        """All notes and changes, or nothing."""
        noted = all_actions(transact_note(self.table, self.migration_id, note) for note in notes)
        actions = noted + change_actions(self.target_table, changes)
        return transact(self.caller, actions, notes=len(noted), about=f"{self.table} and {self.target_table}")

    def _not_by_another(self, by: Registration) -> Request:
        return {"TableName": self.table, **not_since(by.started, but_by=by.invocation)}

    def _actions(self, actions: Sequence[Request]) -> bool:
        return transact(self.caller, actions, notes=len(actions), about=self.table)

    def _pk(self) -> Item:
        return partition(self.migration_id)

    def _key(self, sort_key: str) -> Item:
        return {**self._pk(), "sk": {"S": sort_key}}

    def _get(self, sort_key: str) -> Item | None:
        return read(self.caller, self.table, self._key(sort_key))

    def _put(self, sort_key: str, attributes: Item) -> None:
        change(self.caller, Operation.PUT, {"TableName": self.table, "Item": {**self._key(sort_key), **attributes}})

    def _remove(self, sort_key: str, *, counted: str, noted_by: float | None = None) -> None:
        """Remove what is counted, if it is there, and was not noted after `noted_by`."""
        item = self._get(sort_key)
        if item is None or (noted_by is not None and float(item["at"]["N"]) > round(noted_by, 3)):
            return
        key, at = self._key(sort_key), None if noted_by is None else item["at"]
        delete = delete_noted(self.table, key, at=at)
        self._actions([{"Delete": delete}, {"Update": add(self.table, self._pk(), {counted: -1})}])

    def _delete(self, sort_key: str) -> None:
        change(self.caller, Operation.DELETE, {"TableName": self.table, "Key": self._key(sort_key)})
