"""One page of the source → the writes it means. Pure: the same page and chain always give the same writes.

Under an identity chain values stay the page's bytes, and only the successor's key and index attributes are decoded, to
be validated: all of a page at once where they are plain. An item that cannot be converted or written is handed back
with its reason, never dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from pulumi_dynamo_migrator.backfill.plain_keys import CanonicalKey, PlainKeys
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.keys import TargetShape, canonical_key
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.conversion.validate import validate_keys
from pulumi_dynamo_migrator.items import INSERT_BATCH, AnyItem, Page, RawItem, WireItem, decoded

Item = TypeVar("Item", RawItem, WireItem)


class Write(msgspec.Struct, frozen=True, gc=False):
    """One insert: the item, its key in canonical form, and the source item it comes from.

    No dataclass: there is one for every item of the table, and making a frozen dataclass costs a fifth of copying it.
    """

    item: AnyItem
    key: CanonicalKey
    origin: AnyItem


@dataclass(frozen=True, slots=True)
class FailedItem:
    """A source item that cannot be copied."""

    key: WireItem
    reason: str
    image: WireItem


@dataclass(frozen=True, slots=True)
class PageWrites:
    """What a page means: the inserts in batches without a repeated key, the failed items, and how many were dropped.

    `read`: how many items it held.
    """

    read: int
    batches: list[list[Write]]
    failed: list[FailedItem]
    dropped: int


class PageConverter:
    """Turns pages into writes through one chain."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._shape = chain.target
        self._looked_at = _key_attributes(chain.target)
        self._plain = PlainKeys(chain.target)

    def writes(self, page: Page) -> PageWrites:
        """The writes that a page means."""
        if self._chain.links:
            return self._each(page.wire_items(), self._converted)
        items = page.raw_items()
        keys = self._plain.of(page)
        if keys is None or len(set(keys)) < len(keys):
            return self._each(items, self._same)
        writes = [Write(item, key, item) for item, key in zip(items, keys, strict=True)]
        batches = [writes[start : start + INSERT_BATCH] for start in range(0, len(writes), INSERT_BATCH)]
        return PageWrites(len(items), batches, [], dropped=0)

    def failure(self, item: AnyItem, reason: str) -> FailedItem:
        """The record of an item that cannot be copied."""
        key = {name: item[name] for name in self._chain.source_keys.names}
        return FailedItem(decoded(key), reason, decoded(item))

    def _each(self, items: Sequence[Item], convert: Callable[[Item], list[Write]]) -> PageWrites:
        writes: list[Write] = []
        failed: list[FailedItem] = []
        dropped = 0
        for item in items:
            try:
                made = convert(item)
            except ItemError as error:
                failed.append(self.failure(item, error.reason))
                continue
            dropped += not made
            writes += made
        return PageWrites(len(items), list(_batches(writes)), failed, dropped)

    def _same(self, item: RawItem) -> list[Write]:
        part = decoded({name: item[name] for name in self._looked_at if name in item})
        validate_keys(part, self._shape)
        return [Write(item, canonical_key(part, self._shape.keys), item)]

    def _converted(self, item: WireItem) -> list[Write]:
        made = self._chain.apply(item)
        return [Write(one, canonical_key(one, self._shape.keys), item) for one in made]


def _key_attributes(shape: TargetShape) -> tuple[str, ...]:
    names = [*shape.keys.names, *(name for index in shape.indexes for name in index.names)]
    return tuple(dict.fromkeys(names))


def _batches(writes: Sequence[Write]) -> Iterator[list[Write]]:
    """Batches of at most 25 in order; two statements on one key would make DynamoDB refuse a whole batch."""
    batch: list[Write] = []
    keys: set[CanonicalKey] = set()
    for write in writes:
        if len(batch) == INSERT_BATCH or write.key in keys:
            yield batch
            batch, keys = [], set()
        batch.append(write)
        keys.add(write.key)
    if batch:
        yield batch
