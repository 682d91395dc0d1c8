"""The two tables as streams of entries: the source through the chain, the target without its tombstones.

What has expired is absent on both sides, and what the chain refuses is absent: it is in the ledger as failed. The only
thing written from here is the removal of a tombstone, on condition that it still is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pulumi_dynamo_migrator.backfill.pace import LEAST_PAGE, Lane, Pace
from pulumi_dynamo_migrator.backfill.pool import Stopping
from pulumi_dynamo_migrator.conversion.canonical import digest
from pulumi_dynamo_migrator.conversion.keys import canonical_key, key_of
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.items import Items, Page, WireItem, decoded
from pulumi_dynamo_migrator.ports import Clock
from pulumi_dynamo_migrator.replicate.tombstone import is_tombstone
from pulumi_dynamo_migrator.verify.digest import CanonicalKey, Entry, Side
from pulumi_dynamo_migrator.verify.report import Seen, VerifyJob


@dataclass(frozen=True, slots=True)
class Found:
    """One target item as a side shows it; a source's one also says from which item it comes."""

    key: CanonicalKey
    item: WireItem
    origin: WireItem | None = None

    def entry(self) -> Entry:
        """Key and digest."""
        return Entry(self.key, digest(self.item))


@dataclass(frozen=True, slots=True)
class Part:
    """What one page held."""

    found: list[Found]
    seen: Seen


class Sides:
    """Reads both tables for one job. Safe to share between threads."""

    def __init__(self, job: VerifyJob, *, items: Items, guard: Callable[[], None], clock: Clock) -> None:
        self.job = job
        self._items = items
        self._guard = guard
        self._clock = clock
        self._paces = {side: Pace(job.max_read_units, clock=clock, least=LEAST_PAGE) for side in Side}

    def parts(self, side: Side, segment: int, *, sweep: bool, stopping: Stopping) -> Iterator[Part]:
        """The pages of one segment of one side."""
        cursor: bytes | None = None
        with self._paces[side].lane() as lane:
            while not stopping():
                page = self._page(side, segment, cursor, lane=lane)
                yield self._source(page) if side is Side.SOURCE else self._target(page, sweep=sweep)
                cursor = page.cursor
                if cursor is None:
                    return

    def expired(self, item: WireItem) -> bool:
        """Whether the item's time to live has passed."""
        return has_expired(item, self.job.ttl_attribute, now=self._clock.now())

    def _page(self, side: Side, segment: int, cursor: bytes | None, *, lane: Lane) -> Page:
        table = self.job.source if side is Side.SOURCE else self.job.target
        limit = lane.portion()
        booked = lane.wait(limit)
        self._guard()
        page = self._items.scan_page(table, segment=segment, total=self.job.segments, cursor=cursor, limit=limit)
        lane.spend(page.units, booked=booked, items=page.count, throttled=page.throttled)
        return page

    def _source(self, page: Page) -> Part:
        found: list[Found] = []
        dropped = rejected = expired = 0
        for raw in page.items:
            item = decoded(raw)
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
        read = len(page.items) - expired
        seen = Seen(source_items=read, source_bytes=page.size, dropped=dropped, rejected=rejected, expired=expired)
        return Part(found, seen)

    def _made(self, item: WireItem) -> list[Found]:
        chain = self.job.chain
        made = [one for one in chain.apply(item) if not self.expired(one)]
        origin = key_of(item, chain.source_keys)
        return [Found(canonical_key(one, chain.target.keys), one, origin) for one in made]

    def _target(self, page: Page, *, sweep: bool) -> Part:
        found: list[Found] = []
        swept = expired = 0
        for raw in page.items:
            item = decoded(raw)
            if is_tombstone(item):
                swept += sweep and self._sweep(item)
            elif self.expired(item):
                expired += 1
            else:
                found.append(Found(canonical_key(item, self.job.chain.target.keys), item))
        return Part(found, Seen(target_items=len(found), target_bytes=page.size, expired=expired, swept=swept))

    def _sweep(self, item: WireItem) -> bool:
        return self._items.delete_if_tombstone(self.job.target, key_of(item, self.job.chain.target.keys))


def has_expired(item: Mapping[str, Mapping[str, object]], attribute: str | None, *, now: float) -> bool:
    """DynamoDB's rule: a number of epoch seconds in the past, but not more than five years ago."""
    value = item.get(attribute, {}).get("N") if attribute is not None else None
    if not isinstance(value, str):
        return False
    return now - 5 * 365 * 86_400 < float(value) < now
