"""One page of the source → the writes it means. Pure: the same page and chain always give the same writes.

Under an identity chain values stay the page's bytes, and only the successor's key and index attributes are decoded, to
be validated. An item that cannot be converted or written is handed back with its reason, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.keys import TargetShape, canonical_key
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.conversion.validate import validate_keys
from pulumi_dynamo_migrator.items import INSERT_BATCH, AnyItem, RawItem, WireItem, decoded

CanonicalKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Write:
    """One insert: the item, its key in canonical form, and the source item it comes from."""

    item: AnyItem
    key: CanonicalKey
    origin: RawItem


@dataclass(frozen=True, slots=True)
class FailedItem:
    """A source item that cannot be copied."""

    key: WireItem
    reason: str
    image: WireItem


@dataclass(frozen=True, slots=True)
class PageWrites:
    """What a page means: the inserts in batches without a repeated key, the failed items, and how many were dropped."""

    batches: list[list[Write]]
    failed: list[FailedItem]
    dropped: int


class PageConverter:
    """Turns pages into writes through one chain."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._shape = chain.target
        self._looked_at = _key_attributes(chain.target)
        self._identity = not chain.links

    def writes(self, items: Sequence[RawItem]) -> PageWrites:
        """The writes that a page of raw items means."""
        writes: list[Write] = []
        failed: list[FailedItem] = []
        dropped = 0
        for item in items:
            try:
                made = [self._same(item)] if self._identity else self._converted(item)
            except ItemError as error:
                failed.append(self.failure(item, error.reason))
                continue
            dropped += not made
            writes += made
        return PageWrites(list(_batches(writes)), failed, dropped)

    def failure(self, item: RawItem, reason: str) -> FailedItem:
        """The record of an item that cannot be copied."""
        return FailedItem(self.source_key(item), reason, decoded(item))

    def source_key(self, item: RawItem) -> WireItem:
        """The key of a source item."""
        return {name: msgspec.json.decode(item[name]) for name in self._chain.source_keys.names}

    def _same(self, item: RawItem) -> Write:
        part = {name: msgspec.json.decode(item[name]) for name in self._looked_at if name in item}
        validate_keys(part, self._shape)
        return Write(item, canonical_key(part, self._shape.keys), item)

    def _converted(self, item: RawItem) -> list[Write]:
        made = self._chain.apply(decoded(item))
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
