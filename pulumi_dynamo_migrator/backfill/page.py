"""One page of the source → the writes it means. Pure: the same page and chain always give the same writes.

Under an identity chain values stay the page's bytes, and only the successor's key and index attributes are decoded, to
be validated: all of a page at once where they are plain. An item that cannot be converted or written is handed back
with its reason, never dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TypeVar

import msgspec

from pulumi_dynamo_migrator.backfill.plain_keys import CanonicalKey, PlainKeys
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.keys import TargetShape, canonical_key
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.conversion.validate import validate_keys
from pulumi_dynamo_migrator.items import INSERT_BATCH, AnyItem, Page, RawItem, WireItem, decoded

Item = TypeVar("Item", RawItem, WireItem)
Keyed = tuple[CanonicalKey, AnyItem]
"""What is written, behind its key in canonical form."""


class Batch(msgspec.Struct, frozen=True, gc=False):
    """Inserts with different keys, in columns: the items, and the source items they come from.

    Nothing is made for a single insert: to make and to drop a value for each took a fifth of copying it.
    """

    items: Sequence[AnyItem]
    origins: Sequence[AnyItem]

    def __len__(self) -> int:
        return len(self.items)

    def part(self, start: int, end: int) -> Batch:
        """Some that follow each other."""
        return Batch(self.items[start:end], self.origins[start:end])

    def only(self, wanted: Sequence[bool]) -> Batch:
        """Those that are wanted."""
        return Batch(list(compress(self.items, wanted)), list(compress(self.origins, wanted)))


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
    batches: list[Batch]
    failed: list[FailedItem]
    dropped: int


class PageConverter:
    """Turns pages into writes through one chain."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._shape = chain.target
        self._looked_at = _key_attributes(chain.target)
        self._plain = PlainKeys(chain.target, held=chain.source_keys)
        # No two items of the source share its key: where the target's holds all of it, they do not meet there either.
        kept = set(chain.source_keys.names) <= set(chain.target.keys.names)
        self._apart = kept and chain.meeting is Meeting.SEPARATE

    def writes(self, page: Page) -> PageWrites:
        """The writes that a page means."""
        if self._chain.links:
            return self._each(page.wire_items(), self._converted)
        items = page.raw_items()
        if not self._all_plain(page, items):
            return self._each(items, self._same)
        starts = range(0, len(items), INSERT_BATCH)
        parts = [items[start : start + INSERT_BATCH] for start in starts]
        return PageWrites(len(items), [Batch(part, part) for part in parts], [], dropped=0)

    def failure(self, item: AnyItem, reason: str) -> FailedItem:
        """The record of an item that cannot be copied."""
        key = {name: item[name] for name in self._chain.source_keys.names}
        return FailedItem(decoded(key), reason, decoded(item))

    def _all_plain(self, page: Page, items: Sequence[RawItem]) -> bool:
        """Whether no key needs a second look, and none comes twice."""
        if self._apart:
            return self._plain.fit(items)
        keys = self._plain.of(page)
        return keys is not None and len(set(keys)) == len(keys)

    def _each(self, items: Sequence[Item], convert: Callable[[Item], list[Keyed]]) -> PageWrites:
        made: list[Keyed] = []
        origins: list[AnyItem] = []
        failed: list[FailedItem] = []
        dropped = 0
        for item in items:
            try:
                results = convert(item)
            except ItemError as error:
                failed.append(self.failure(item, error.reason))
                continue
            dropped += not results
            made += results
            origins += [item] * len(results)
        return PageWrites(len(items), list(_batches(made, origins)), failed, dropped)

    def _same(self, item: RawItem) -> list[Keyed]:
        part = decoded({name: item[name] for name in self._looked_at if name in item})
        validate_keys(part, self._shape)
        return [(canonical_key(part, self._shape.keys), item)]

    def _converted(self, item: WireItem) -> list[Keyed]:
        return [(canonical_key(one, self._shape.keys), one) for one in self._chain.apply(item)]


def _key_attributes(shape: TargetShape) -> tuple[str, ...]:
    names = [*shape.keys.names, *(name for index in shape.indexes for name in index.names)]
    return tuple(dict.fromkeys(names))


def _batches(made: Sequence[Keyed], origins: Sequence[AnyItem]) -> Iterator[Batch]:
    """Batches of at most 25 in order; two statements on one key would make DynamoDB refuse a whole batch."""
    start = 0
    keys: set[CanonicalKey] = set()
    for end, (key, _) in enumerate(made):
        if len(keys) == INSERT_BATCH or key in keys:
            yield Batch([item for _, item in made[start:end]], origins[start:end])
            start, keys = end, set()
        keys.add(key)
    if keys:
        yield Batch([item for _, item in made[start:]], origins[start:])
