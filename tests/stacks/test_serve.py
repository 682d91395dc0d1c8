"""`serve=`: a cut-over is held and let go; one goes back after it only where what was written since may be lost."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.eventually import eventually
from tests.stacks.account import Account, texts
from tests.stacks.conftest import MakeProgram
from tests.stacks.harness import Program
from tests.stacks.programs import PLAIN, RANGED, Code, program

pytestmark = pytest.mark.stack

ITEMS: list[dict[str, Any]] = [{"id": f"k{number:03}", "at": number} for number in range(40)]
DOUBLE = """
def double(item):
    item["at"] = item.at * 2
    return item
"""
DOUBLED: dict[str, Any] = {**PLAIN, "before": DOUBLE, "conversions": Code("[Conversion(2, double)]")}


def begun(account: Account, make: MakeProgram) -> tuple[Program, str]:
    """A first version with items."""
    stack = make(program(**PLAIN))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, ITEMS)
    return stack, name


def test_a_cut_over_is_held_by_serve_kept_in_step_and_let_go(account: Account, make_program: MakeProgram) -> None:
    stack, name = begun(account, make_program)
    stack.edit(program(**RANGED, serve=1))
    said = stack.preview().ok().text
    assert "and hold it (not served)" in said
    assert "serve=1 pins version 1" in said
    stack.up("--skip-preview").ok()
    told = stack.outputs()
    assert (told["phase"], told["version"], told["name"]) == ("held", 1, name)
    stack.preview("--expect-no-changes").ok()

    account.put(name, [{"id": "new", "at": 7}])
    account.delete(name, {"id": "k000"})
    wanted = texts([*ITEMS[1:], {"id": "new", "at": 7}])
    eventually(lambda: same(account, f"{name}_V2", wanted), within=20)

    stack.edit(program(**RANGED, serve=7))
    assert "serve=7: there is no such version" in stack.preview().failed().text

    stack.edit(program(**RANGED))
    assert f"cut over to {name}_V2, which was held" in stack.up().ok().text
    told = stack.outputs()
    assert (told["phase"], told["version"], told["history"][-1]["cut_over"]) == ("ready", 2, "hand-over")
    assert texts(account.items(f"{name}_V2")) == wanted
    stack.preview("--expect-no-changes").ok()


def same(account: Account, table: str, wanted: list[str]) -> None:
    assert texts(account.items(table)) == wanted


def test_going_back_is_refused_unless_loss_is_accepted_and_forward_again_is_a_new_successor(
    account: Account, fenced: Account, make_fenced: MakeProgram
) -> None:
    stack, name = begun(account, make_fenced)
    stack.edit(program(**DOUBLED))
    stack.up("--skip-preview").ok()
    second, third = f"{name}_V2", f"{name}_V3"
    account.put(second, [{"id": "only new", "at": 1}])

    stack.edit(program(**DOUBLED, serve=1))
    said = stack.preview().failed().text
    assert f"what was written to it does not flow back to {name}" in said
    assert "Migration(accept_loss=True)" in said

    stack.edit(program(**DOUBLED, serve=1, migration={"accept_loss": True}))
    said = stack.preview().ok().text
    assert f"serve version 1 ({name}) again" in said
    stack.up("--skip-preview").ok()
    told = stack.outputs()
    assert (told["phase"], told["version"], told["name"]) == ("ready", 1, name)
    assert account.helpers() == []
    with pytest.raises(ClientError, match="explicit deny"):
        fenced.put(second, [{"id": "refused", "at": 1}])
    fenced.put(name, [{"id": "back", "at": 3}])
    assert "back" not in {item["id"] for item in account.items(second)}
    stack.preview("--expect-no-changes").ok()

    stack.edit(program(**DOUBLED))
    assert f"successor {third}" in stack.up().ok().text
    told = stack.outputs()
    assert (told["version"], told["name"]) == (3, third)
    assert texts(account.items(third)) == texts(
        [{**item, "at": item["at"] * 2} for item in [*ITEMS, {"id": "back", "at": 3}]]
    )
    assert [row["route"] for row in told["history"]] == ["create", "successor", "served again", "successor"]
    stack.preview("--expect-no-changes").ok()

    retired = [{"version": 1, "evidence": 0, "backup": False}, {"version": 2, "backup": False}]
    stack.edit(program(**DOUBLED, retire=retired))
    stack.up("--skip-preview").ok()
    assert account.tables() == sorted([third, "pulumi-dynamo-migrator"])
