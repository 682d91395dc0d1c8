"""The commands of another terminal: what is asked of a running `up`, and how one is stopped, by the real program."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from pulumi_dynamo_migrator.system import TIMING_VARIABLE
from tests.eventually import eventually
from tests.stacks.account import Account, texts
from tests.stacks.conftest import MakeProgram
from tests.stacks.harness import Program, Result
from tests.stacks.programs import PLAIN, RANGED, program
from tests.stacks.test_killed import FAST, ITEMS, MANY, begun, ends_right, in_mid_copy, write_meanwhile

pytestmark = pytest.mark.stack

UNITS = 100
"""Write units a second: the copy takes 50 s, so that commands have the time to start."""
WHY = "the flash sale begins"


def command(stack: Program, *words: str) -> Result:
    """Run it as a user does, from another folder, with the stack's way to AWS."""
    line = [sys.executable, "-m", "pulumi_dynamo_migrator", *words]
    ran = subprocess.run(
        line, cwd=stack.folder.parent, env=stack.environment, capture_output=True, text=True, timeout=120, check=False
    )
    return Result(" ".join(line), ran.returncode, ran.stdout, ran.stderr)


def only(stack: Program) -> dict[str, Any]:
    """What `status --json` says of the one table."""
    [one] = command(stack, "status", "--json").ok().json
    assert isinstance(one, dict)
    return one


def lease(account: Account) -> dict[str, Any]:
    """Read the lease as it lies in the ledger."""
    [row] = [row for row in account.ledger(under="table#") if row["sk"] == "lease"]
    return row


def test_an_up_in_mid_copy_is_stopped_from_another_terminal_and_the_next_one_loses_nothing(
    account: Account, make_program: MakeProgram
) -> None:
    stack, name = begun(account, make_program, items=ITEMS)
    before = command(stack, "status", "orders").ok().text
    assert "phase       ready" in before
    assert f"serves      version 1, table {name}" in before
    assert "at work     nobody" in before

    stack.edit(program(**RANGED, migration={"max_write_units": UNITS, "segments": 64}))
    running = stack.start("up", "--yes", "--skip-preview")
    in_mid_copy(account, name)
    during = only(stack)
    assert (during["phase"], during["served"], during["migration"]["stage"]) == ("migrating", 1, "copying")
    assert 0 < during["migration"]["copied"] < MANY
    assert during["at_work"]["asked_to_stop"] is None
    [replicator] = during["replicators"]
    assert (replicator["word"], replicator["failed_items"], replicator["conflicts"]) == ("open", 0, 0)

    told = command(stack, "stop", f"{name}_V2", "--because", WHY).ok().text
    assert "was asked to stop" in told
    assert "nobody is at work on it any more" in told
    assert f"Its phase is migrating (to version 2, table {name}_V2, at copying)" in told
    ended = running.wait(30).failed().text
    assert "This run was asked to stop by" in ended
    assert f"because: {WHY}." in ended
    assert "what now: run `pulumi up` again; it continues." in ended
    assert "Traceback" not in ended
    assert lease(account)["released"] is True
    assert account.count(f"{name}_V2") < MANY

    after = command(stack, "status").ok().text
    assert "phase       migrating" in after
    assert "at copying" in after
    assert "at work     nobody: the last one was asked to stop by" in after
    [resource] = stack.resources(":MigratedTable")
    assert (resource["outputs"]["name"], resource["outputs"]["version"]) == (name, 1)

    written = write_meanwhile(account, name)
    stack.edit(FAST)
    assert "resume the migration" in stack.preview().ok().text
    ends_right(stack, account, name)
    assert account.items(f"{name}_V2") == written
    done = only(stack)
    assert (done["phase"], done["served"], done["migration"], done["at_work"]) == ("ready", 2, None, None)
    assert done["replicators"][0]["word"] == "late"


