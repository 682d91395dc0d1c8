"""One batch of inserts-if-absent, brought to an answer for every item. It never writes over anything.

A batch of PartiQL INSERTs first. DynamoDB answers some faults of one statement by refusing the whole request after
part of it was stored, and a policy may deny PartiQL: the items in question then go as single conditional puts, whose
answers are exact. Only the statements that were throttled, or whose outcome is unknown, are sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from pulumi_dynamo_migrator.aws.item_statements import absent, insert_statement
from pulumi_dynamo_migrator.aws.retry import Retry, Tries
from pulumi_dynamo_migrator.aws.wire_faults import WireError, WireFault, fault_of
from pulumi_dynamo_migrator.items import INSERT_BATCH, INSERTED, PRESENT, Answer, AnyItem, Inserted, Outcome

_OPERATION = "BatchExecuteStatement"


class Call(Protocol):
    """One request of the raw client (`Wire.call`), signed with the time `at` (epoch seconds)."""

    def __call__(self, operation: str, body: bytes, *, at: float) -> bytes:
        """Its answer; WireError when there is none, or another than was hoped for."""


class Capacity(msgspec.Struct, rename="pascal"):
    """What a request cost."""

    capacity_units: float = 0.0


class _Error(msgspec.Struct, rename="pascal"):
    code: str = ""
    message: str = ""


class _Response(msgspec.Struct, rename="pascal", gc=False):
    error: _Error | None = None


class _Batch(msgspec.Struct, rename="pascal"):
    responses: list[_Response]
    consumed_capacity: list[Capacity] = []


class _Statement(msgspec.Struct, rename="pascal", gc=False):
    statement: msgspec.Raw
    parameters: list[Any]


class _Statements(msgspec.Struct, rename="pascal"):
    statements: Sequence[_Statement | None]
    return_consumed_capacity: str = "TOTAL"


class _Put(msgspec.Struct, rename="pascal"):
    consumed_capacity: Capacity = msgspec.field(default_factory=Capacity)


class Insertion:
    """The state of one batch: which items have their answer."""

    def __init__(self, call: Call, *, retry: Retry, table: str, items: Sequence[AnyItem], hash_key: str) -> None:
        if len(items) > INSERT_BATCH:
            raise ValueError(f"{len(items)} inserts in one batch; DynamoDB takes {INSERT_BATCH}")
        self._call = call
        self._retry = retry
        self._table = table
        self._items = items
        self._hash_key = hash_key
        self._answers: list[Answer | None] = [None] * len(items)
        self._units = 0.0
        self._throttled = 0
        self.partiql_denied = False

    def run(self, *, partiql: bool) -> Inserted:
        """Bring every item to its answer; `partiql`: whether that road is open."""
        statements = _statements(self._table, self._items) if partiql else []
        waiting = [index for index, statement in enumerate(statements) if statement is not None]
        tries = self._retry.tries()
        while waiting:
            waiting = self._round(waiting, statements=statements, tries=tries)
        self._throttled += tries.throttled
        answers = [answer or self._put(item) for item, answer in zip(self._items, self._answers, strict=True)]
        return Inserted(tuple(answers), self._units, self._throttled)

    def _round(self, waiting: list[int], *, statements: Sequence[_Statement | None], tries: Tries) -> list[int]:
        request = _Statements([statements[index] for index in waiting])
        asked = tries.before()
        try:
            batch = _ANSWER.decode(self._call(_OPERATION, _REQUEST.encode(request), at=asked))
        except WireError as error:
            if error.kind in (WireFault.REJECTED, WireFault.DENIED):
                self.partiql_denied |= error.kind is WireFault.DENIED
                return []
            tries.after(error)
            return waiting
        self._units += sum(capacity.capacity_units for capacity in batch.consumed_capacity)
        return self._sort(waiting, batch=batch, tries=tries)

    def _sort(self, waiting: Sequence[int], *, batch: _Batch, tries: Tries) -> list[int]:
        """Note the answers; the items that are to be sent again."""
        errors = [response.error for response in batch.responses]
        if len(errors) != len(waiting):
            raise ValueError(f"{len(errors)} answers to {len(waiting)} statements")
        if not any(errors):
            for index in waiting:
                self._answers[index] = INSERTED
            return []
        again: list[int] = []
        last: WireError | None = None
        for index, error in zip(waiting, errors, strict=True):
            fault = self._note(index, error)
            if fault is not None:
                last = fault
                again.append(index)
        if last is not None:
            if len(again) < len(waiting):
                tries.progress()
            tries.after(last)
        return again

    def _note(self, index: int, error: _Error | None) -> WireError | None:
        """Note one answer; hand back an error that is worth another attempt, raise one that concerns the batch."""
        if error is None:
            self._answers[index] = INSERTED
            return None
        kind = fault_of(error.code, error.message, 400)
        if kind in (WireFault.DUPLICATE, WireFault.CONDITION):
            self._answers[index] = PRESENT
            return None
        if kind in (WireFault.REJECTED, WireFault.DENIED):
            self.partiql_denied |= kind is WireFault.DENIED
            return None  # goes as a single put, whose answer is exact
        fault = WireError(error.code, error.message, status=400, kind=kind, operation=f"an insert into {self._table}")
        self._retry.note(kind)  # of each statement: the last one of a batch says nothing of the others
        if not kind.passing:
            raise fault
        return fault

    def _put(self, item: AnyItem) -> Answer:
        condition = absent(self._hash_key).fields()
        body = msgspec.json.encode(
            {"TableName": self._table, "Item": dict(item), "ReturnConsumedCapacity": "TOTAL", **condition}
        )
        tries = self._retry.tries()
        try:
            answer = self._retry.run(lambda asked: self._call("PutItem", body, at=asked), tries=tries)
        except WireError as error:
            # A condition that does not hold costs a write all the same, and its answer does not say how much.
            self._units += error.kind is WireFault.CONDITION
            return _answer_of(error)
        finally:
            self._throttled += tries.throttled
        self._units += _units(answer)
        return INSERTED


_REQUEST = msgspec.json.Encoder()
_ANSWER = msgspec.json.Decoder(_Batch)
_PUT = msgspec.json.Decoder(_Put)


def _statements(table: str, items: Sequence[AnyItem]) -> list[_Statement | None]:
    """A statement for each item; None where there can be none.

    Those of a page mostly have the same attributes, and a look at them costs less than a search for the text.
    """
    statements: list[_Statement | None] = []
    text, last = None, None
    for item in items:
        names = tuple(item)
        if names != last:
            text, last = insert_statement(table, names), names
        statements.append(None if text is None else _Statement(text, list(item.values())))
    return statements


def _answer_of(error: WireError) -> Answer:
    if error.kind is WireFault.CONDITION:
        return PRESENT
    if error.kind is WireFault.REJECTED:
        return Answer(Outcome.REFUSED, error.message)
    raise error


def _units(answer: bytes) -> float:
    return float(_PUT.decode(answer).consumed_capacity.capacity_units)
