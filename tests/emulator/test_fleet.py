"""Worker processes, started by this one: two of them copy what one does, and what happens when one fails."""

from __future__ import annotations

import os
import random
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from pulumi_dynamo_migrator.aws.items import DynamoItems
from pulumi_dynamo_migrator.aws.lending import lend
from pulumi_dynamo_migrator.aws.retry import Retry
from pulumi_dynamo_migrator.aws.wire import wire_of
from pulumi_dynamo_migrator.backfill.job import BackfillJob, BackfillResult, BackfillStoppedError
from pulumi_dynamo_migrator.backfill.run import run_backfill
from pulumi_dynamo_migrator.backfill.segments import Segment
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.keys import KeySchema
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.fleet.division import Outfit
from pulumi_dynamo_migrator.fleet.run import WorkerDiedError, WorkerError, WorkerFleet
from pulumi_dynamo_migrator.model.terms import FOREVER, Terms
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.replicate.config import OnItemError
from pulumi_dynamo_migrator.system import SystemClock
from tests.emulator.workers import Worker, workers_of
from tests.eventually import eventually
from tests.fakes.conversions import ID, ID_PLACE, PER_PLACE, identity, written
from tests.fakes.copying import FakeLedger
from tests.fakes.doors import session_on
from tests.stacks.account import Account
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

COUNT = 600
ITEMS: list[dict[str, Any]] = [
    {"id": f"k{number}", "a": number, "places": [f"p{place}" for place in range(number % 4)]} for number in range(COUNT)
]
CONVERTING = written(PER_PLACE, meeting=Meeting.SEPARATE, target=ID_PLACE)


