"""A worker that sleeps (SIGSTOP) for longer than its lease, and wakes when another has taken over, closed and swept.

It must write nothing any more. Real processes; the proxy enforces a signature window as AWS does, a short one, and the
workers are told the same (Timing). An item is deleted while the worker sleeps with its insert in hand: written after
the sweep, that insert would bring the item back.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.life import TIMING, Life, urn_of
from tests.emulator.sleep_proxy import SleepProxy
from tests.emulator.workers import workers_of
from tests.eventually import eventually
from tests.soaking import Tally, dose
from tests.stacks.account import Account
from tools.embedded_aws import EmbeddedAws
from tools.forwarding import Message

pytestmark = pytest.mark.emulator

LEASE, WINDOW, REQUEST = 4.0, 8.0, 1.5
SHORT = json.dumps(
    {**json.loads(TIMING), "lease": LEASE, "heartbeat": 0.5, "signature": WINDOW, "request": REQUEST, "settle": 0.3}
)
PATIENT = json.dumps({**json.loads(SHORT), "lease": 30, "heartbeat": 1})
ITEMS: list[dict[str, Any]] = [{"id": f"k{number}", "at": number} for number in range(20)]
DELETED = ITEMS[7]

_numbers = count(1)


def first(urn: str) -> dict[str, Any]:
    """What the program asks first."""
    return {"hash_key": "id", "attributes": {"id": "S"}, "migration": {"function_timeout": 1}, "__urn": urn}


def ranged(urn: str) -> dict[str, Any]:
    """Another key."""
    return {**first(urn), "range_key": "at", "attributes": {"id": "S", "at": "N"}}


@dataclass
class World:
    """An account with one table, whose migration sleeps."""

    account: Account
    proxy: SleepProxy
    life: Life
    table: str

    @property
    def successor(self) -> str:
        return f"{self.table}_V2"

    def start(self, **extra: str) -> subprocess.Popen[str]:
        """The worker that will sleep."""
        return self.life.start(ranged(self.life.urn), extra=extra)

    def another_takes_over(self) -> dict[str, Any]:
        """Another `up` is refused while the lease lasts; then it takes over, to the end. Its own lease is not short."""
        other = replace(self.life, timing=PATIENT)
        while "is being worked on" in ((outputs := other.up(ranged(other.urn)))["error"] or ""):
            assert (outputs["phase"], outputs["version"]) == ("failed", 1)
        return outputs

    def is_taken(self) -> None:
        """Somebody holds the lease: before, whoever sleeps has seen nothing yet, and begins when it wakes."""
        (lease,) = [row for row in self.account.ledger() if row["sk"] == "lease"]
        assert not lease["released"]

    def says_noting(self) -> None:
        """Closed, swept and verified; an insert that comes now stays."""
        assert self.account.word() == "noting"

    def ended_right(self, outputs: dict[str, Any]) -> None:
        assert (outputs["phase"], outputs["version"], outputs["error"]) == ("ready", 2, None)
        assert self.account.items(self.successor) == self.account.items(self.table)

    def truth(self) -> tuple[str, list[dict[str, Any]]]:
        """All that a worker could write."""
        rows = [row for row in self.account.ledger() if row["sk"] != "lease"]
        return self.account.picture(), rows


@pytest.fixture
def world(aws: EmbeddedAws) -> Iterator[World]:
    aws.reset()
    with SleepProxy(aws.endpoint, window=WINDOW) as proxy:
        life = Life(aws, proxy, urn_of(f"asleep{next(_numbers)}"), timing=SHORT)
        account = Account(aws)
        table = life.up(first(life.urn))["name"]
        account.put(table, ITEMS)
        yield World(account, proxy, life, table)
    aws.reset()


def wakes(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Go on where it slept, and end by itself."""
    process.send_signal(signal.SIGCONT)
    told, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return told, errors


def is_asleep(process: subprocess.Popen[str]) -> None:
    state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
    assert state == "T", state


def test_an_insert_that_was_on_its_way_comes_too_late(world: World, tally: Tally) -> None:
    """It was signed and sent before the sleep, and reaches AWS after the sweep."""
    world.proxy.hold(lambda request: request.target.endswith("BatchExecuteStatement"))
    process = world.start()
    assert world.proxy.held.wait(60)
    world.account.delete(world.table, {"id": DELETED["id"]})
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(world.another_takes_over)
        eventually(world.says_noting, within=60, every=0.05)
        world.proxy.let_go.set()
        world.ended_right(other.result())
    before = world.truth()
    told, _ = wakes(process)
    assert "lease" in json.loads(told)[1]["error"].lower()
    assert world.truth() == before
    assert world.proxy.refused == ["DynamoDB_20120810.BatchExecuteStatement"]
    tally.add("worker put to sleep (SIGSTOP) for longer than its lease")
    tally.acknowledged(writes=len(ITEMS), lost=0)


def backfills(request: Message) -> bool:
    """A page of the backfill; the plan's sample has a limit."""
    return request.target.endswith(".Scan") and b'"Limit"' not in request.body and b"pulumi-dynamo" not in request.body


