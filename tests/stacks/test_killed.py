"""`kill -9` at any moment: the next `up` goes on, and ends with every item, whatever was written meanwhile."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.eventually import eventually
from tests.soaking import Tally
from tests.stacks.account import Account
from tests.stacks.conftest import MakeProgram
from tests.stacks.harness import Program, Running
from tests.stacks.programs import PLAIN, RANGED, program

pytestmark = pytest.mark.stack

MANY = 5000
UNITS = 700
"""Write units a second: the copy of 5,000 items takes about 7 s."""

ITEMS: list[dict[str, Any]] = [{"id": f"k{number:05}", "at": number, "text": "x" * 20} for number in range(MANY)]
SLOW = program(**RANGED, migration={"max_write_units": UNITS})
FAST = program(**RANGED)

PLUGIN, ENGINE, BOTH = "kill -9 of the provider", "kill -9 of the engine", "kill -9 of engine and provider"


def begun(account: Account, make_program: MakeProgram, *, items: list[dict[str, Any]]) -> tuple[Program, str]:
    """Have a first version with these items, and a program that asks for the second."""
    stack = make_program(program(**PLAIN))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, items)
    stack.edit(SLOW)
    return stack, name


def in_mid_copy(account: Account, name: str) -> None:
    def copying() -> None:
        assert account.count(f"{name}_V2") >= MANY // 5

    eventually(copying, within=120, every=0.2)
    assert account.count(f"{name}_V2") < MANY


def write_meanwhile(account: Account, name: str) -> list[dict[str, Any]]:
    """Change, add and delete items of the old table; give what it holds then."""
    account.put(name, [{**item, "text": "changed"} for item in ITEMS[::500]])
    account.put(name, [{"id": f"new{number}", "at": number} for number in range(5)])
    for item in (ITEMS[1], ITEMS[MANY // 2 + 1], ITEMS[-1]):
        account.delete(name, {"id": item["id"]})
    return account.items(name)


def ends_right(stack: Program, account: Account, name: str) -> None:
    """Go on without the brake; everything of the old table is in the new one, and is served."""
    stack.edit(FAST)
    stack.up("--skip-preview").ok()
    told = stack.outputs()
    assert (told["phase"], told["version"], told["name"]) == ("ready", 2, f"{name}_V2")
    assert (told["conflicts"], told["failed_items"], told.get("error")) == (0, 0, None)
    assert account.items(f"{name}_V2") == account.items(name)
    assert account.tables() == sorted([name, f"{name}_V2", "pulumi-dynamo-migrator"])
    assert len(account.helpers()) == 3
    stack.preview("--expect-no-changes").ok()


def test_a_plugin_killed_in_mid_copy_is_continued_by_the_next_up(
    account: Account, make_program: MakeProgram, tally: Tally
) -> None:
    stack, name = begun(account, make_program, items=ITEMS)
    running = stack.start("up", "--yes", "--skip-preview")
    in_mid_copy(account, name)
    running.kill_plugin()
    tally.add(PLUGIN)
    running.wait().failed()
    written = write_meanwhile(account, name)
    copied = account.count(f"{name}_V2")
    assert MANY // 5 <= copied < MANY

    stack.edit(FAST)
    assert "resume the migration" in stack.preview().ok().text
    ends_right(stack, account, name)
    assert account.items(f"{name}_V2") == written
    tally.acknowledged(writes=len(written), lost=0)


def is_released(account: Account) -> None:
    [lease] = [row for row in account.ledger(under="table#") if row["sk"] == "lease"]
    assert lease["released"] is True, lease


def test_a_killed_cli_leaves_an_orphan_that_stops_by_itself_and_the_next_up_goes_on(
    account: Account, make_program: MakeProgram, tally: Tally
) -> None:
    stack, name = begun(account, make_program, items=ITEMS)
    running = stack.start("up", "--yes", "--skip-preview")
    plugin = running.plugin()
    in_mid_copy(account, name)
    running.kill_cli()
    tally.add(ENGINE)
    write_meanwhile(account, name)
    assert "locked" in stack.up("--skip-preview").failed().text
    stack.cancel().ok()

    eventually(partial(is_released, account), within=30)
    assert account.count(f"{name}_V2") < MANY
    ends_right(stack, account, name)
    assert plugin in stack.processes()  # it does no harm, and is ended with the test


def test_when_everything_is_killed_in_mid_copy_the_next_up_goes_on(
    account: Account, make_program: MakeProgram, tally: Tally
) -> None:
    stack, name = begun(account, make_program, items=ITEMS)
    running = stack.start("up", "--yes", "--skip-preview")
    in_mid_copy(account, name)
    running.kill_all()
    tally.add(BOTH)
    write_meanwhile(account, name)
    stack.cancel().ok()
    ends_right(stack, account, name)


def there_is_a_successor(account: Account, name: str) -> None:
    assert f"{name}_V2" in account.tables()


def there_is_a_role(account: Account, _name: str) -> None:
    assert account.helpers()


def there_is_a_mapping(account: Account, _name: str) -> None:
    assert any(one.startswith("mapping") for one in account.helpers())


def it_is_noting(account: Account, _name: str) -> None:
    assert account.word() == "noting"


def it_is_late(account: Account, _name: str) -> None:
    assert account.word() == "late"


def it_is_planned(account: Account, _name: str) -> None:
    assert any("migrating" in str(row) for row in account.ledger(under="table#"))


MOMENTS = (it_is_planned, there_is_a_successor, there_is_a_role, there_is_a_mapping, it_is_noting, it_is_late)


def test_killed_at_each_step_of_preparing_and_handing_over_it_goes_on_as_well(
    account: Account, make_program: MakeProgram, tally: Tally
) -> None:
    """One life that dies six times."""
    stack, name = begun(account, make_program, items=ITEMS[:60])
    for moment in MOMENTS:
        running: Running = stack.start("up", "--yes", "--skip-preview")
        eventually(partial(moment, account, name), within=120, every=0.02)
        running.kill_all()
        tally.add(BOTH)
        stack.cancel().ok()
    ends_right(stack, account, name)
    tally.acknowledged(writes=60, lost=0)


def test_a_create_that_was_killed_is_taken_up_under_the_name_it_had_drawn(
    account: Account, make_program: MakeProgram, tally: Tally
) -> None:
    stack = make_program(program(**PLAIN))
    running = stack.start("up", "--yes", "--skip-preview")

    def drawn() -> None:
        assert any(row["sk"] == "entry" for row in account.ledger(under="table#"))

    eventually(drawn, within=120, every=0.02)
    running.kill_all()
    tally.add(BOTH)
    stack.cancel().ok()
    stack.up("--skip-preview").ok()
    assert account.tables() == sorted([stack.outputs()["name"], "pulumi-dynamo-migrator"])
    stack.preview("--expect-no-changes").ok()


def test_a_program_put_back_after_a_kill_abandons_what_the_state_has_never_heard_of(
    account: Account, make_program: MakeProgram, tally: Tally
) -> None:
    """Pulumi's state says what the program says again: only the ledger knows of the migration."""
    stack, name = begun(account, make_program, items=ITEMS)
    before = account.items(name)
    running = stack.start("up", "--yes", "--skip-preview")
    in_mid_copy(account, name)
    running.kill_plugin()
    tally.add(PLUGIN)
    running.wait().failed()

    stack.edit(program(**PLAIN))
    assert "abandon the unfinished migration" in stack.up().ok().text
    assert account.tables() == sorted([name, "pulumi-dynamo-migrator"])
    assert account.helpers() == []
    told = stack.outputs()
    assert (told["phase"], told["version"], told["name"]) == ("ready", 1, name)
    stack.preview("--expect-no-changes").ok()
    stack.refresh("--expect-no-changes").ok()
    assert account.items(name) == before
    tally.acknowledged(writes=MANY, lost=0)
