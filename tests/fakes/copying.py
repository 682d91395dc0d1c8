"""What a copy and a verify need around them, in memory: a clock that jumps, a ledger, a pair of tables."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pulumi_dynamo_migrator.backfill.job import BackfillJob, BackfillResult
from pulumi_dynamo_migrator.backfill.run import run_backfill
from pulumi_dynamo_migrator.backfill.segments import Segment
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.ports import Clock
from pulumi_dynamo_migrator.replicate.config import OnItemError
from pulumi_dynamo_migrator.verify.digest import CanonicalKey
from pulumi_dynamo_migrator.verify.report import VerifyJob, VerifyReport
from pulumi_dynamo_migrator.verify.run import run_verify
from tests.fakes.items import FakeItems, FakeTable

SOURCE, TARGET = "source", "target"


class JumpingClock:
    """Time that passes only in sleep; `on_sleep` is what the world does meanwhile."""

    def __init__(self, start: float = 1_000_000.0) -> None:
        self.time = start
        self.on_sleep: Callable[[float], None] = lambda _seconds: None
        self._lock = threading.Lock()

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.time += seconds
        self.on_sleep(seconds)


@dataclass
class FakeLedger:
    """Segments and failed items; `saves` is the history of all checkpoints."""

    segments: dict[int, Segment] = field(default_factory=dict)
    saves: list[Segment] = field(default_factory=list)
    failed: list[tuple[WireItem, str, WireItem]] = field(default_factory=list)

    def load_segments(self) -> list[Segment]:
        return list(self.segments.values())

    def save_segment(self, segment: Segment) -> None:
        self.saves.append(segment)
        self.segments[segment.number] = segment

    def record_failed(self, key: WireItem, reason: str, image: WireItem) -> None:
        self.failed.append((key, reason, image))


class Pair:
    """A source and a target with a chain between them."""

    def __init__(self, chain: Chain, *, page: int = 7) -> None:
        self.chain = chain
        self.source = FakeTable(chain.source_keys)
        self.target = FakeTable(chain.target.keys)
        self.items = FakeItems({SOURCE: self.source, TARGET: self.target}, page=page)
        self.ledger = FakeLedger()
        self.clock = JumpingClock()
        self.guard: Callable[[], None] = lambda: None
        self.told: list[Progress] = []

    def put(self, items: Iterable[WireItem]) -> None:
        for item in items:
            self.source.put(item)

    def copied(self) -> Iterable[WireItem]:
        """What the target should hold."""
        return [made for item in self.source.all() for made in self.chain.apply(item)]

    def backfill(
        self,
        *,
        segments: int = 3,
        workers: int = 2,
        sized: bool = False,
        max_read_units: float | None = None,
        max_write_units: float | None = None,
        on_error: OnItemError = OnItemError.STOP,
        clock: Clock | None = None,
        checkpoint: float = 0.0,
    ) -> BackfillResult:
        job = BackfillJob(
            SOURCE,
            TARGET,
            self.chain,
            segments=segments,
            sized=sized,
            workers=workers,
            max_read_units=max_read_units,
            max_write_units=max_write_units,
            on_item_error=on_error,
            checkpoint=checkpoint,
        )
        return run_backfill(
            job,
            items=self.items,
            ledger=self.ledger,
            guard=self.guard,
            progress=self.told.append,
            clock=clock or self.clock,
        )

    def verify(
        self,
        *,
        settle: float = 10.0,
        repair: bool = False,
        sweep: bool = False,
        ttl: str | None = None,
        most_entries: int = 1000,
        aside: Mapping[CanonicalKey, bytes | None] | None = None,
    ) -> VerifyReport:
        job = VerifyJob(
            SOURCE,
            TARGET,
            self.chain,
            settle=settle,
            segments=2,
            workers=2,
            sweep=sweep,
            repair=repair,
            ttl_attribute=ttl,
            aside=aside or {},
        )
        return run_verify(
            job,
            items=self.items,
            guard=self.guard,
            progress=self.told.append,
            clock=self.clock,
            most_entries=most_entries,
        )