def heartbeat(request: Message) -> bool:
    """The lease is renewed."""
    return request.target.endswith(".UpdateItem") and b'{"S": "lease"}' in request.body


def test_a_request_that_was_allowed_before_the_sleep_is_not_signed_as_of_now(
    world: World, tmp_path: Path, tally: Tally
) -> None:
    """It sleeps between the question whether it may and the signature: while its credentials are fetched."""
    stop, told = tmp_path / "stop", tmp_path / "credentials.json"
    expires = datetime.now(UTC) + timedelta(minutes=9)  # so soon that botocore fetches them for each request
    told.write_text(
        json.dumps({"Version": 1, "AccessKeyId": "test", "SecretAccessKey": "test", "Expiration": expires.isoformat()})
    )
    script = tmp_path / "credentials.sh"
    script.write_text(
        f"#!/bin/sh\nPATH=/usr/bin:/bin\nif [ -e {stop} ]; then rm {stop}; kill -STOP $PPID; fi\ncat {told}\n"
    )
    script.chmod(0o755)
    config = tmp_path / "config"
    config.write_text(f"[default]\ncredential_process = {script}\n")
    # No heartbeat fetches credentials at that moment, and would be the one that sleeps: one waits for its answer.
    world.proxy.before_answering(backfills, stop.touch, keeping=heartbeat)
    world.life.timing = json.dumps({**json.loads(SHORT), "request": 10})  # it outlasts the wait for the heartbeat
    process = world.start(AWS_CONFIG_FILE=str(config), AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    eventually(lambda: is_asleep(process), within=60, every=0.05)
    world.proxy.let_go.set()
    world.account.delete(world.table, {"id": DELETED["id"]})
    outputs = world.another_takes_over()
    world.ended_right(outputs)
    before = world.truth()
    answer, _ = wakes(process)
    assert "lease" in json.loads(answer)[1]["error"].lower()
    assert world.truth() == before
    assert world.proxy.refused == ["DynamoDB_20120810.BatchExecuteStatement"]
    tally.add("worker put to sleep (SIGSTOP) for longer than its lease")
    tally.acknowledged(writes=len(ITEMS), lost=0)


@pytest.mark.parametrize("number", range(dose(1)))
def test_whenever_it_sleeps_it_writes_nothing_once_another_has_taken_over(
    world: World, number: int, tally: Tally
) -> None:
    seed = int(os.environ.get("SEED", random.randrange(1 << 30))) + number
    moment = random.Random(seed).uniform(0.0, 2.6)
    print(f"SEED={seed - number}: asleep {moment:.3f} s after it took the lease")
    process = world.start()
    eventually(world.is_taken, within=60, every=0.02)
    time.sleep(moment)
    process.send_signal(signal.SIGSTOP)
    world.account.delete(world.table, {"id": DELETED["id"]})
    world.account.put(world.table, [{"id": "new", "at": 1}])
    world.ended_right(world.another_takes_over())
    before = world.truth()
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=60)
    assert world.truth() == before
    tally.add("worker put to sleep (SIGSTOP) for longer than its lease")
    tally.acknowledged(writes=len(ITEMS) + 1, lost=0)


@pytest.mark.parametrize("all_of_them", [True, False], ids=["with its workers", "alone"])
def test_its_worker_processes_write_nothing_either_once_another_has_taken_over(
    world: World, tally: Tally, *, all_of_them: bool
) -> None:
    """Asleep themselves, they wake past their terms; left alone by a parent that sleeps, they stop when those end."""

    def both_at_work() -> None:
        assert world.proxy.victim is not None
        workers = workers_of(world.proxy.victim.pid)
        assert len(workers) == 2
        for worker in workers:
            worker.at_work()

    world.proxy.hold(
        lambda request: request.target.endswith("BatchExecuteStatement"),
        ready=lambda: eventually(both_at_work, within=30, every=0.05),
    )
    told = {"function_timeout": 1, "processes": 2, "segments": 16}
    process = world.life.start({**ranged(world.life.urn), "migration": told})
    assert world.proxy.held.wait(60)
    eventually(lambda: is_asleep(process), within=10, every=0.05)
    workers = workers_of(process.pid)
    assert len(workers) == 2
    for worker in workers if all_of_them else ():
        worker.signal(signal.SIGSTOP)
        eventually(worker.asleep, within=10, every=0.05)
    world.account.delete(world.table, {"id": DELETED["id"]})
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(world.another_takes_over)
        eventually(world.says_noting, within=60, every=0.05)
        world.proxy.let_go.set()
        world.ended_right(other.result())
    before = world.truth()
    for worker in workers if all_of_them else ():
        worker.signal(signal.SIGCONT)
    answer, _ = wakes(process)
    assert "lease" in json.loads(answer)[1]["error"].lower()
    for worker in workers:
        worker.gone()
    assert world.truth() == before
    # The parent may have had a checkpoint or a heartbeat on its way as well.
    assert "DynamoDB_20120810.BatchExecuteStatement" in world.proxy.refused
    tally.add("worker put to sleep (SIGSTOP) for longer than its lease")
    tally.acknowledged(writes=len(ITEMS), lost=0)
