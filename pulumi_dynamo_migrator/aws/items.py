"""The item door: the port `pulumi_dynamo_migrator.items` over the raw client, each request retried under a guard.

It keeps a page's values as the bytes they came in, and never writes without a condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pulumi_dynamo_migrator.aws.item_inserts import Call, Capacity, Insertion
from pulumi_dynamo_migrator.aws.item_statements import Condition, absent, impossible, still_tombstone, unchanged
from pulumi_dynamo_migrator.aws.retry import Retry, Tries
from pulumi_dynamo_migrator.aws.wire_faults import WireError, WireFault
from pulumi_dynamo_migrator.items import READ_BATCH, AnyItem, Inserted, Page, WireItem


class _Scan(msgspec.Struct, rename="pascal"):
    count: int = 0
    last_evaluated_key: msgspec.Raw = msgspec.Raw()
    consumed_capacity: Capacity = msgspec.field(default_factory=Capacity)


class _Get(msgspec.Struct, rename="pascal"):
    item: WireItem | None = None


class _Keys(msgspec.Struct, rename="pascal"):
    keys: list[WireItem] = []


class _BatchGet(msgspec.Struct, rename="pascal"):
    responses: dict[str, list[WireItem]] = {}
    unprocessed_keys: dict[str, _Keys] = {}


# Made by the one thread that imports this module: see ledger/entries.py.
_SCAN, _GET, _BATCH_GET = msgspec.json.Decoder(_Scan), msgspec.json.Decoder(_Get), msgspec.json.Decoder(_BatchGet)


class DynamoItems:
    """Items over a raw `call` (`Wire.call`). Safe to share between threads."""

    def __init__(self, call: Call, *, retry: Retry) -> None:
        self._call = call
        self._retry = retry
        self._partiql = True

    @property
    def last_unknown(self) -> float | None:
        """When the outcome of a request was unknown for the last time."""
        return self._retry.last_unknown

    def scan_page(
        self,
        table: str,
        *,
        segment: int,
        total: int,
        cursor: bytes | None,
        limit: int | None = None,
        consistent: bool = True,
    ) -> Page:
        """The page of one segment that begins after `cursor`."""
        fields: dict[str, Any] = {"TableName": table, "ConsistentRead": consistent, "ReturnConsumedCapacity": "TOTAL"}
        if total > 1:
            fields |= {"Segment": segment, "TotalSegments": total}
        if cursor is not None:
            fields["ExclusiveStartKey"] = msgspec.Raw(cursor)
        if limit is not None:
            fields["Limit"] = limit
        tries = self._retry.tries()
        answer = self._send("Scan", fields, tries=tries)
        scan = _SCAN.decode(answer)
        return Page(
            answer,
            bytes(scan.last_evaluated_key) or None,
            scan.consumed_capacity.capacity_units,
            count=scan.count,
            throttled=tries.throttled,
        )

    def insert_if_absent(self, table: str, items: Sequence[AnyItem], *, hash_key: str) -> Inserted:
        """Insert at most 25 items with different keys, never over anything."""
        insertion = Insertion(self._call, retry=self._retry, table=table, items=items, hash_key=hash_key)
        inserted = insertion.run(partiql=self._partiql)
        if insertion.partiql_denied:
            self._partiql = False
        return inserted

    def get_items(self, table: str, keys: Sequence[WireItem]) -> list[WireItem]:
        """Those of the keys that are there, in any order, read consistently."""
        found: list[WireItem] = []
        for start in range(0, len(keys), READ_BATCH):
            found += self._read(table, list(keys[start : start + READ_BATCH]))
        return found

    def get_item(self, table: str, key: WireItem) -> WireItem | None:
        """One item, read consistently."""
        answer = self._send("GetItem", {"TableName": table, "Key": key, "ConsistentRead": True})
        return _GET.decode(answer).item

    def put_if_equal(self, table: str, item: WireItem, *, seen: WireItem | None, hash_key: str) -> bool:
        """Put the item if what is there still is `seen` (None: nothing): all of it, no other attribute of the item."""
        condition = absent(hash_key) if seen is None else unchanged(seen, without=item)
        return self._write("PutItem", {"TableName": table, "Item": item}, condition=condition)

    def delete_if_equal(self, table: str, key: WireItem, *, seen: WireItem) -> bool:
        """Delete the item if it still has every attribute of `seen`."""
        return self._write("DeleteItem", {"TableName": table, "Key": key}, condition=unchanged(seen))

    def delete_if_tombstone(self, table: str, key: WireItem) -> bool:
        """Delete the item if it is a tombstone."""
        return self._write("DeleteItem", {"TableName": table, "Key": key}, condition=still_tombstone())

    def write_denied(self, table: str, key: WireItem) -> bool:
        """Whether a delete on an impossible condition is denied; wrong credentials are no answer, they raise."""
        condition = impossible(next(iter(key)))
        try:
            self._send("DeleteItem", {"TableName": table, "Key": key, **condition.fields()})
        except WireError as error:
            if error.kind is WireFault.CONDITION:
                return False
            if error.access_denied:
                return True
            raise
        raise AssertionError(f"DynamoDB deleted from {table} on a condition that cannot be")

    def _write(self, operation: str, fields: dict[str, Any], *, condition: Condition | None) -> bool:
        if condition is None:  # too many attributes for one expression: not written rather than written blindly
            return False
        try:
            self._send(operation, {**fields, **condition.fields()})
        except WireError as error:
            if error.kind is WireFault.CONDITION:
                return False
            raise
        return True

    def _read(self, table: str, keys: list[WireItem]) -> list[WireItem]:
        found: list[WireItem] = []
        tries = self._retry.tries()
        while keys:
            asked = tries.before()
            try:
                answer = self._call("BatchGetItem", _batch_get(table, keys), at=asked)
            except WireError as error:
                tries.after(error)
                continue
            batch = _BATCH_GET.decode(answer)
            found += batch.responses.get(table, [])
            left = batch.unprocessed_keys.get(table, _Keys()).keys
            if left:
                if len(left) < len(keys):
                    tries.progress()
                tries.after(_unprocessed(table))
            keys = left
        return found

    def _send(self, operation: str, fields: dict[str, Any], *, tries: Tries | None = None) -> bytes:
        body = msgspec.json.encode(fields)
        return self._retry.run(lambda asked: self._call(operation, body, at=asked), tries=tries)


def _batch_get(table: str, keys: Sequence[WireItem]) -> bytes:
    return msgspec.json.encode({"RequestItems": {table: {"Keys": keys, "ConsistentRead": True}}})


def _unprocessed(table: str) -> WireError:
    message = f"keys of {table} were left unprocessed"
    return WireError(
        "ProvisionedThroughputExceeded", message, status=200, kind=WireFault.THROTTLED, operation="BatchGetItem"
    )
