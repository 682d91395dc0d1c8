"""Worker processes in the life of a migration: their parent is killed, asked to stop, and carried on by `resume`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from pulumi_dynamo_migrator.aws.ledger import Ledger
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.system import SystemClock
from tests.emulator import faults
from tests.emulator.faulty import Faulty, Rule, on
from tests.emulator.life import KILLED, TIMING, Life, urn_of
from tests.emulator.workers import Worker, workers_of
from tests.eventually import eventually
from tests.fakes.doors import session_on
from tests.soaking import Tally
from tests.stacks.account import Account
from tools.embedded_aws import EmbeddedAws
from tools.shell_env import ROOT

pytestmark = pytest.mark.emulator

ITEMS = [{"id": f"k{number}", "at": number} for number in range(200)]
SECONDS = 20.0
_numbers = count(1)


def bag(urn: str, *, processes: int = 2, **more: Any) -> dict[str, Any]:
    """What the program asks."""
    told = {"function_timeout": 1, "processes": processes, "segments": 16}
    return {"hash_key": "id", "attributes": {"id": "S"}, "migration": told, "__urn": urn, **more}


def ranged(urn: str, *, processes: int = 2) -> dict[str, Any]:
    """Another key."""
    return bag(urn, processes=processes, range_key="at", attributes={"id": "S", "at": "N"})


@pytest.fixture
def operator(account: Account, aws: EmbeddedAws) -> Iterator[Faulty]:
    with Faulty(aws.endpoint) as proxy:
        yield proxy


def begun(life: Life, account: Account) -> str:
    """A table with items, before its key changes."""
    table = str(life.up(bag(life.urn))["name"])
    account.put(table, ITEMS)
    return table


def ends_well(life: Life, account: Account, tally: Tally) -> None:
    """The next `up` finishes what was begun."""
    outputs = life.up(ranged(life.urn))
    assert (outputs["version"], outputs["error"]) == (2, None)
    copied = account.items(outputs["name"])
    tally.acknowledged(writes=len(ITEMS), lost=len(ITEMS) - len(copied))
    assert copied == account.items(outputs["name"].removesuffix("_V2"))


def stands_still(life: Life, account: Account, operator: Faulty) -> tuple[subprocess.Popen[str], list[Worker]]:
    """An `up` that copies a part, and then is throttled for good; and its workers, all at work."""
    operator.afflict([Rule(faults.throttle, on=on("BatchExecuteStatement"), spared=6)])
    process = life.start(ranged(life.urn))

    def throttled() -> None:
        assert operator.struck()["throttle"] >= 8
        assert len(segments_of(account)) >= 2
        for worker in workers_of(process.pid):
            worker.at_work()

    eventually(throttled, within=60)
    workers = workers_of(process.pid)
    assert len(workers) == 2
    return process, workers


def test_workers_end_with_a_parent_that_is_killed_even_one_that_is_asleep(
    aws: EmbeddedAws, account: Account, operator: Faulty, tally: Tally
) -> None:
    life = Life(aws, operator, urn_of(f"fleet{next(_numbers)}"))
    begun(life, account)
    process, workers = stands_still(life, account, operator)
    workers[0].signal(signal.SIGSTOP)
    eventually(workers[0].asleep, within=10)
    process.kill()
    process.communicate(timeout=10)
    tally.add(KILLED)
    for worker in workers:
        eventually(worker.gone, within=10, every=0.05)
    operator.heal()
    ends_well(life, account, tally)


def test_of_a_worker_that_is_killed_the_next_up_knows_that_it_may_have_had_something_on_its_way(
    aws: EmbeddedAws, account: Account, operator: Faulty, tally: Tally
) -> None:
    life = Life(aws, operator, urn_of(f"fleet{next(_numbers)}"))
    begun(life, account)
    before = time.time()
    process, workers = stands_still(life, account, operator)
    workers[1].signal(signal.SIGKILL)
    told, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "A worker process of the copy of table" in json.loads(told)[1]["error"]
    workers[0].gone()
    entry = Ledger(session_on(aws).client("dynamodb"), clock=SystemClock(), timing=Timing()).find(life.urn)
    assert entry is not None
    assert entry.migration is not None
    assert entry.migration.unknown_at is not None
    assert before < entry.migration.unknown_at <= time.time()
    operator.heal()
    ends_well(life, account, tally)


def segments_of(account: Account) -> dict[str, dict[str, Any]]:
    """Checkpoints of segments that are done."""
    rows = account.ledger(under="migration#")
    return {row["sk"]: row for row in rows if row["sk"].startswith("segment#") and row["done"]}


def command(aws: EmbeddedAws, *words: str) -> subprocess.CompletedProcess[str]:
    """One of the package's commands."""
    return subprocess.run(
        [sys.executable, "-m", "pulumi_dynamo_migrator", *words],
        env={**aws.environment(), "PULUMI_DYNAMO_MIGRATOR_TIMING": TIMING, "PATH": "", "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("asleep", [False, True], ids=["all awake", "one asleep"])
def test_a_stop_request_ends_it_at_checkpoints_and_resume_goes_on_there(
    aws: EmbeddedAws, account: Account, operator: Faulty, tally: Tally, *, asleep: bool
) -> None:
    life = Life(aws, operator, urn_of(f"fleet{next(_numbers)}"))
    begun(life, account)
    process, workers = stands_still(life, account, operator)
    if asleep:
        workers[0].signal(signal.SIGSTOP)
        eventually(workers[0].asleep, within=10)
    name = life.urn.rpartition("::")[2]
    stop = command(aws, "stop", name, "--wait", str(SECONDS))
    assert stop.returncode == 0, stop.stdout + stop.stderr
    told, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, errors
    assert "was asked to stop" in json.loads(told)[1]["error"]
    for worker in workers:
        worker.gone()
    tally.add("throttled", operator.struck()["throttle"])
    operator.heal()
    before = segments_of(account)
    assert 2 <= len(before) < 16
    resumed = command(aws, "resume", name, "--processes", "2")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    after = segments_of(account)
    assert {sk: after[sk] for sk in before} == before
    assert (len(after), sum(row["read"] for row in after.values())) == (16, len(ITEMS))
    ends_well(life, account, tally)
