"""A table's throughput in simulated time: partitions that take so many units a second, workers that write or scan.

Discrete events in the order of their time, on one thread: the same seed means the same run. Workers ask a `Pace` as the
copy does, and send again what was throttled after pauses as aws/retry.py makes them.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from pulumi_dynamo_migrator.backfill.pace import Lane, Pace


@dataclass
class SimulatedClock:
    """Time as the simulation says; nobody sleeps."""

    time: float = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"a simulated worker is told to come back in {seconds} s, it does not sleep")


@dataclass
class Partition:
    """Takes `capacity` units a second, and what was not used for up to `burst` seconds."""

    capacity: float
    burst: float = 1.0
    saved: float | None = None
    at: float = 0.0

    def take(self, units: float, *, now: float) -> bool:
        most = self.capacity * self.burst
        saved = most if self.saved is None else min(most, self.saved + (now - self.at) * self.capacity)
        self.at, self.saved = now, saved
        if saved <= 0:
            return False
        self.saved = saved - units
        return True


@dataclass
class Besieged(Partition):
    """Refuses a share of all requests, however few there are: somebody else takes what it has."""

    share: float = 0.15
    chance: Random = field(default_factory=lambda: Random(5))
    refuses: bool = False

    def take(self, units: float, *, now: float) -> bool:
        if now != self.at:
            self.at, self.refuses = now, self.chance.random() < self.share
        return not self.refuses


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of the items of one request: units and items that were taken, items that were throttled."""

    at: float
    worker: int
    units: float
    taken: int
    throttled: int


@dataclass
class Simulation:
    """`where`: to which partition a worker's next item goes; `cost`: what it costs; `latency`: seconds of a request.

    Without `heeds` the pace is not told of what was throttled.
    """

    pace: Pace
    clock: SimulatedClock
    partitions: list[Partition]
    where: Callable[[int], int]
    workers: int = 8
    batch: int = 25
    latency: float = 0.01
    cost: Callable[[], float] = lambda: 1.0
    heeds: bool = True
    chance: Random = field(default_factory=lambda: Random(1))
    attempts: list[Attempt] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._lanes = [self.pace.lane() for _ in range(self.workers)]
        for worker in range(self.workers):
            self.later(worker / 10_000, lambda worker=worker: self.begin(worker))  # type: ignore[misc]

    def run(self, until: float) -> None:
        """Let time pass."""
        while self._events and self._events[0][0] < until:
            self.clock.time, _, event = heapq.heappop(self._events)
            event()
        self.clock.time = until

    def used(self, begin: float, end: float, *, worker: int | None = None) -> float:
        """Units a second that were taken between two times."""
        return sum(one.units for one in self._between(begin, end) if worker in (None, one.worker)) / (end - begin)

    def throttled(self, begin: float, end: float) -> float:
        """The share of items that were throttled."""
        attempts = self._between(begin, end)
        refused = sum(one.throttled for one in attempts)
        return refused / max(1, refused + sum(one.taken for one in attempts))

    def _between(self, begin: float, end: float) -> list[Attempt]:
        return [one for one in self.attempts if begin <= one.at < end]

    def later(self, time: float, event: Callable[[], None]) -> None:
        """Let something happen at a time."""
        heapq.heappush(self._events, (time, next(self._numbers), event))

    def begin(self, worker: int) -> None:
        """A worker's next request, as soon as it may go."""
        lane = self._lanes[worker]
        items = min(self.batch, lane.portion() or self.batch)
        leave = lane.leave(items)
        if leave.wait:
            self.later(self.clock.time + leave.wait + 0.0001, lambda: self.begin(worker))
        else:
            _Request(self, worker, lane, booked=leave.booked, costs=[self.cost() for _ in range(items)]).attempt()


@dataclass
class _Request:
    simulation: Simulation
    worker: int
    lane: Lane
    booked: float
    costs: list[float]
    items: int = 0
    units: float = 0.0
    throttled: int = 0
    tries: int = 0

    def attempt(self) -> None:
        world, now = self.simulation, self.simulation.clock.time
        partitions, where, worker = world.partitions, world.where, self.worker
        again = [cost for cost in self.costs if not partitions[where(worker)].take(cost, now=now)]
        taken, units = len(self.costs) - len(again), sum(self.costs) - sum(again)
        world.attempts.append(Attempt(now, worker, units, taken, len(again)))
        self.units += units
        self.items += taken
        self.tries = self.tries + 1 if len(again) == len(self.costs) else 1
        self.costs = again
        world.later(now + world.latency * (0.5 + world.chance.random()), self._answered)

    def _answered(self) -> None:
        world, now = self.simulation, self.simulation.clock.time
        if self.costs:
            self.throttled += 1
            world.later(now + world.chance.random() * min(10.0, 0.05 * 2**self.tries), self.attempt)
            return
        throttled = self.throttled if world.heeds else 0
        self.lane.spend(self.units, booked=self.booked, items=self.items, throttled=throttled)
        world.begin(self.worker)
