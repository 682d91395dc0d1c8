"""A copy whose every insert is throttled, and which is to end: it does so at once, whatever it is waiting for.

Its pauses between two attempts are up to a minute from the first on, of eight workers each.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.emulator import faults
from tests.emulator.faulty import Faulty, Rule, on
from tests.emulator.life import TIMING, Life, urn_of
from tests.eventually import eventually
from tests.soaking import Tally
from tests.stacks.account import Account
from tools.embedded_aws import EmbeddedAws
from tools.shell_env import ROOT

pytestmark = pytest.mark.emulator

WORKERS, SECONDS = 8, 20.0
ITEMS = [{"id": f"k{number}", "at": number} for number in range(25 * WORKERS)]
PATIENT = json.dumps({**json.loads(TIMING), "retry_base": 60, "retry_cap": 60})
_numbers = count(1)


@pytest.fixture
def operator(aws: EmbeddedAws) -> Iterator[Faulty]:
    aws.reset()
    with Faulty(aws.endpoint) as proxy:
        yield proxy
    aws.reset()


def bag(urn: str, **more: Any) -> dict[str, Any]:
    """What the program asks."""
    told = {"function_timeout": 1, "workers": WORKERS, "segments": 1}
    return {"hash_key": "id", "attributes": {"id": "S"}, "migration": told, "__urn": urn, **more}


def ranged(urn: str) -> dict[str, Any]:
    """Another key."""
    return bag(urn, range_key="at", attributes={"id": "S", "at": "N"})


@pytest.fixture
def life(aws: EmbeddedAws, operator: Faulty) -> Life:
    """A table whose copy will get nowhere."""
    made = Life(aws, operator, urn_of(f"stopped{next(_numbers)}"), timing=PATIENT)
    Account(aws).put(made.up(bag(made.urn))["name"], ITEMS)
    operator.afflict([Rule(faults.throttle, on=on("BatchExecuteStatement"))])
    return made


def all_pause(operator: Faulty) -> None:
    assert operator.struck()["throttle"] >= WORKERS


def ended(process: subprocess.Popen[str]) -> str:
    """What it says in the end."""
    told, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, errors
    return str(json.loads(told)[1]["error"])


def carries_on(aws: EmbeddedAws, life: Life, operator: Faulty, tally: Tally) -> None:
    """The next `up` finishes what was begun."""
    tally.add("throttled", operator.struck()["throttle"])
    operator.heal()
    outputs = life.up(ranged(life.urn))
    account = Account(aws)
    assert (outputs["version"], outputs["error"]) == (2, None)
    copied = account.items(outputs["name"])
    tally.acknowledged(writes=len(ITEMS), lost=len(ITEMS) - len(copied))
    assert copied == account.items(outputs["name"].removesuffix("_V2"))


def test_a_stop_request_ends_it_in_the_middle_of_its_pauses(
    aws: EmbeddedAws, life: Life, operator: Faulty, tally: Tally
) -> None:
    process = life.start(ranged(life.urn))
    eventually(lambda: all_pause(operator), within=60)
    name = life.urn.rpartition("::")[2]
    stop = subprocess.run(
        [sys.executable, "-m", "pulumi_dynamo_migrator", "stop", name, "--wait", str(SECONDS)],
        env={**aws.environment(), "PULUMI_DYNAMO_MIGRATOR_TIMING": PATIENT, "PATH": "", "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert stop.returncode == 0, stop.stdout + stop.stderr
    assert "was asked to stop" in ended(process)
    carries_on(aws, life, operator, tally)
