"""The ports over DynamoDB, given one function that calls it. Knows requests, retries and refusals; knows no botocore.

Throttling, conflicting transactions, errors of the service and lost answers are waited out with jitter for as long as
the invocation has time, then it raises: the batch comes again. Every request may have been carried out although its
answer says otherwise: what is written here stands being written twice. Only a refusal of content (ValidationException,
a local index's collection that is full) is an item's fault.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pulumi_dynamo_migrator.replicate.changes import Change, DeleteIfEqual, PlainChange, Put
from pulumi_dynamo_migrator.replicate.lower import Request, conditional_delete, transact_change, write_request
from pulumi_dynamo_migrator.replicate.ports import CallFailedError, ChangeRefusedError, Clock, Refusal
from pulumi_dynamo_migrator.replicate.tombstone import Item

_BATCH = 25  # BatchWriteItem's limit
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
MARGIN = 5.0  # seconds of the invocation kept for leaving the failing mark, where it has that many

_BUSY = frozenset(
    {
        "TransactionConflictException",
        "TransactionConflict",
        "TransactionInProgressException",
        "ProvisionedThroughputExceededException",
        "ProvisionedThroughputExceeded",
        "ThrottlingException",
        "ThrottlingError",
        "RequestLimitExceeded",
    }
)
_CONTENT = frozenset(
    {
        "ValidationException",
        "ValidationError",
        "ItemCollectionSizeLimitExceededException",
        "ItemCollectionSizeLimitExceeded",
    }
)
_CONDITION = frozenset({"ConditionalCheckFailedException", "ConditionalCheckFailed"})


class Operation(Enum):
    """The calls that the replicator makes, and no others."""

    GET = "GetItem"
    PUT = "PutItem"
    UPDATE = "UpdateItem"
    DELETE = "DeleteItem"
    BATCH_WRITE = "BatchWriteItem"
    TRANSACT_WRITE = "TransactWriteItems"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one action of a transaction was refused; code "None" for one that was not."""

    code: str
    message: str


class AwsError(Exception):
    """DynamoDB's answer to a call that failed."""

    def __init__(self, code: str, message: str, reasons: tuple[Reason, ...] = (), *, unknown: bool = False) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.reasons = reasons
        self.unknown = unknown
        """Whether the request may have been, or may yet be, carried out: an error of the service, or no answer."""

    def codes(self) -> frozenset[str]:
        """The codes that matter: those of a cancelled transaction's actions, else the answer's own."""
        return frozenset(reason.code for reason in self.reasons) - {"None"} or frozenset({self.code})


