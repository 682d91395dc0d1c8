"""Worker processes under the real engine: its plugin starts them, and they end with the `up` that is lost."""

from __future__ import annotations

from functools import partial

import pytest

from tests.emulator.workers import workers_of
from tests.eventually import eventually
from tests.soaking import Tally
from tests.stacks.account import Account
from tests.stacks.conftest import MakeProgram
from tests.stacks.programs import RANGED, program
from tests.stacks.test_killed import ENGINE, ITEMS, MANY, UNITS, begun, in_mid_copy, is_released

pytestmark = pytest.mark.stack

SLOW = program(**RANGED, migration={"processes": 2, "segments": 32, "max_write_units": UNITS})
FAST = program(**RANGED, migration={"processes": 2, "segments": 32})


def test_workers_stop_with_a_lost_engine_and_those_of_the_next_up_go_on(
    account: Account, make_program: MakeProgram, tally: Tally
) -> None:
    stack, name = begun(account, make_program, items=ITEMS)
    stack.edit(SLOW)
    running = stack.start("up", "--yes", "--skip-preview")
    plugin = running.plugin()
    in_mid_copy(account, name)
    workers = workers_of(plugin.pid)
    assert len(workers) == 2
    running.kill_cli()
    tally.add(ENGINE)
    eventually(partial(is_released, account), within=30)
    for worker in workers:
        eventually(worker.gone, within=10)
    assert account.count(f"{name}_V2") < MANY
    stack.cancel().ok()
    stack.edit(FAST)
    stack.up("--skip-preview").ok()
    told = stack.outputs()
    assert (told["version"], told["conflicts"], told["failed_items"], told.get("error")) == (2, 0, 0, None)
    assert account.items(f"{name}_V2") == account.items(name)
    stack.preview("--expect-no-changes").ok()
    tally.acknowledged(writes=MANY, lost=0)
