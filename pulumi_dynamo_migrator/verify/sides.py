"""The two tables as streams of entries: the source through the chain, the target without its tombstones.

What has expired is absent on both sides, and what the chain refuses is absent: it is in the ledger as failed. The only
thing written from here is the removal of a tombstone, on condition that it still is one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from pulumi_dynamo_migrator.backfill.pace import LEAST_PAGE, Lane, Pace
from pulumi_dynamo_migrator.backfill.plain_keys import PlainKeys
from pulumi_dynamo_migrator.backfill.pool import Stopping
from pulumi_dynamo_migrator.conversion.keys import TargetShape, canonical_key, key_of
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.items import Items, Page, WireItem
from pulumi_dynamo_migrator.ports import Clock
from pulumi_dynamo_migrator.replicate.tombstone import TOMBSTONE, is_tombstone
from pulumi_dynamo_migrator.verify.digest import CanonicalKey, Entry, Side
from pulumi_dynamo_migrator.verify.flat_page import flat_items
from pulumi_dynamo_migrator.verify.item_digest import item_digest, raw_digest
from pulumi_dynamo_migrator.verify.report import Seen, VerifyJob

_TOMBSTONE = TOMBSTONE.encode()


class Found(msgspec.Struct, frozen=True, gc=False):
    """One target item as a side shows it; a source's one also holds the item it comes from. One for every item read."""

    key: CanonicalKey
    item: WireItem
    source: WireItem | None = None

    def entry(self) -> Entry:
        """Key and digest."""
        return Entry(self.key, item_digest(self.item))


@dataclass(frozen=True, slots=True)
class Part:
    """What one page held."""

    found: list[Found]
    seen: Seen


@dataclass(frozen=True, slots=True)
class Sum:
    """What one page held, as it is added up."""

    entries: list[Entry]
    seen: Seen


class Sides:
    """Reads both tables for one job. Safe to share between threads."""

    def __init__(self, job: VerifyJob, *, items: Items, guard: Callable[[], None], clock: Clock) -> None:
        self.job = job
        self._items = items
        self._guard = guard
        self._clock = clock
        chain = job.chain
        self._source_keys = PlainKeys(chain.target)
        self._target_keys = PlainKeys(TargetShape(chain.target.keys))
        kept = set(chain.source_keys.names) <= set(chain.target.keys.names)
        self._same = not chain.links and (kept or chain.meeting is not Meeting.SEPARATE)
        # One page at a time is decoded, which takes many times its bytes: the interpreter runs one thread anyway.
        self._turn = threading.Lock()
        self._paces = {side: Pace(job.max_read_units, clock=clock, least=LEAST_PAGE) for side in Side}

    def parts(self, side: Side, segment: int, *, stopping: Stopping) -> Iterator[Part]:
        """The pages of one segment of one side."""
        for page in self._pages(side, segment, stopping=stopping):
            yield self._part(side, page)
            del page  # not held while the next one is waited for

    def sums(self, side: Side, segment: int, *, sweep: bool, stopping: Stopping) -> Iterator[Sum]:
        """The same for a first look: an item may have another digest than the one it equals, if spelt differently."""
        for page in self._pages(side, segment, stopping=stopping):
            yield self._sum(side, page, sweep=sweep)
            del page

    def expired(self, item: WireItem) -> bool:
        """Whether the item's time to live has passed."""
        return has_expired(item, self.job.ttl_attribute, now=self._clock.now())

    def _sum(self, side: Side, page: Page, *, sweep: bool) -> Sum:
        if sweep and side is Side.TARGET and _TOMBSTONE in page.text:
            return _sum_of(self._target(page, sweep=True))  # waits for AWS, so the others go on meanwhile
        with self._turn:
            return self._quick_sum(side, page) or _sum_of(self._read(side, page))

    def _part(self, side: Side, page: Page) -> Part:
        with self._turn:
            return self._read(side, page)

    def _read(self, side: Side, page: Page) -> Part:
        return self._source(page) if side is Side.SOURCE else self._target(page, sweep=False)

    def _quick_sum(self, side: Side, page: Page) -> Sum | None:
        """The sum of a flat page whose items go as they are; None for any other page."""
        source = side is Side.SOURCE
        if self.job.ttl_attribute is not None or (source and not self._same) or _TOMBSTONE in page.text:
            return None
        items = flat_items(page)
        keys = (self._source_keys if source else self._target_keys).of(page)
        if items is None or keys is None:
            return None
        entries = [Entry(key, raw_digest(item)) for key, item in zip(keys, items, strict=True)]
        count, size = len(items), page.size
        seen = Seen(source_items=count, source_bytes=size) if source else Seen(target_items=count, target_bytes=size)
        return Sum(entries, seen)

    def _pages(self, side: Side, segment: int, *, stopping: Stopping) -> Iterator[Page]:
        cursor: bytes | None = None
        with self._paces[side].lane() as lane:
            while not stopping():
                page = self._page(side, segment, cursor, lane=lane)
                cursor = page.cursor
                yield page
                del page  # not held while the next one is waited for
                if cursor is None:
                    return

    def _page(self, side: Side, segment: int, cursor: bytes | None, *, lane: Lane) -> Page:
        table = self.job.source if side is Side.SOURCE else self.job.target
        limit = lane.portion()
        booked = lane.wait(limit)
        self._guard()
        page = self._items.scan_page(table, segment=segment, total=self.job.segments, cursor=cursor, limit=limit)
        lane.spend(page.units, booked=booked, items=page.count, throttled=page.throttled)
        return page

    def _source(self, page: Page) -> Part:
        items = page.wire_items()
        found: list[Found] = []
        dropped = rejected = expired = 0
        for item in items:
            if self.expired(item):
                expired += 1
                continue
            try:
                made = self._made(item)
            except ItemError:
                rejected += 1
                continue
            dropped += not made
            found += made
        read = len(items) - expired
        seen = Seen(source_items=read, source_bytes=page.size, dropped=dropped, rejected=rejected, expired=expired)
        return Part(found, seen)

    def _made(self, item: WireItem) -> list[Found]:
        chain = self.job.chain
        made = [one for one in chain.apply(item) if not self.expired(one)]
        return [Found(canonical_key(one, chain.target.keys), one, item) for one in made]

    def _target(self, page: Page, *, sweep: bool) -> Part:
        found: list[Found] = []
        swept = expired = 0
        items = page.wire_items()
        keys = self._target_keys.of(page) or [canonical_key(item, self.job.chain.target.keys) for item in items]
        for key, item in zip(keys, items, strict=True):
            if TOMBSTONE in item and is_tombstone(item):
                swept += sweep and self._sweep(item)
            elif self.job.ttl_attribute is not None and self.expired(item):
                expired += 1
            else:
                found.append(Found(key, item))
        return Part(found, Seen(target_items=len(found), target_bytes=page.size, expired=expired, swept=swept))

    def _sweep(self, item: WireItem) -> bool:
        return self._items.delete_if_tombstone(self.job.target, key_of(item, self.job.chain.target.keys))


def _sum_of(part: Part) -> Sum:
    return Sum([found.entry() for found in part.found], part.seen)


def has_expired(item: Mapping[str, Mapping[str, object]], attribute: str | None, *, now: float) -> bool:
    """DynamoDB's rule: a number of epoch seconds in the past, but not more than five years ago."""
    value = item.get(attribute, {}).get("N") if attribute is not None else None
    if not isinstance(value, str):
        return False
    return now - 5 * 365 * 86_400 < float(value) < now
