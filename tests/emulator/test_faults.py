"""Whole migrations under faults: throttling, batches done in part, errors before and after the effect, late effects.

The provider and the replicator's Lambda both ask through a proxy that injects them; a writer goes on all the while. In
the end nothing is lost, and there is exactly one of everything.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest

from pulumi_dynamo_migrator.system import TIMING_VARIABLE
from tests.emulator import faults
from tests.emulator.faults import Fault, Stale
from tests.emulator.faulty import Faulty, Rule, on
from tests.emulator.faulty_world import LATER, PATIENT, World, converted, fenced, retired, settled
from tests.emulator.life import urn_of
from tests.emulator.operations import BATCHES, DATA, EFFECTIVE, READS
from tests.soaking import Tally, dose
from tests.stacks.account import Account
from tools.embedded_aws import EmbeddedAws
from tools.policy_proxy import PolicyProxy

pytestmark = pytest.mark.emulator

ITEMS = 60
_numbers = count(1)


@pytest.fixture(scope="module")
def reached(no_real_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedAws, Faulty]]:
    """An embedded AWS whose Lambda functions ask through a proxy."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))  # bound and not listening: the system gives the port to nobody else meanwhile
    port = kept.getsockname()[1]
    settings = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    with kept, EmbeddedAws.start(log=tmp_path_factory.mktemp("faulty-aws") / "aws.log", extra=settings) as aws:
        kept.close()
        with Faulty(aws.endpoint, later=LATER, port=port) as replicator:
            yield aws, replicator


@pytest.fixture
def world(reached: tuple[EmbeddedAws, Faulty], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv(TIMING_VARIABLE, json.dumps(PATIENT))
    aws, replicator = reached
    aws.reset()
    with PolicyProxy(aws.endpoint) as policies, Faulty(policies.endpoint, later=LATER) as operator:
        writer = Account(replace(aws, front=policies.port))
        world = World(operator, replicator, Account(aws), writer, urn_of(f"faulty{next(_numbers)}"))
        yield world
        world.heal()
        aws.reset()


THROTTLED = [Rule(faults.throttle, chance=0.15)]
IN_PARTS = [Rule(faults.in_parts, on=BATCHES, chance=0.8), Rule(faults.throttle, on=DATA, chance=0.05)]
LATE = [
    Rule(faults.late_after_error, on=EFFECTIVE, chance=0.05),
    Rule(faults.late_after_hanging_up, on=EFFECTIVE, chance=0.05),
]
SLOW = [
    Rule(faults.slow, on(operation), times=1)
    for operation in ("BatchExecuteStatement", "CreateFunction", "Scan", "TransactWriteItems", "UpdateTable")
]
KINDS = {"throttled": THROTTLED, "in-parts": IN_PARTS, "late": LATE, "slow": SLOW}
"""What fails before its effect, and what is cut off, is in the test of all at once."""

SHORT_OF_BREATH = {"request": 1.4 * LATER, "answer": 1.4 * LATER}
"""Time-outs that a slow answer outlasts."""


MIXED = [
    Rule(faults.in_parts, on=BATCHES, chance=0.2),
    Rule(faults.throttle, chance=0.05),
    *(Rule(one, chance=0.02) for one in (faults.error_before, faults.unavailable, faults.hang_up_before, faults.cut)),
    *(Rule(one, on=EFFECTIVE, chance=0.03) for one in (faults.error_after, faults.hang_up_after)),
    *(Rule(one, on=EFFECTIVE, chance=0.02) for one in (faults.late_after_error, faults.late_after_hanging_up)),
]


def fresh(rules: list[Rule]) -> list[Rule]:
    """The same rules, with nothing counted yet."""
    return [Rule(one.fault, one.on, one.chance, one.spared, one.times) for one in rules]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(dose(1)))
def test_a_migration_under_faults_is_finished_and_nothing_is_lost(
    world: World, tally: Tally, monkeypatch: pytest.MonkeyPatch, kind: str, seed: int
) -> None:
    table = world.begin(ITEMS)
    if kind == "slow":
        monkeypatch.setenv(TIMING_VARIABLE, json.dumps(PATIENT | SHORT_OF_BREATH))
    world.afflict(operator=fresh(KINDS[kind]), replicator=fresh(KINDS[kind]), seed=seed)
    with world.writing(table):
        outputs = world.up(converted)
    struck = world.heal()
    assert outputs["error"] is None
    assert (outputs["phase"], outputs["version"]) == ("ready", 2)
    world.nothing_lost(outputs, tally)
    assert world.kinds() == ["function", "mapping", "role"]
    assert len(world.account.tables()) == 3
    assert sum(struck.values()) >= len(SLOW)
    for name, times in struck.items():
        tally.add(name, times)


