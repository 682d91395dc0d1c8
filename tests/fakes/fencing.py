"""An AWS in memory in which resource policies obey a clock: for what is done behind a fence. Notes every act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.aws.ledger.lease_row import Lease
from pulumi_dynamo_migrator.aws.ledger.owner import Owner
from pulumi_dynamo_migrator.aws.mappings import MappingState, ObservedMapping
from pulumi_dynamo_migrator.conversion.keys import KeySchema
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import PointInTimeRecovery, Spec, Ttl
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.steps.step import Site
from tests.fakes.books import Books
from tests.fakes.copying import JumpingClock
from tests.fakes.items import FakeItems, FakeTable
from tests.fakes.plans import asks

FAULT = MigratorError("AWS said no", now="ask again")
START = 1_800_000_000.0
LEASE = Lease("orders", "token", fence=2, owner=Owner("host", "user", 1), since=START, beat=START, until=START + 60.0)


@dataclass
class Policies:
    """Fences by ARN, each with its end (None: for good); in force `lag` seconds after they were put, if `enforced`."""

    act: Callable[[str], None]
    clock: JumpingClock
    ends: dict[str, float | None] = field(default_factory=dict)
    enforced: bool = True
    lag: float = 0.0
    since: dict[str, float] = field(default_factory=dict)

    def fence(self, arn: str, *, until: float | None) -> None:
        self.act(f"fence {arn}" + ("" if until is not None else " for good"))
        self.since.setdefault(arn, self.clock.now() + self.lag)
        self.ends[arn] = until

    def lift(self, arn: str) -> None:
        self.act(f"lift {arn}")
        self.ends.pop(arn, None)
        self.since.pop(arn, None)

    def denies(self, arn: str) -> bool:
        if not self.enforced or arn not in self.ends or self.clock.now() < self.since[arn]:
            return False
        end = self.ends[arn]
        return end is None or self.clock.now() < end

    def read(self, _arn: str) -> None:
        return None


class FencedItems(FakeItems):
    """Items whose writes the policies deny; `forbidden`: this process may not delete at all."""

    def __init__(self, world: FencedWorld) -> None:
        super().__init__({})
        self._world = world
        self.forbidden = False
        self.on_probe: Callable[[], None] = lambda: None

    def write_denied(self, table: str, key: WireItem) -> bool:
        self.on_probe()
        return self.forbidden or self._world.policies.denies(f"arn:{table}")


@dataclass
class Tables:
    """Tables by name; `recovered` have point-in-time recovery."""

    act: Callable[[str], None]
    seen: dict[str, ObservedTable]
    recovered: set[str] = field(default_factory=set)

    def describe(self, name: str) -> ObservedTable | None:
        return self.seen.get(name)

    observe = describe

    def ttl(self, _name: str) -> Ttl:
        return Ttl(False)

    def point_in_time_recovery(self, name: str) -> PointInTimeRecovery:
        return PointInTimeRecovery(name in self.recovered)

    def wait_active(self, name: str, **_: object) -> ObservedTable:
        return self.seen[name]

    def wait_gone(self, _name: str, **_: object) -> None:
        return None

    def delete(self, name: str, *, table_id: str | None) -> None:
        assert table_id == self.seen[name].table_id
        self.act(f"delete {name}")
        del self.seen[name]


@dataclass
class Helpers:
    """Functions, mappings, roles, logs: whatever is asked for is there until it is taken away."""

    act: Callable[[str], None]
    gone: set[str] = field(default_factory=set)
    mapping: MappingState | None = MappingState.ENABLED

    def describe(self, function: str) -> str | None:
        return None if function in self.gone else function

    def describe_mapping(self, uuid: str) -> ObservedMapping | None:
        return None if self.mapping is None else ObservedMapping(uuid, self.mapping, "arn:function", "arn:stream")

    def find_mapping(self, _function: str, _stream: str) -> None:
        return None

    def disable(self, uuid: str, **_: object) -> None:
        self.act(f"disable {uuid}")

    def delete_mapping(self, uuid: str, **_: object) -> None:
        self.act(f"disconnect {uuid}")

    def delete_function(self, name: str) -> None:
        self.act(f"remove function {name}")
        self.gone.add(name)

    def delete(self, name: str) -> None:
        self.act(f"remove {name}")

    def delete_policy(self, name: str) -> None:
        self.act(f"remove policy {name}")


@dataclass
class BackupShelf:
    """Backups that become AVAILABLE at once."""

    act: Callable[[str], None]

    def create(self, table: str, *, name: str, **_: object) -> str:
        self.act(f"back up {table}")
        return f"arn:backup/{name}"

    def wait_available(self, arn: str, **_: object) -> None:
        self.act("backup available")


@dataclass
class StreamTips:
    """When each stream was written to last; one that is not named holds nothing."""

    newest: dict[str, float] = field(default_factory=dict)

    def last_write(self, arn: str, *, since: float) -> float | None:
        newest = self.newest.get(arn)
        return None if newest is None or newest < since else newest


@dataclass
class Ear:
    """Keeps what it is told."""

    told: list[str] = field(default_factory=list)

    def progress(self, moment: Progress) -> None:
        """Nobody looks."""

    def note(self, text: str) -> None:
        self.told.append(text)

    warn = note


class FencedWorld:
    """All of it. `did` are the acts in order; an act that is in `broken` fails instead, with that error, and so does
    the one whose place is in `ends_at`."""

    def __init__(self, known: Entry, *tables: ObservedTable) -> None:
        self.did: list[str] = []
        self.broken: dict[str, Exception] = {}
        self.ends_at: tuple[int, BaseException] | None = None
        self.timing = Timing()
        self.clock = JumpingClock(START)
        self.policies = Policies(self.act, self.clock)
        self.books = Books(self.act, known)
        self.tables = Tables(self.act, {one.name: one for one in tables})
        self.helpers = Helpers(self.act)
        self.items = FencedItems(self)
        self.records = StreamTips()
        self.guard: Callable[[], None] = lambda: None

    def act(self, what: str) -> None:
        if what in self.broken:
            raise self.broken[what]
        if self.ends_at is not None and len(self.did) == self.ends_at[0]:
            raise self.ends_at[1]
        self.did.append(what)

    def holds(self, name: str, keys: KeySchema, items: list[WireItem]) -> FakeTable:
        """A table's items."""
        self.items.tables[name] = held = FakeTable(keys)
        for item in items:
            held.put(item)
        return held

    def site(self, spec: Spec | None = None, *, settles: float | None = None) -> Site:
        """Where steps work, with the ledger's entry as it is now. `settles`: of the lease, which was taken over."""
        return Site(
            self.books.stored,
            spec or asks(),
            cast(Doors, _Doors(self)),
            self.clock,
            self.timing,
            Ear(),
            self._guarded,
            None if settles is None else replace(LEASE, settles=settles),
        )

    def _guarded(self) -> None:
        self.guard()

    def site_in(self, **changes: Any) -> Site:
        """The same with another entry in the ledger."""
        self.books.stored = replace(self.books.stored, **changes)
        return self.site()

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Let something happen once so much time has passed."""
        due, before = self.clock.time + seconds, self.clock.on_sleep
        left = [act]

        def look(slept: float) -> None:
            before(slept)
            if left and self.clock.time >= due:
                left.pop()()

        self.clock.on_sleep = look


class _Doors:
    def __init__(self, world: FencedWorld) -> None:
        self.ledger, self.tables, self.items, self.policies = world.books, world.tables, world.items, world.policies
        self.functions = self.roles = self.logs = world.helpers
        self.backups, self.records = BackupShelf(world.act), world.records
