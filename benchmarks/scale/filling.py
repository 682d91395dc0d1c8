"""How long a copy takes: segments, workers, partitions of the target, rates that grow. A discrete simulation; no AWS.

Each tick, every worker that has a segment inserts what its latencies allow, its share of the machine, and its share of
the target's partitions. A partition takes 1,000 write units a second; an on-demand table's rate doubles after half an
hour in which it was all used, until the account's quota for one table. Seeded: one scenario always gives one figure.

Taken from AWS's documentation: first rates, a partition's limits, the doubling, the quota. Assumed: latencies, and that
a scan's segment is a range of the hash; where the hash key stays, a segment then fills one part of the target.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pulumi_dynamo_migrator.items import INSERT_BATCH
from pulumi_dynamo_migrator.plan.cost import FIRST_READ, FIRST_WRITE, READ_UNIT, WRITE_UNIT

PARTITION_WRITES, PARTITION_READS, PARTITION_BYTES = 1_000, 3_000, 10 * 10**9
DOUBLES_AFTER = 1_800.0
PAGE = 2**20


class Order(StrEnum):
    """In which order the segments of a source are begun, where the hash key stays: one after the other, or spread."""

    SEQUENCE = "in sequence"
    SPREAD = "spread"
    ANY = "another hash key"


@dataclass(frozen=True, slots=True)
class Machine:
    """What copies: requests in flight, items per second that its processors can handle, and how long a request takes.

    The rate is of all processes together; `compares` likewise, for the comparison.
    """

    workers: int = 8
    copies: float = 50_000.0
    compares: float = 50_000.0
    insert: float = 0.015
    scan: float = 0.120


@dataclass(frozen=True, slots=True)
class Work:
    """A table to copy. `quota`: units a second that the account allows one table; `warm`: the target's first rate."""

    items: int
    item_bytes: int
    segments: int = 64
    order: Order = Order.ANY
    warm: int = FIRST_WRITE
    quota: int = 40_000

    @property
    def units(self) -> int:
        """Write units of one item."""
        return -(-self.item_bytes // WRITE_UNIT)

    @property
    def read_rate(self) -> float:
        """Bytes a second that can be read: as many partitions as the size needs, within the account's quota."""
        partitions = -(-self.items * self.item_bytes // PARTITION_BYTES)
        return min(self.quota, max(FIRST_READ, PARTITION_READS * partitions)) * READ_UNIT


class Slowest(StrEnum):
    """What a copy waits for most of its time."""

    MACHINE = "the machine's processors"
    LATENCY = "requests in flight"
    TABLE = "the target's rate"
    PARTITION = "hot partitions of the target"
    READS = "the source's read rate"


@dataclass(slots=True)
class Copied:
    """How a copy went."""

    seconds: float = 0.0
    items: float = 0.0
    peak: float = 0.0
    waited: Counter[Slowest] = field(default_factory=Counter)

    @property
    def slowest(self) -> Slowest:
        """What most of the time was waited for."""
        return self.waited.most_common(1)[0][0]


def copy(work: Work, machine: Machine, *, seed: int = 1) -> Copied:
    """Run the copy to its end."""
    chance = random.Random(seed)  # noqa: S311 - a simulation has no secrets
    waiting = _order(work)
    left = dict.fromkeys(waiting, work.items / work.segments)
    active: list[int] = []
    rate, saturated, done = float(min(work.warm, work.quota)), 0.0, Copied()
    tick = max(1.0, work.items / (machine.copies * 2_000))
    while waiting or active:
        while waiting and len(active) < machine.workers:
            active.append(waiting.pop(0))
        wanted = [_alone(work, machine) * chance.uniform(0.8, 1.2) for _ in active]
        granted, why = _granted(work, machine, active=active, wanted=wanted, rate=rate)
        moved = 0.0
        for segment, speed in zip(active, granted, strict=True):
            step = min(left[segment], speed * tick)
            left[segment] -= step
            moved += step
        active = [segment for segment in active if left[segment] > 0]
        done.seconds, done.items, done.peak = done.seconds + tick, done.items + moved, max(done.peak, moved / tick)
        done.waited[why] += 1
        saturated = saturated + tick if moved * work.units >= 0.9 * rate * tick else 0.0
        if saturated >= DOUBLES_AFTER:
            rate, saturated = min(2 * rate, float(work.quota)), 0.0
    return done


def compare(work: Work, machine: Machine) -> float:
    """Seconds of one comparison: both tables, read side by side, by the same workers and processors."""
    size = work.items * work.item_bytes
    in_flight = machine.workers * PAGE / machine.scan
    return max(2 * size / in_flight, 2 * work.items / machine.compares, size / work.read_rate)


def _order(work: Work) -> list[int]:
    """Bit by bit from the other end, so that any few of them lie far from each other; or as they are numbered."""
    numbers = range(work.segments)
    if work.order is not Order.SPREAD:
        return list(numbers)
    bits = max(1, (work.segments - 1).bit_length())
    return sorted(numbers, key=lambda number: int(f"{number:0{bits}b}"[::-1], 2))


def _alone(work: Work, machine: Machine) -> float:
    """Items a second of one worker that nothing slows: a page, then its batches."""
    page = max(1, PAGE // work.item_bytes)
    return page / (machine.scan + -(-page // INSERT_BATCH) * machine.insert)


def _granted(
    work: Work, machine: Machine, *, active: Sequence[int], wanted: Sequence[float], rate: float
) -> tuple[list[float], Slowest]:
    """What each worker gets, and what it was least of."""
    limits = {
        Slowest.LATENCY: sum(wanted),
        Slowest.MACHINE: machine.copies,
        Slowest.TABLE: rate / work.units,
        Slowest.READS: work.read_rate / work.item_bytes,
    }
    parts = _parts(work, active, rate)
    if parts is not None:
        each = rate / work.units / max(1, round(rate / PARTITION_WRITES))
        limits[Slowest.PARTITION] = sum(
            min(each, sum(want for want, part in zip(wanted, parts, strict=True) if part == one)) for one in set(parts)
        )
    why = min(limits, key=lambda one: limits[one])
    total = sum(wanted)
    return [want / total * limits[why] for want in wanted], why


def _parts(work: Work, active: Sequence[int], rate: float) -> list[int] | None:
    """The target's partition that each worker writes to; None: to all of them."""
    if work.order is Order.ANY:
        return None
    many = max(1, round(rate / PARTITION_WRITES))
    return [segment * many // work.segments for segment in active]