@pytest.mark.parametrize("seed", range(dose(1)))
@pytest.mark.parametrize("behind_a_fence", [False, True], ids=["hand-over", "fenced"])
def test_a_migration_under_all_faults_at_once_is_finished_and_reads_nothing_stale(
    world: World, tally: Tally, behind_a_fence: bool, seed: int
) -> None:
    stale = Stale()
    table = world.begin(ITEMS)
    rules = [*fresh(MIXED), Rule(stale, READS)]
    world.afflict(operator=rules, replicator=[*fresh(MIXED), Rule(stale, READS)], seed=seed)
    with world.writing(table):
        outputs = world.up(fenced if behind_a_fence else converted)
    struck = world.heal()
    assert outputs["error"] is None
    world.nothing_lost(outputs, tally)
    assert world.kinds() == ([] if behind_a_fence else ["function", "mapping", "role"])
    assert stale.inconsistent == 0
    del struck["stale"]
    for name, times in struck.items():
        tally.add(name, times)


@pytest.mark.parametrize("fault", [faults.error_after, faults.hang_up_after], ids=["error", "no answer"])
def test_every_call_knows_its_own_effect_again(world: World, tally: Tally, fault: Fault) -> None:
    """The first two of each kind of call take effect, and their answers are lost; from the first `up` to the last."""
    lost = [Rule(fault, frozenset({operation}), times=2) for operation in sorted(EFFECTIVE)]
    world.afflict(operator=lost, replicator=[Rule(fault, EFFECTIVE, chance=0.05)])
    table = world.begin(ITEMS)
    with world.writing(table):
        outputs = world.up(settled)
    assert outputs["error"] is None
    world.nothing_lost(outputs, tally)
    assert world.kinds() == ["function", "mapping", "role"]
    outputs = world.up(retired)
    assert (outputs["error"], list(outputs["tables"])) == (None, ["2"])
    world.nothing_lost(outputs, tally, retired=True)
    world.destroy(retired)
    assert (world.kinds(), world.account.tables()) == ([], [])
    assert len(world.account.dynamodb.list_backups()["BackupSummaries"]) == 1
    assert {one for rule in lost if rule.done < 2 for one in rule.on} == {"CreateBackup", "DeleteResourcePolicy"}
    for name, times in world.heal().items():
        tally.add(name, times)


LASTING = {
    "one call, done late": ("make the replicator", Rule(faults.late_after_error, on("CreateFunction"))),
    "copying": ("backfill: scan", Rule(faults.throttle, on("BatchExecuteStatement"))),
    "all gone": ("", Rule(faults.hang_up_before, spared=100)),
}
"""At which step it must say that it stands, and the rule."""

HURRIED = PATIENT | {"control": 1, "failing": 1, "throttled": 1, "lease": 10}


@pytest.mark.parametrize("what", LASTING)
def test_a_fault_that_lasts_ends_in_one_clear_error_and_the_next_up_goes_on(
    world: World, tally: Tally, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setenv(TIMING_VARIABLE, json.dumps(HURRIED))
    table = world.begin(ITEMS)
    step, rule = LASTING[what]
    world.afflict(operator=fresh([rule]))
    began = time.monotonic()
    with world.writing(table):
        told = world.failing_up(converted)
    assert re.search(rf"This went on for as long as it is borne. It stands at step \d of \d: .*{step}", told), told
    assert told.count("pulumi up") == 1
    assert time.monotonic() - began < 60  # in use the shortest of these budgets is a minute
    for name, times in world.heal().items():
        tally.add(name, times)
    monkeypatch.setenv(TIMING_VARIABLE, json.dumps(PATIENT))
    outputs = world.up_once_free(converted)
    assert outputs["error"] is None
    world.nothing_lost(outputs, tally)
    assert world.kinds() == ["function", "mapping", "role"]
    assert len(world.account.tables()) == 3
