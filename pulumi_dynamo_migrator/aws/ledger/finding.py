"""Finds the entry of a Pulumi resource: one read where the resource has not been renamed. Writes nothing.

The pointer of a URN says which entry is its own. An entry that was begun under that URN has an id that comes from it,
so it is fetched with the pointer; the pointer alone decides whether it counts. Every read is consistent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_dynamo_migrator.aws.faults import Fault, asking, unless
from pulumi_dynamo_migrator.aws.ledger.entries import ENTRY, POINTER, Row, entry_of, entry_pk, urn_pk
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.names import CONTROL_TABLE, Identity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Finder:
    """The control table, as one who only looks an entry up sees it. Safe to share between threads."""

    def __init__(self, client: DynamoDBClient, *, table: str = CONTROL_TABLE) -> None:
        self._client = client
        self._table = table

    def find(self, urn: str) -> Entry | None:
        """The entry of a Pulumi resource; None also where there is no control table."""
        begun = Identity(urn).entry_id
        pointer, row = self._both(_key(urn_pk(urn), POINTER), _key(entry_pk(begun), ENTRY))
        if pointer is None:
            return None
        meant = pointer["entry"]["S"]
        return entry_of(row) if row is not None and meant == begun else self.read(meant)

    def read(self, entry_id: str) -> Entry | None:
        """The entry with this id."""
        row = self._one(_key(entry_pk(entry_id), ENTRY))
        return None if row is None else entry_of(row)

    def _both(self, first: Row, second: Row) -> tuple[Row | None, Row | None]:
        """Two items in one request, or in one each where DynamoDB leaves one of them over."""
        with unless(Fault.GONE), asking("dynamodb:BatchGetItem", self._table):
            answer = self._client.batch_get_item(
                RequestItems={self._table: {"Keys": [first, second], "ConsistentRead": True}}
            )
            if answer.get("UnprocessedKeys"):
                return self._one(first), self._one(second)
            found = {row["pk"]["S"]: row for row in answer["Responses"].get(self._table, ())}
            return found.get(first["pk"]["S"]), found.get(second["pk"]["S"])
        return None, None

    def _one(self, key: Row) -> Row | None:
        """The item as it is: an entry and a pointer hold nothing binary."""
        with unless(Fault.GONE), asking("dynamodb:GetItem", self._table):
            return self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return None


def _key(pk: str, sk: str) -> Row:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
