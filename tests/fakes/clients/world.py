"""AWS in memory under the real doors, and lives of resources in it: `up` and `destroy` as Pulumi calls them.

Time passes only where it is slept through. Its Lambda is one that carries plain puts through the shipped conversion
when time passes; words, deletes and late changes are not its business (tests/properties has the replicator itself).
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, cast

from pulumi_dynamo_migrator.aws.backups import Backups
from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.aws.functions import Functions
from pulumi_dynamo_migrator.aws.ledger import Ledger
from pulumi_dynamo_migrator.aws.ledger.owner import Owner
from pulumi_dynamo_migrator.aws.logs import Logs
from pulumi_dynamo_migrator.aws.metrics import Metrics
from pulumi_dynamo_migrator.aws.older_library import OlderLibrary
from pulumi_dynamo_migrator.aws.policy_door import TablePolicies
from pulumi_dynamo_migrator.aws.roles import Roles
from pulumi_dynamo_migrator.aws.stream_records import StreamRecords
from pulumi_dynamo_migrator.aws.streams import Streams
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.lifecycle.converge import begin, go_on
from pulumi_dynamo_migrator.lifecycle.remove import end
from pulumi_dynamo_migrator.model.names import CONTROL_TABLE
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock
from tests.fakes.clients.calls import Calls, Client, Machine
from tests.fakes.clients.dynamodb import ARN
from tests.fakes.clients.extras import FullDynamoDb
from tests.fakes.clients.extras import Streams as StreamService
from tests.fakes.clients.helpers import ACCOUNT, Iam, Lambda, Rest
from tests.fakes.copying import JumpingClock
from tests.fakes.items import FakeItems, FakeTable
from tools.policy_rules import denies

START = 1_800_000_000.0
TIMING = Timing(lease=1e6, heartbeat=3600.0, poll=5.0)
"""No heartbeat comes in a time that jumps: the lease lasts longer than any run."""

Bag = Mapping[str, Any]


@dataclass
class Life:
    """One resource, as Pulumi's state knows it."""

    urn: str
    id: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)


class World:
    """All of it."""

    def __init__(self, machine: Machine | None = None) -> None:
        self.calls = Calls(machine or Machine())
        self.clock = JumpingClock(START)
        self.clock.on_sleep = lambda _: self.deliver()
        self.dynamodb = FullDynamoDb()
        self.lambdas, self.iam, self.rest = Lambda(), Iam(), Rest()
        self.items = FakeItems({}, page=20)
        self.items.tables = cast(dict[str, FakeTable], _Held(self))
        self.items.denied = cast(set[str], _Denied(self))
        self.records: dict[str, list[WireItem]] = {}
        self.read: dict[str, int] = {}

    def copy(self) -> World:
        """Another one in which all has been as it was here."""
        other = World()
        other.clock.time = self.clock.time
        mine = (self.dynamodb, self.lambdas, self.iam, self.records, self.read)
        other.dynamodb, other.lambdas, other.iam, other.records, other.read = deepcopy(mine)
        return other

    def beside(self) -> World:
        """Another one at work on the same AWS, on the same machine, at the same time."""
        other = World(self.calls.machine)
        other.clock = self.clock
        mine = (self.dynamodb, self.lambdas, self.iam, self.records, self.read)
        other.dynamodb, other.lambdas, other.iam, other.records, other.read = mine
        return other

    def up(self, life: Life, bag: Bag, *, dies_at: int | None = None) -> dict[str, Any]:
        """`pulumi up` in a process of its own; KilledError where it dies."""
        self.calls.another_process(dies_at=dies_at)
        props, doors = {**bag, "__urn": life.urn}, self._doors()
        if life.id:
            outputs = go_on(life.id, props, doors)
        else:
            life.id, outputs = begin(props, doors)
        life.outputs = outputs
        return outputs

    def destroy(self, life: Life, bag: Bag, *, dies_at: int | None = None) -> None:
        """`pulumi destroy` in a process of its own."""
        self.calls.another_process(dies_at=dies_at)
        end(life.id, {**bag, "__urn": life.urn}, self._doors())

    def rows(self) -> list[WireItem]:
        """The ledger's."""
        control = self.dynamodb.tables.get(CONTROL_TABLE)
        return [] if control is None else sorted(control.held.all(), key=str)

    def served(self, base: str) -> int | None:
        """The version that the ledger says is served."""
        entries = [row for row in self.rows() if row["sk"]["S"] == "entry" and row["base_name"]["S"] == base]
        return int(entries[0]["served"]["N"]) if entries and "N" in entries[0].get("served", {}) else None

    def write(self, table: str, item: WireItem) -> bool:
        """As an application does; whether it was let."""
        if table in self.items.denied:
            return False
        found = self.dynamodb.tables[table]
        found.held.put(item)
        stream = found.told.get("StreamSpecification", {})
        if stream.get("StreamEnabled"):
            self.records.setdefault(found.told["LatestStreamArn"], []).append(item)
        self.deliver()
        return True

    def deliver(self) -> None:
        """Lambda reads on."""
        for mapping in list(self.lambdas.mappings.values()):
            name = mapping["FunctionArn"].rpartition(":")[2]
            if mapping["State"] != "Enabled" or name not in self.lambdas.functions:
                continue
            records = self.records.get(mapping["EventSourceArn"], [])
            for item in records[self.read.get(mapping["UUID"], 0) :]:
                self._carry(item, self.lambdas.functions[name]["Zip"])
            self.read[mapping["UUID"]] = len(records)

    def _carry(self, item: WireItem, zipped: bytes) -> None:
        config = json.loads(zipfile.ZipFile(io.BytesIO(zipped)).read("config.json"))
        target = self.dynamodb.tables.get(config["target_table"])
        for made in Chain.from_json(config["chain"]).apply(item):
            if target is not None:
                target.held.put(made)

    def _doors(self) -> Doors:
        dynamodb: Any = Client(self.dynamodb, self.calls)
        lambdas: Any = Client(self.lambdas, self.calls)
        iam: Any = Client(self.iam, self.calls)
        rest: Any = Client(self.rest, self.calls)
        streams: Any = Client(StreamService(self.dynamodb), self.calls)
        return _MemoryDoors(
            session=cast(Any, _Session(self.calls)),
            tables=Tables(dynamodb),
            streams=Streams(streams),
            functions=Functions(lambdas),
            roles=Roles(iam),
            logs=Logs(rest),
            ledger=Ledger(dynamodb, clock=self.clock, timing=TIMING, processes=_Processes(self.calls)),
            items=cast(Any, Client(self.items, self.calls)),
            policies=TablePolicies(dynamodb, clock=self.clock, timing=TIMING),
            backups=Backups(dynamodb),
            records=StreamRecords(streams),
            metrics=Metrics(rest),
            older=OlderLibrary(dynamodb),
            clock=self.clock,
            timing=TIMING,
        )