class HoldingLedger(FakeLedger):
    """Keeps no checkpoint before it is let: whoever asked for it waits in the middle of its copy."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let = threading.Event(), threading.Event()

    def save_segment(self, segment: Segment) -> None:
        self.asked.set()
        self.let.wait(60)
        super().save_segment(segment)


@dataclass
class Copying:
    """Two tables, and a copy by several processes of this one."""

    aws: EmbeddedAws
    account: Account
    made: list[str] = field(default_factory=list)
    told: list[Progress] = field(default_factory=list)
    guard: Callable[[], None] = lambda: None
    terms: Callable[[], Terms] = lambda: FOREVER
    fleet: WorkerFleet | None = None

    def table(self, keys: KeySchema) -> str:
        """A new, empty one."""
        name = f"fleet-{uuid.uuid4().hex[:8]}"
        client: Any = self.account.dynamodb
        client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in keys.names],
            KeySchema=[
                {"AttributeName": one, "KeyType": kind}
                for one, kind in zip(keys.names, ("HASH", "RANGE"), strict=False)
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        self.made.append(name)
        return name

    def copy(
        self,
        source: str,
        target: str,
        chain: Chain,
        *,
        processes: int = 2,
        ledger: FakeLedger | None = None,
        on_error: OnItemError = OnItemError.STOP,
    ) -> BackfillResult:
        """All of it."""
        session = session_on(self.aws)
        clock = SystemClock()
        retry = Retry(clock, random=random.random, guard=lambda: None)
        outfit = Outfit(processes, lend(session), clock, Timing(), self.terms)
        self.fleet = WorkerFleet(outfit) if processes > 1 else None
        return run_backfill(
            BackfillJob(source, target, chain, segments=8, workers=4, on_item_error=on_error),
            items=DynamoItems(wire_of(session.boto3, session.client("dynamodb")).call, retry=retry),
            ledger=ledger or FakeLedger(),
            guard=self.may_go_on,
            progress=self.told.append,
            clock=clock,
            fleet=self.fleet,
        )

    def may_go_on(self) -> None:
        """Ask whatever the guard is by now."""
        self.guard()

    def unknown(self) -> float | None:
        """When an outcome was last unknown."""
        assert self.fleet is not None
        return self.fleet.last_unknown


@pytest.fixture
def copying(aws: EmbeddedAws) -> Iterator[Copying]:
    copying = Copying(aws, Account(aws))
    yield copying
    for name in copying.made:
        copying.account.dynamodb.delete_table(TableName=name)
    assert workers_of(os.getpid()) == []


@pytest.mark.parametrize(
    ("chain", "keys"), [(identity(), ID), (CONVERTING, ID_PLACE)], ids=["as it is", "through a conversion"]
)
def test_several_processes_copy_what_one_does(copying: Copying, chain: Chain, keys: KeySchema) -> None:
    source, by_one, by_three = copying.table(ID), copying.table(keys), copying.table(keys)
    copying.account.put(source, ITEMS)
    alone = copying.copy(source, by_one, chain, processes=1)
    ledger = FakeLedger()
    together = copying.copy(source, by_three, chain, processes=3, ledger=ledger)
    assert copying.account.items(by_three) == copying.account.items(by_one)
    assert together.tally == alone.tally
    assert together.unknown_at is None
    assert {segment.number for segment in ledger.load_segments() if segment.done} == set(range(8))
    assert copying.told[-1].done == COUNT
    again = copying.copy(source, by_three, chain, ledger=ledger)
    assert again.tally == together.tally


def while_it_waits(
    copying: Copying, ledger: HoldingLedger, act: Callable[[list[Worker]], None]
) -> tuple[str, str, BaseException | None]:
    """Do something to the workers while a checkpoint is waited for; the tables, and what the copy said."""
    source, target = copying.table(ID), copying.table(ID)
    copying.account.put(source, ITEMS)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(copying.copy, source, target, identity(), ledger=ledger)
        assert ledger.asked.wait(60)
        act(workers_of(os.getpid()))
        ledger.let.set()
        return source, target, future.exception(60)


def test_a_worker_that_is_killed_ends_the_copy_which_goes_on_where_it_was(copying: Copying) -> None:
    ledger = HoldingLedger()
    before = SystemClock().now()

    def kill(workers: list[Worker]) -> None:
        assert len(workers) == 2
        workers[0].signal(signal.SIGKILL)
        eventually(workers[0].gone, within=10)

    source, target, error = while_it_waits(copying, ledger, kill)
    assert isinstance(error, WorkerDiedError)
    assert source in error.what
    assert "SIGKILL" in error.what
    unknown = copying.unknown()
    assert unknown is not None
    assert before < unknown <= SystemClock().now()
    copying.copy(source, target, identity(), ledger=ledger)
    assert copying.account.items(target) == copying.account.items(source)


def test_a_stop_ends_all_of_them_even_one_that_is_asleep(copying: Copying) -> None:
    """The one asleep cannot say how it ended."""
    ledger = HoldingLedger()

    class EndedError(MigratorError):
        """Somebody asked for it."""

    def refuse() -> None:
        raise EndedError("stop")

    def stop(workers: list[Worker]) -> None:
        workers[0].signal(signal.SIGSTOP)
        eventually(workers[0].asleep, within=10)
        copying.guard = refuse

    source, target, error = while_it_waits(copying, ledger, stop)
    assert isinstance(error, EndedError)
    assert copying.unknown() is not None
    copying.guard = lambda: None
    copying.copy(source, target, identity(), ledger=ledger)
    assert copying.account.items(target) == copying.account.items(source)


def test_a_stop_that_is_heard_leaves_no_outcome_unknown(copying: Copying) -> None:
    ledger = HoldingLedger()

    def refuse() -> None:
        raise MigratorError("stop")

    def stop(_workers: list[Worker]) -> None:
        copying.guard = refuse

    _, _, error = while_it_waits(copying, ledger, stop)
    assert isinstance(error, MigratorError)
    assert copying.unknown() is None


def test_a_ledger_that_fails_ends_it_with_its_own_error(copying: Copying) -> None:
    class FailingLedger(FakeLedger):
        def save_segment(self, segment: Segment) -> None:
            raise MigratorError("no room in the ledger")

    source, target = copying.table(ID), copying.table(ID)
    copying.account.put(source, ITEMS)
    with pytest.raises(MigratorError, match="no room in the ledger"):
        copying.copy(source, target, identity(), ledger=FailingLedger())
    assert copying.unknown() is None


def test_an_item_that_cannot_be_copied_stops_all_of_them_before_its_page(copying: Copying) -> None:
    source, target = copying.table(ID), copying.table(ID_PLACE)
    copying.account.put(source, [*ITEMS, {"id": "bad", "a": -1, "places": []}])
    ledger = FakeLedger()
    with pytest.raises(BackfillStoppedError, match="id='bad'}: conversion 1 failed: ValueError: a is negative") as told:
        copying.copy(source, target, CONVERTING, ledger=ledger)
    assert told.value.keys == ({"id": {"S": "bad"}},)
    ((key, reason, image),) = ledger.failed
    assert (key, image["a"]) == ({"id": {"S": "bad"}}, {"N": "-1"})
    assert "a is negative" in reason
    assert sum(segment.done for segment in ledger.load_segments()) < 8
    copying.account.put(source, [{"id": "bad", "a": 1, "places": ["p"]}])
    copying.copy(source, target, CONVERTING, ledger=ledger)
    assert len(copying.account.items(target)) == sum(number % 4 for number in range(COUNT)) + 1


def test_items_that_are_skipped_are_kept_aside(copying: Copying) -> None:
    source, target = copying.table(ID), copying.table(ID_PLACE)
    bad = [{"id": f"bad{number}", "a": -1, "places": []} for number in range(20)]
    copying.account.put(source, [*ITEMS, *bad])
    ledger = FakeLedger()
    result = copying.copy(source, target, CONVERTING, ledger=ledger, on_error=OnItemError.SKIP)
    assert (result.tally.read, result.tally.failed) == (COUNT + 20, 20)
    assert {key["id"]["S"] for key, _, _ in ledger.failed} == {one["id"] for one in bad}


def test_a_conversion_that_prints_says_nothing_to_the_parent(copying: Copying) -> None:
    text = "def convert(item):\n    print('x' * 10_000, flush=True)\n    return item\n"
    source, target = copying.table(ID), copying.table(ID)
    copying.account.put(source, ITEMS)
    copying.copy(source, target, written(text, meeting=Meeting.SEPARATE))
    assert copying.account.items(target) == copying.account.items(source)


def test_nothing_is_written_where_the_lease_is_over(copying: Copying) -> None:
    """Nor read: a worker sends nothing at all past its terms."""
    source, target = copying.table(ID), copying.table(ID)
    copying.account.put(source, ITEMS)
    copying.terms = lambda: Terms(until=SystemClock().now() - 1, ends=float("inf"))
    with pytest.raises(WorkerError, match="did not hear in time that the lease was renewed"):
        copying.copy(source, target, identity())
    assert copying.account.items(target) == []


def test_a_table_that_is_gone_is_told_as_by_one_process(copying: Copying) -> None:
    source, target = copying.table(ID), copying.table(ID)
    copying.account.put(source, ITEMS)
    copying.account.dynamodb.delete_table(TableName=target)
    copying.made.remove(target)
    with pytest.raises(WorkerError, match="ResourceNotFound") as told:
        copying.copy(source, target, identity())
    assert "check that nobody deleted the table" in told.value.now
