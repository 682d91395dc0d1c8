"""`kill -9` of the provider, the engine or both, again and again at random moments of two migrations in a row.

Whatever the engine then says, the last `up` ends with every item in the last table. The seed is printed: `SEED=…` in
the environment begins with the same moments.
"""

from __future__ import annotations

import os
import random
import time
from functools import partial
from typing import Any

import pytest

from tests.eventually import eventually
from tests.soaking import Tally, dose
from tests.stacks.account import Account, texts
from tests.stacks.conftest import MakeProgram
from tests.stacks.harness import Program, Running
from tests.stacks.programs import PLAIN, RANGED, program
from tests.stacks.test_killed import BOTH, ENGINE, PLUGIN, is_released

pytestmark = pytest.mark.stack

ITEMS: list[dict[str, Any]] = [{"id": f"k{number:03}", "at": number, "text": "x" * 20} for number in range(300)]
INDEXED = {
    **RANGED,
    "attributes": {**RANGED["attributes"], "text": "S"},
    "local_secondary_indexes": [{"name": "by_text", "range_key": "text", "projection_type": "ALL"}],
}
ROADS = (RANGED, INDEXED)
BRAKE = {"max_write_units": 200, "function_timeout": 1}
KILLS = 15
"""With those of test_killed.py at least 25 of the real engine and its plugin in a run of all tests."""


@pytest.mark.parametrize("life", range(dose(1)))
def test_killed_at_random_moments_nothing_is_lost(
    account: Account, make_program: MakeProgram, tally: Tally, life: int
) -> None:
    seed = int(os.environ.get("SEED", random.randrange(1 << 30))) + life
    print(f"SEED={seed - life}")
    moments, kills = random.Random(seed), 0
    stack = make_program(program(**PLAIN))
    stack.up("--skip-preview").ok()
    account.put(stack.outputs()["name"], ITEMS)
    for road in ROADS:
        stack.edit(program(**road, migration=BRAKE))
        finished = False
        while kills < KILLS and not finished:
            victim = moments.choice((PLUGIN, ENGINE, BOTH))
            finished = not killed(stack, victim, after=moments.uniform(0.0, 3.0))
            kills += not finished
            if not finished:
                tally.add(victim)
        eventually(partial(is_released_or_dead, stack, account), within=60)
        stack.up("--skip-preview").ok()
    ends_right(stack, account)
    tally.acknowledged(writes=len(ROADS) * len(ITEMS), lost=0)


def killed(stack: Program, victim: str, *, after: float) -> bool:
    """One `up` that is killed, unless it has ended before."""
    running: Running = stack.start("up", "--yes", "--skip-preview")
    plugin = running.plugin()
    time.sleep(after)
    if running.process.poll() is not None:
        return running.wait().rc != 0
    if victim == PLUGIN:
        plugin.kill()
        running.wait()
    elif victim == ENGINE:
        running.kill_cli()
    else:
        running.kill_all()
    if victim != PLUGIN:
        stack.cancel()
    return True


def is_released_or_dead(stack: Program, account: Account) -> None:
    """An orphan gives its lease back; a dead one cannot, and holds nobody up."""
    if stack.processes():
        is_released(account)


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