class _MemoryDoors(Doors):
    def at_work(self, *, clock: Clock, guard: Callable[[], None]) -> Doors:
        """The same, with guarded items."""
        items: Any = self.items
        return replace(self, items=items.under(guard))


@dataclass(frozen=True)
class _Processes:
    calls: Calls

    def me(self) -> Owner:
        return self.calls.me()

    def dead(self, owner: Owner) -> bool:
        return self.calls.dead_owner(owner)


@dataclass(frozen=True)
class _Session:
    calls: Calls
    partition = "aws"
    region = "us-east-1"

    def account(self) -> str:
        return ACCOUNT


@dataclass(frozen=True)
class _Held:
    world: World

    def __getitem__(self, name: str) -> FakeTable:
        return self.world.dynamodb.tables[name].held


@dataclass(frozen=True)
class _Denied:
    world: World

    def __contains__(self, name: str) -> bool:
        policy = self.world.dynamodb.tables[name].policy
        now = self.world.clock.now()
        return policy is not None and denies(policy[0], action="PutItem", table_arn=ARN + name, now=now)


_PASSING = (
    (re.compile(r"\borders-[0-9a-f]{7}\b"), "drawn"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "then"),
    (re.compile(r"\b\d{8}T\d{6}Z"), "then"),
    (re.compile(r"18\d{8}(\.\d+)?"), "at"),
    (re.compile(r"\b(id|mapping|revision|stream/|backup/)-?\d+\b"), r"\1"),
)


def seen(world: World, life: Life) -> dict[str, Any]:
    """All that a life has come to, without times and drawn numbers: equal for two lives that ended alike."""
    keys = {(row["pk"]["S"], row["sk"]["S"]) for row in world.rows()}
    counts = ("revision", "generation")  # how often it was written, and begun
    rows = [row for row in world.rows() if row["sk"]["S"] == "entry"]
    entries = [{name: value for name, value in row.items() if name not in counts} for row in rows]
    tables = {
        name: [table.told, table.tags, table.ttl, table.recovery, table.policy, sorted(map(str, table.held.all()))]
        for name, table in world.dynamodb.tables.items()
        if name != CONTROL_TABLE
    }
    whole = {
        "outputs": {name: value for name, value in life.outputs.items() if name != "stream_arn"},
        "tables": tables,
        "functions": sorted(world.lambdas.functions),
        "mappings": sorted(one["FunctionArn"] for one in world.lambdas.mappings.values()),
        "roles": sorted(world.iam.roles),
        "ledger": sorted(keys),
        "entries": entries,
    }
    text = json.dumps(whole, sort_keys=True, default=str)
    for pattern, instead in _PASSING:
        text = pattern.sub(instead, text)
    return dict(json.loads(text))