Call = Callable[[Operation, Request], dict[str, Any]]
Jitter = Callable[[], float]  # a number from 0 to 1


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls DynamoDB and waits while it is busy."""

    call: Call
    clock: Clock
    jitter: Jitter
    margin: float = MARGIN
    now: str = "nothing: the batch comes again"

    def __call__(
        self, operation: Operation, request: Request, *, unanswered: Callable[[], None] = lambda: None
    ) -> dict[str, Any]:
        """The answer, after as many attempts as it takes; `unanswered` is called for each whose outcome is unknown."""
        attempt = 0
        while True:
            try:
                return self.call(operation, request)
            except AwsError as error:
                if not (error.unknown or error.codes() <= _BUSY):
                    raise
                if error.unknown:
                    unanswered()
                self.pause(attempt, why=str(error))
            attempt += 1

    def pause(self, attempt: int, *, why: str) -> None:
        """Wait a random part of a growing time; raise when the invocation has none left."""
        pause = self.jitter() * min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt, 10))
        if self.clock.remaining() - pause < self.margin:
            raise CallFailedError(f"DynamoDB was busy or did not answer until the time was up: {why}", now=self.now)
        self.clock.sleep(pause)


def failed(error: AwsError, table: str) -> CallFailedError:
    """The error for people."""
    return CallFailedError(f"{table}: {error}", now="nothing if it passes by itself: the batch comes again")


def read(caller: Caller, table: str, key: Item) -> Item | None:
    """The item at the key, read consistently."""
    try:
        answer = caller(Operation.GET, {"TableName": table, "Key": key, "ConsistentRead": True})
    except AwsError as error:
        raise failed(error, table) from error
    return item_in(answer, "Item")


def item_in(answer: Mapping[str, Any], name: str) -> Item | None:
    """The item in an answer, if there is one."""
    item: Item | None = answer.get(name)
    return item


def change(caller: Caller, operation: Operation, request: Request) -> dict[str, Any]:
    """A write that nothing speaks against."""
    try:
        return caller(operation, request)
    except AwsError as error:
        raise failed(error, request["TableName"]) from error


def change_if(caller: Caller, operation: Operation, request: Request) -> bool:
    """A write under its condition; False where that did not hold."""
    try:
        caller(operation, request)
    except AwsError as error:
        if error.codes() & _CONDITION:
            return False
        raise failed(error, request["TableName"]) from error
    return True


def transact(caller: Caller, actions: Sequence[Request], *, notes: int, about: str) -> bool:
    """All actions or none; False when a condition did not hold. The first `notes` are on the ledger."""
    # With a token DynamoDB itself knows an attempt again whose answer was lost (TransactWriteItems, API reference).
    request = {"TransactItems": list(actions), "ClientRequestToken": str(uuid.uuid4())}
    try:
        caller(Operation.TRANSACT_WRITE, request)
    except AwsError as error:
        if error.codes() & _CONDITION:
            return False
        refused = _refused_content(error, notes)
        if refused and len(actions) > notes:
            raise ChangeRefusedError(refused) from error
        raise failed(error, about) from error
    return True


def _refused_content(error: AwsError, notes: int) -> str | None:
    if error.code in _CONTENT:
        return error.message
    refused = [reason.message for reason in error.reasons[notes:] if reason.code in _CONTENT]
    return refused[0] if refused else None


@dataclass(frozen=True, slots=True)
class SourceTable:
    """The source: read only."""

    caller: Caller
    table: str

    def read(self, key: Item) -> Item | None:
        """The item at the key."""
        return read(self.caller, self.table, key)


@dataclass(frozen=True, slots=True)
class TargetTable:
    """The successor. `unsure` is told of each plain write whose outcome is unknown: it may land later, over newer ones.

    A transaction that lands late is known by its token, and a conditional delete whose answer was lost is not sent
    again here: neither is told.
    """

    caller: Caller
    table: str
    unsure: Callable[[], None] = lambda: None

    def read(self, key: Item) -> Item | None:
        """The item at the key."""
        return read(self.caller, self.table, key)

    def write(self, changes: Sequence[PlainChange]) -> tuple[Refusal, ...]:
        """Make all the changes, 25 at a time."""
        refusals: list[Refusal] = []
        for start in range(0, len(changes), _BATCH):
            refusals.extend(self._chunk(changes[start : start + _BATCH]))
        return tuple(refusals)

    def delete_if_equal(self, change: DeleteIfEqual) -> Item | None:
        """Delete, and give what was deleted; None when the condition did not hold.

        One whose answer was lost may land later than all that follows it, on an item that was made anew and is equal:
        nothing follows it then, this raises.
        """

        def unanswered() -> None:
            raise CallFailedError(f"{self.table}: a delete got no answer", now="nothing: the batch comes again")

        try:
            answer = self.caller(Operation.DELETE, conditional_delete(self.table, change), unanswered=unanswered)
        except AwsError as error:
            if error.codes() & _CONDITION:
                return None
            raise failed(error, self.table) from error
        return item_in(answer, "Attributes") or {}

    def _chunk(self, changes: Sequence[PlainChange]) -> list[Refusal]:
        pending = [write_request(change) for change in changes]
        attempt = 0
        while pending:
            try:
                answer = self._plain(Operation.BATCH_WRITE, {"RequestItems": {self.table: pending}})
            except AwsError as error:
                # One bad item refuses the whole request, after part of it may have been stored: again, one by one.
                if error.codes() & _CONTENT:
                    return self._singly(changes)
                raise failed(error, self.table) from error
            pending = answer.get("UnprocessedItems", {}).get(self.table, [])
            if pending:
                self.caller.pause(attempt, why=f"{len(pending)} items of {self.table} were left unprocessed")
                attempt += 1
        return []

    def _singly(self, changes: Sequence[PlainChange]) -> list[Refusal]:
        refusals = [self._single(change) for change in changes]
        return [refusal for refusal in refusals if refusal]

    def _single(self, change: PlainChange) -> Refusal | None:
        (request,) = write_request(change).values()
        operation = Operation.PUT if "Item" in request else Operation.DELETE
        try:
            self._plain(operation, {"TableName": self.table, **request})
        except AwsError as error:
            if error.codes() & _CONTENT and isinstance(change, Put):
                return Refusal(change, error.message)
            raise failed(error, self.table) from error
        return None

    def _plain(self, operation: Operation, request: Request) -> dict[str, Any]:
        return self.caller(operation, request, unanswered=self.unsure)


def change_actions(table: str, changes: Sequence[Change]) -> list[Request]:
    """The actions of a transaction on the successor."""
    return [transact_change(table, change) for change in changes]