def test_an_up_behind_a_fence_allows_writes_again_when_it_is_stopped(
    account: Account, fenced: Account, make_fenced: MakeProgram
) -> None:
    stack = make_fenced(program(**PLAIN))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, ITEMS[:60])
    stack.edit(program(**RANGED, migration={"fence": True}))
    timing = stack.environment[TIMING_VARIABLE]
    stack.environment[TIMING_VARIABLE] = json.dumps({**json.loads(timing), "drain": 600})
    running = stack.start("up", "--yes", "--skip-preview")

    def draining() -> None:
        assert account.word() == "stop" or "is drained" in running.text
        assert "are denied" in command(stack, "status", name).ok().text

    eventually(draining, within=120)
    told = command(stack, "stop", name).ok().text
    assert "nobody is at work on it any more" in told
    assert "This run was asked to stop by" in running.wait(30).failed().text
    status = only(stack)
    assert (status["served"], status["fence"], status["phase"]) == (1, None, "migrating")
    fenced.put(name, [{"id": "allowed", "at": 1}])

    stack.environment[TIMING_VARIABLE] = timing
    stack.up("--skip-preview").ok()
    assert stack.outputs()["version"] == 2
    assert texts(account.items(f"{name}_V2")) == texts(account.items(name))
    assert only(stack)["frozen"] == [1]


def test_a_copy_that_outlasts_its_up_is_carried_on_from_another_terminal(
    account: Account, make_program: MakeProgram
) -> None:
    stack, name = begun(account, make_program, items=ITEMS)
    bounded = program(**RANGED, migration={"max_write_units": UNITS, "segments": 64, "wait_for": 10})
    stack.edit(bounded)
    assert "wait_for" in stack.up("--skip-preview").ok().text
    assert 0 < account.count(f"{name}_V2") < MANY
    bit = command(stack, "resume", "orders", "--max-write-units", str(UNITS), "--wait-for", "1").failed()
    assert bit.rc == 3
    assert f"carry the copy to {name}_V2 on at copying" in bit.text
    written = write_meanwhile(account, name)
    told = command(stack, "resume", "orders").ok().text
    assert "both tables are equal, and are kept in step. `pulumi up` moves the outputs." in told
    assert account.items(f"{name}_V2") == written
    after = only(stack)
    assert (after["phase"], after["served"], after["migration"]["stage"]) == ("migrating", 1, "verified")
    assert after["at_work"] is None
    again = command(stack, "resume", "orders").failed()
    assert again.rc == 1
    assert "was found equal" in again.text

    stack.edit(program(**RANGED))
    ends_right(stack, account, name)
    nothing = command(stack, "resume", "orders").failed()
    assert nothing.stderr.startswith("error: orders-")
    assert "has no copy under way: its phase is ready." in nothing.stderr


def test_where_nobody_is_at_work_it_is_said(account: Account, make_program: MakeProgram) -> None:
    stack = make_program(program(**PLAIN))
    assert "No MigratedTable is known in us-east-1" in command(stack, "status").ok().stdout
    assert command(stack, "status", "--json").ok().json == []
    nowhere = command(stack, "stop", "orders").failed()
    assert nowhere.rc == 1
    assert "No MigratedTable is known in us-east-1" in nowhere.stderr

    stack.up("--skip-preview").ok()
    urn = stack.resources(":MigratedTable")[0]["urn"]
    told = command(stack, "stop", urn).ok().text
    assert "nobody is at work on it." in told
    assert "Its phase is ready" in told
    assert "stop" not in lease(account)
    unknown = command(stack, "stop", "customers").failed()
    assert unknown.rc == 1
    assert "No MigratedTable in us-east-1 is called customers. There are:" in unknown.stderr
    assert command(stack, "status", "--region", "eu-west-1").ok().stdout.startswith("No MigratedTable is known")
    assert command(stack, "stop").failed().rc == 2
    stack.preview("--expect-no-changes").ok()
