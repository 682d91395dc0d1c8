"""Passes over both tables: one that adds up, one that names the suspects of some buckets, one that seeks sources.

A pass reads only. Keys that differ in a pass are suspects, not mismatches: both tables are being written to meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial

from pulumi_dynamo_migrator.backfill.meter import Meter
from pulumi_dynamo_migrator.backfill.pool import Stopping, run_all
from pulumi_dynamo_migrator.backfill.segments import visiting_order
from pulumi_dynamo_migrator.conversion.keys import key_of
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.verify.digest import Balance, CanonicalKey, Side, bucket_of
from pulumi_dynamo_migrator.verify.item_digest import item_digest
from pulumi_dynamo_migrator.verify.report import Seen
from pulumi_dynamo_migrator.verify.sides import Part, Sides

Read = Callable[[Side, int, Stopping], None]


@dataclass(slots=True)
class Trace:
    """What one pass saw of one target key: a digest per source item, their keys, and the target's digest."""

    key: WireItem
    sources: list[bytes] = field(default_factory=list)
    origins: list[WireItem] = field(default_factory=list)
    target: bytes | None = None

    @property
    def suspect(self) -> bool:
        """Whether the two sides differ."""
        return self.sources != ([] if self.target is None else [self.target])


def add_up(sides: Sides, *, meter: Meter) -> tuple[Balance, Seen]:
    """The first look: sums of both tables, and on the way the sweep if the job asks for it."""
    balance = Balance()
    seen = [Seen()]
    lock = threading.Lock()

    def add(side: Side, segment: int, stopping: Stopping) -> None:
        for one in sides.sums(side, segment, sweep=sides.job.sweep, stopping=stopping):
            with lock:
                balance.add(side, one.entries)
                seen[0] += one.seen
            meter.add(len(one.entries))
            del one  # not held while the next page is waited for

    _pass(sides, read=add, over=tuple(Side))
    return balance, seen[0]


def suspects_of(sides: Sides, buckets: frozenset[int], *, meter: Meter) -> dict[CanonicalKey, Trace]:
    """The keys in these buckets in which the two sides differ."""
    traces: dict[CanonicalKey, Trace] = {}
    lock = threading.Lock()
    keys, sources = sides.job.chain.target.keys, sides.job.chain.source_keys

    def take(side: Side, part: Part) -> None:
        wanted = [(found, item_digest(found.item)) for found in part.found if bucket_of(found.key) in buckets]
        with lock:
            for found, digest in wanted:
                trace = traces.setdefault(found.key, Trace(key_of(found.item, keys)))
                if side is Side.TARGET:
                    trace.target = digest
                elif found.source is not None:
                    trace.sources.append(digest)
                    trace.origins.append(key_of(found.source, sources))
        meter.add(len(part.found))

    _pass(sides, read=_parts(sides, take), over=tuple(Side))
    return {key: trace for key, trace in traces.items() if trace.suspect}


def origins_of(sides: Sides, keys: Collection[CanonicalKey], *, meter: Meter) -> dict[CanonicalKey, list[WireItem]]:
    """The source items that now give one of these target keys."""
    origins: dict[CanonicalKey, list[WireItem]] = {}
    lock = threading.Lock()
    sources = sides.job.chain.source_keys

    def take(_side: Side, part: Part) -> None:
        with lock:
            for found in part.found:
                if found.key in keys and found.source is not None:
                    origins.setdefault(found.key, []).append(key_of(found.source, sources))
        meter.add(len(part.found))

    _pass(sides, read=_parts(sides, take), over=(Side.SOURCE,))
    return origins


def _parts(sides: Sides, take: Callable[[Side, Part], None]) -> Read:
    def read(side: Side, segment: int, stopping: Stopping) -> None:
        for part in sides.parts(side, segment, stopping=stopping):
            take(side, part)
            del part  # not held while the next page is waited for

    return read


def _pass(sides: Sides, *, read: Read, over: tuple[Side, ...]) -> None:
    tasks = [partial(read, side, segment) for segment in visiting_order(sides.job.segments) for side in over]
    run_all(tasks, workers=sides.job.workers)
