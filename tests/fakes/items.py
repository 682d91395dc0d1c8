"""The item port in memory, with hooks to write between any two calls. Held to the same sentences as the real door."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pulumi_dynamo_migrator.aws.wire_faults import WireError, WireFault
from pulumi_dynamo_migrator.conversion.canonical import equal
from pulumi_dynamo_migrator.conversion.keys import KeySchema, canonical_key, key_of
from pulumi_dynamo_migrator.items import (
    INSERT_BATCH,
    Answer,
    AnyItem,
    Inserted,
    Outcome,
    Page,
    WireItem,
    decoded,
    page_of,
)
from pulumi_dynamo_migrator.replicate.tombstone import is_tombstone

Key = tuple[str, ...]


@dataclass
class FakeTable:
    """Items by canonical key."""

    keys: KeySchema
    items: dict[Key, WireItem] = field(default_factory=dict)

    def put(self, item: WireItem) -> None:
        self.items[canonical_key(item, self.keys)] = item

    def delete(self, key: WireItem) -> None:
        self.items.pop(canonical_key(key, self.keys), None)

    def get(self, key: WireItem) -> WireItem | None:
        return self.items.get(canonical_key(key, self.keys))

    def all(self) -> list[WireItem]:
        return list(self.items.values())


class FakeItems:
    """Tables in memory. `before` is called with each operation's name; `refuses` says why an item is not taken; `cost`:
    units of one item; `throttled`: how often each request was before it was answered.

    Writes to the tables in `denied` are answered as a fence answers them.
    """

    def __init__(self, tables: Mapping[str, FakeTable], *, page: int = 7) -> None:
        self.tables = dict(tables)
        self.page = page
        self.before: Callable[[str], None] = lambda _operation: None
        self.refuses: Callable[[WireItem], str | None] = lambda _item: None
        self.cost = 1.0
        self.throttled = 0
        self.denied: set[str] = set()
        self.last_unknown: float | None = None
        self.lock = threading.RLock()

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
        assert consistent, "the data path reads consistently"
        self.before("Scan")
        with self.lock:
            held = self.tables[table]
            keys = sorted(key for key in held.items if _segment(key, total) == segment)
            if cursor is not None:
                last = canonical_key(json.loads(cursor), held.keys)
                keys = [key for key in keys if key > last]
            size = min(limit or self.page, self.page)
            found = [held.items[key] for key in keys[:size]]
            more = len(keys) > size
        last_key = json.dumps(key_of(found[-1], held.keys)).encode() if more else None
        page = page_of(found, cursor=last_key, units=self.cost * len(found))
        return replace(page, throttled=self.throttled)

    def insert_if_absent(self, table: str, items: Sequence[AnyItem], *, hash_key: str) -> Inserted:
        self.before("BatchExecuteStatement")
        assert 0 < len(items) <= INSERT_BATCH
        wire = [decoded(item) for item in items]
        self._allowed(table, "PartiQLInsert")
        with self.lock:
            held = self.tables[table]
            assert hash_key == held.keys.names[0]
            keys = [canonical_key(item, held.keys) for item in wire]
            assert len(set(keys)) == len(keys), "two statements on one key make DynamoDB refuse the whole batch"
            return Inserted(tuple(self._insert(held, item) for item in wire), self.cost * len(wire), self.throttled)

    def _insert(self, held: FakeTable, item: WireItem) -> Answer:
        why = self.refuses(item)
        if why is not None:
            return Answer(Outcome.REFUSED, why)
        if held.get(item) is not None:
            return Answer(Outcome.PRESENT)
        held.put(item)
        return Answer(Outcome.INSERTED)

    def get_items(self, table: str, keys: Sequence[WireItem]) -> list[WireItem]:
        self.before("BatchGetItem")
        with self.lock:
            found = [self.tables[table].get(key) for key in keys]
        return [item for item in found if item is not None]

    def get_item(self, table: str, key: WireItem) -> WireItem | None:
        self.before("GetItem")
        with self.lock:
            return self.tables[table].get(key)

    def put_if_equal(self, table: str, item: WireItem, *, seen: WireItem | None, hash_key: str) -> bool:
        self.before("PutItem")
        self._allowed(table, "PutItem")
        with self.lock:
            held = self.tables[table]
            if not _still(held.get(item), seen) or (held.get(item) or {}).keys() & (item.keys() - (seen or {}).keys()):
                return False
            held.put(item)
            return True

    def delete_if_equal(self, table: str, key: WireItem, *, seen: WireItem) -> bool:
        self.before("DeleteItem")
        self._allowed(table, "DeleteItem")
        with self.lock:
            held = self.tables[table]
            if not _still(held.get(key), seen):
                return False
            held.delete(key)
            return True

    def delete_if_tombstone(self, table: str, key: WireItem) -> bool:
        self.before("DeleteItem")
        self._allowed(table, "DeleteItem")
        with self.lock:
            item = self.tables[table].get(key)
            if item is None or not is_tombstone(item):
                return False
            self.tables[table].delete(key)
            return True

    def write_denied(self, table: str, key: WireItem) -> bool:
        self.before("DeleteItem")
        held = self.tables[table]
        assert set(key) == set(held.keys.names)
        return table in self.denied

    def _allowed(self, table: str, action: str) -> None:
        if table in self.denied:
            message = f"not authorized to perform: dynamodb:{action} on resource: {table} with an explicit deny"
            raise WireError("AccessDeniedException", message, status=400, kind=WireFault.DENIED, operation=action)


def _segment(key: Key, total: int) -> int:
    return zlib.crc32(key[0].encode("utf-8", "surrogatepass")) % total


def _still(held: WireItem | None, seen: WireItem | None) -> bool:
    if held is None or seen is None:
        return held is seen
    return all(name in held and equal(held[name], value) for name, value in seen.items())
