"""`kill -9` of the provider, the engine or both, again and again at random moments of two migrations in a row.

The last `up` ends with every item in the last table. The seed is printed: `SEED=…` in the environment begins with the
same moments.
"""

from __future__ import annotations

import os
import random
import time
from enum import Enum, auto
from functools import partial
from typing import Any

import pytest

from tests.eventually import eventually
from tests.soaking import Tally, dose
from tests.stacks.account import Account, texts
from tests.stacks.conftest import MakeProgram
from tests.stacks.harness import Program, Running
from tests.stacks.processes import Process
from tests.stacks.programs import PLAIN, RANGED, program
from tests.stacks.test_killed import BOTH, ENGINE, PLUGIN

pytestmark = pytest.mark.stack

ITEMS: list[dict[str, Any]] = [{"id": f"k{number:03}", "at": number, "text": "x" * 20} for number in range(300)]
INDEXED = {
    **RANGED,
    "attributes": {**RANGED["attributes"], "text": "S"},
    "local_secondary_indexes": [{"name": "by_text", "range_key": "text", "projection_type": "ALL"}],
}
ROADS = (RANGED, INDEXED)
BRAKE = {"max_write_units": 200, "function_timeout": 1}
STRIKES = 8
"""For each road. With those of test_killed.py at least 25 of the real engine and its plugin in a run of all tests."""


class End(Enum):
    """How an `up` ended that was to be killed."""

    KILLED = auto()
    FINISHED = auto()
    """It was done before."""
    REFUSED = auto()
    """An orphan of an earlier one was still at work."""


@pytest.mark.parametrize("life", range(dose(1)))
def test_killed_at_random_moments_nothing_is_lost(
    account: Account, make_program: MakeProgram, tally: Tally, life: int
) -> None:
    seed = int(os.environ.get("SEED", random.randrange(1 << 30))) + life
    print(f"SEED={seed - life}")
    moments = random.Random(seed)
    stack = make_program(program(**PLAIN))
    stack.up("--skip-preview").ok()
    account.put(stack.outputs()["name"], ITEMS)
    for road in ROADS:
        stack.edit(program(**road, migration=BRAKE))
        for _ in range(STRIKES):
            victim = moments.choice((PLUGIN, ENGINE, BOTH))
            end = struck(stack, victim, after=moments.uniform(0.0, 3.0))
            if end is End.FINISHED:
                break
            if end is End.KILLED:
                tally.add(victim)
        eventually(partial(nobody_works, stack, account), within=60)
        stack.up("--skip-preview").ok()
    ends_right(stack, account)
    tally.acknowledged(writes=len(ROADS) * len(ITEMS), lost=0)


def struck(stack: Program, victim: str, *, after: float) -> End:
    """One `up`, so many seconds after its provider has come to life."""
    running: Running = stack.start("up", "--yes", "--skip-preview")
    plugin = eventually(partial(at_work, running), within=60)
    time.sleep(after)
    by_itself = plugin is None or running.process.poll() is not None
    if plugin is not None and not by_itself:
        strike(running, plugin, victim)
    ended = running.wait()
    if victim != PLUGIN and not by_itself:
        stack.cancel().ok()
    if ended.rc == 0:
        return End.FINISHED
    if "is being worked on by" in ended.text:
        return End.REFUSED
    assert not by_itself, ended.text
    return End.KILLED


def at_work(running: Running) -> Process | None:
    """Its provider; None when it has ended."""
    return None if running.process.poll() is not None else running.plugin(within=0)


def strike(running: Running, plugin: Process, victim: str) -> None:
    if victim == PLUGIN:
        plugin.kill()
    elif victim == ENGINE:
        running.kill_cli()
    else:
        running.kill_all()


def nobody_works(stack: Program, account: Account) -> None:
    """An orphan gives its lease back, or lets it end; a dead one cannot, and holds nobody up."""
    [lease] = [row for row in account.ledger(under="table#") if row["sk"] == "lease"]
    alive = {process.pid for process in stack.processes()}
    assert lease["released"] or lease["owner"]["pid"] not in alive or lease["until"] < time.time(), lease


def ends_right(stack: Program, account: Account) -> None:
    told = stack.outputs()
    assert (told["phase"], told["version"], told.get("error")) == ("ready", len(ROADS) + 1, None)
    assert (told["conflicts"], told["failed_items"]) == (0, 0)
    names = list(told["tables"].values())
    for name in names:
        assert texts(account.items(name)) == texts(ITEMS), name
    assert account.tables() == sorted([*names, "pulumi-dynamo-migrator"])
    assert len(account.helpers()) == 3 * len(ROADS)
    stack.preview("--expect-no-changes").ok()
