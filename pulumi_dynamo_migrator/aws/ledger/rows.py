"""Single items of the control table as wire items, binary as base64 text. Every read is consistent; no meaning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_dynamo_migrator.aws.faults import Fault, asking, unless
from pulumi_dynamo_migrator.aws.last_look import Look, last_look
from pulumi_dynamo_migrator.aws.waiting import wait_for
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock
from pulumi_dynamo_migrator.replicate.handler import to_bytes, to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Row = dict[str, Any]
BATCH = 25
"""BatchWriteItem's limit (API reference)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition expression and what it refers to."""

    text: str
    names: Mapping[str, str] | None = None
    values: Mapping[str, Any] | None = None

    def arguments(self) -> Row:
        """As a request's part; DynamoDB refuses empty ones."""
        parts = {
            "ConditionExpression": self.text,
            "ExpressionAttributeNames": dict(self.names or {}),
            "ExpressionAttributeValues": to_bytes(dict(self.values or {})),
        }
        return {name: part for name, part in parts.items() if part}


ABSENT = Condition("attribute_not_exists(pk)")


def row_key(pk: str, sk: str) -> Row:
    """The key of one item."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


class Rows:
    """Items of one table. Safe to share between threads."""

    def __init__(self, client: DynamoDBClient, table: str, *, clock: Clock, timing: Timing) -> None:
        self._client = client
        self._clock = clock
        self._timing = timing
        self.table = table

    def get(self, pk: str, sk: str) -> Row | None:
        """The item; None also where there is no table."""
        with unless(Fault.GONE), asking("dynamodb:GetItem", self.table):
            answer = self._client.get_item(TableName=self.table, Key=row_key(pk, sk), ConsistentRead=True)
            return to_text(answer["Item"]) if "Item" in answer else None
        return None

    def query(self, pk: str, prefix: str = "", *, keys_only: bool = False) -> Iterator[Row]:
        """The items of a partition whose sort key begins so, in its order; none where there is no table."""
        values = {":pk": {"S": pk}, ":sk": {"S": prefix}}
        arguments: Row = {
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)" if prefix else "pk = :pk",
            "ExpressionAttributeValues": values if prefix else {":pk": values[":pk"]},
            **({"ProjectionExpression": "pk, sk"} if keys_only else {}),
        }
        with unless(Fault.GONE), asking("dynamodb:Query", self.table):
            pages = self._client.get_paginator("query").paginate(TableName=self.table, ConsistentRead=True, **arguments)
            for page in pages:
                yield from to_text(page["Items"])

    def count(self, pk: str, prefix: str) -> int:
        """How many items of a partition have such a sort key."""
        with unless(Fault.GONE), asking("dynamodb:Query", self.table):
            pages = self._client.get_paginator("query").paginate(
                TableName=self.table,
                ConsistentRead=True,
                Select="COUNT",
                KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
                ExpressionAttributeValues={":pk": {"S": pk}, ":sk": {"S": prefix}},
            )
            return sum(page["Count"] for page in pages)
        return 0

    def scan(self, condition: Condition) -> Iterator[Row]:
        """Every item for which the condition holds; none where there is no table."""
        arguments = condition.arguments()
        arguments["FilterExpression"] = arguments.pop("ConditionExpression")
        with unless(Fault.GONE), asking("dynamodb:Scan", self.table):
            pages = self._client.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True, **arguments)
            for page in pages:
                yield from to_text(page["Items"])

    def put(self, row: Row, *, condition: Condition | None = None) -> None:
        """Put an item."""
        arguments = condition.arguments() if condition else {}
        with asking("dynamodb:PutItem", self.table):
            self._client.put_item(TableName=self.table, Item=to_bytes(row), **arguments)

    def update(self, pk: str, sk: str, *, text: str, condition: Condition) -> Row:
        """Change an item; what it is then. The condition's names and values serve the update's text too."""
        with asking("dynamodb:UpdateItem", self.table):
            answer = self._client.update_item(
                TableName=self.table,
                Key=row_key(pk, sk),
                UpdateExpression=text,
                ReturnValues="ALL_NEW",
                **condition.arguments(),
            )
            return dict(to_text(answer["Attributes"]))

    def delete(self, pk: str, sk: str, *, condition: Condition | None = None) -> None:
        """Delete an item; nothing where there is none, nor a table."""
        arguments = condition.arguments() if condition else {}
        with unless(Fault.GONE), asking("dynamodb:DeleteItem", self.table):
            self._client.delete_item(TableName=self.table, Key=row_key(pk, sk), **arguments)

    def transact(self, actions: Sequence[Row], *, still: Look | None = None) -> None:
        """All actions or none. An AwsError of kind CONDITION: one of the conditions did not hold.

        One that meets another transaction (a heartbeat renews the lease that a write checks) is tried again by the
        client, like all that is throttled. `still` is called when the request is signed, before each sending; what it
        raises ends the attempts.
        """
        with last_look(still), asking("dynamodb:TransactWriteItems", self.table):
            self._client.transact_write_items(TransactItems=to_bytes(list(actions)))

    def put_action(self, row: Row, condition: Condition) -> Row:
        """A put as part of a transaction."""
        return {"Put": {"TableName": self.table, "Item": row, **condition.arguments()}}

    def update_action(self, pk: str, sk: str, *, text: str, condition: Condition) -> Row:
        """A change as part of a transaction; the condition's names and values serve the text too."""
        about = {"TableName": self.table, "Key": row_key(pk, sk), "UpdateExpression": text}
        return {"Update": {**about, **condition.arguments()}}

    def check_action(self, pk: str, sk: str, condition: Condition) -> Row:
        """A condition on another item as part of a transaction."""
        return {"ConditionCheck": {"TableName": self.table, "Key": row_key(pk, sk), **condition.arguments()}}

    def delete_action(self, pk: str, sk: str, condition: Condition | None = None) -> Row:
        """A delete as part of a transaction."""
        arguments = condition.arguments() if condition else {}
        return {"Delete": {"TableName": self.table, "Key": row_key(pk, sk), **arguments}}

    def delete_all(self, keys: Iterable[Row]) -> int:
        """Delete these items, 25 at a time, those that AWS leaves over again; how many there were."""
        deletes = [{"DeleteRequest": {"Key": {"pk": key["pk"], "sk": key["sk"]}}} for key in keys]
        for start in range(0, len(deletes), BATCH):
            self._delete_batch(deletes[start : start + BATCH])
        return len(deletes)

    def _delete_batch(self, batch: list[Any]) -> None:
        left = batch

        def attempt() -> bool | None:
            nonlocal left
            with asking("dynamodb:BatchWriteItem", self.table):
                answer = self._client.batch_write_item(RequestItems={self.table: left})
            left = answer.get("UnprocessedItems", {}).get(self.table, [])
            return None if left else True

        with unless(Fault.GONE):
            limit, what = self._timing.table, f"{self.table} did not take all deletes"
            wait_for(attempt, clock=self._clock, timing=self._timing, limit=limit, what=what)
