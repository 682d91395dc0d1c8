"""How far a replicator is behind: one shard's queue, Lambda's polls, invocations one by one. Simulated; no AWS.

A shard belongs to a partition; Lambda asks it four times a second and runs one batch of it at a time. In `open` and
`tail` a batch is written 25 at a time; in `noting` and `late` each record is a transaction of its own, some side by
side. Arrivals are random (Poisson), seeded. Assumed: how long a call takes, and what an invocation costs around it.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass

from pulumi_dynamo_migrator.aws.mappings import BATCH
from pulumi_dynamo_migrator.replicate.handler import LANES

POLL = 0.25
"""Seconds: Lambda polls a shard four times a second (*Process DynamoDB records with Lambda*)."""

GAP_AFTER = 20 * 3600.0
"""Seconds: the age of a record from which a migration calls it a gap; a stream keeps it for four hours more."""


@dataclass(frozen=True, slots=True)
class Replicator:
    """One shard's consumer. `call` is a request to DynamoDB, `around` all that an invocation does beside its writes.

    `one_by_one`: the words `noting` and `late`. `lanes`: source items that are worked on side by side there.
    """

    batch: int = BATCH
    one_by_one: bool = False
    lanes: int = LANES
    call: float = 0.008
    transaction: float = 0.015
    around: float = 0.045
    record: float = 0.0002

    def seconds(self, records: int) -> float:
        """How long an invocation with so many records takes."""
        if self.one_by_one:
            return self.around + records * self.record + -(-records // self.lanes) * self.transaction
        return self.around + records * self.record + -(-records // 25) * self.call

    @property
    def capacity(self) -> float:
        """Records a second that a shard can be followed at."""
        return self.batch / self.seconds(self.batch)


LEDGER_WRITES, NOTE_WRITES = 4, 2
"""Write units in the ledger: of an invocation (it registers, counts, takes a mark and its registration away), and of a
record that is noted in a transaction (*Managing complex workflows with DynamoDB transactions*: twice a plain write)."""


@dataclass(frozen=True, slots=True)
class Lag:
    """Seconds from a write to its arrival in the successor; `left` records wait at the end."""

    median: float
    worst: float
    left: int
    handled: int
    invocations: int


def follow(replicator: Replicator, *, writes: float, seconds: float, seed: int = 1) -> Lag:
    """Follow a shard that takes so many writes a second, for so long."""
    chance = random.Random(seed)  # noqa: S311 - a simulation has no secrets
    waiting: deque[float] = deque()
    following, now, lags, invocations = chance.expovariate(writes), 0.0, [], 0
    while now < seconds:
        while following <= now:
            waiting.append(following)
            following += chance.expovariate(writes)
        if not waiting:
            now += POLL
            continue
        taken = [waiting.popleft() for _ in range(min(len(waiting), replicator.batch))]
        now, invocations = now + replicator.seconds(len(taken)), invocations + 1
        lags += [now - at for at in taken]
    lags.sort()
    median, worst = (lags[len(lags) // 2], lags[-1]) if lags else (0.0, 0.0)
    return Lag(median, worst, len(waiting), len(lags), invocations)


def ledger_units(replicator: Replicator, *, writes: float, shards: int, seed: int = 1) -> float:
    """Write units a second in the migration's partition of the ledger, with so many writes over so many shards."""
    seconds = 60.0
    one = follow(replicator, writes=writes / shards, seconds=seconds, seed=seed)
    notes = NOTE_WRITES * one.handled if replicator.one_by_one else 0
    return shards * (LEDGER_WRITES * one.invocations + notes) / seconds


def until_gap(replicator: Replicator, *, writes: float) -> float | None:
    """Seconds after which a shard that takes more than can be followed is 20 h behind; None: never."""
    if writes <= replicator.capacity:
        return None
    return GAP_AFTER / (1 - replicator.capacity / writes)
