"""`Migration(fence=True)`: writes to the old table are denied, drained, compared, moved; also where items may meet."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.eventually import eventually
from tests.stacks.account import Account, texts
from tests.stacks.conftest import MakeProgram
from tests.stacks.harness import Program
from tests.stacks.programs import BY_CUSTOMER, PLAIN, RANGED, program

pytestmark = pytest.mark.stack

ITEMS: list[dict[str, Any]] = [{"id": f"k{n:03}", "at": n, "customer": f"c{n}"} for n in range(60)]
FENCE = {"fence": True}


class Writer:
    """Moves customers from item to item through the policies, until it is denied."""

    def __init__(self, account: Account, table: str) -> None:
        self.journal: list[dict[str, Any]] = []
        self.denied = ""
        self._account, self._table = account, table
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def _write(self) -> None:
        number = 0
        while not self.denied:
            number += 1
            item = {"id": f"k{number % 60:03}", "at": number, "customer": f"c{(number * 7) % 60}-{number}"}
            try:
                self._account.put(self._table, [item])
            except ClientError as error:
                self.denied = str(error)
            else:
                self.journal.append(item)

    def ended(self) -> list[dict[str, Any]]:
        """What every write that was acknowledged comes to, once it is denied."""
        self._thread.join(60)
        assert "explicit deny" in self.denied
        return list({item["id"]: item for item in [*ITEMS, *self.journal]}.values())


def begun(account: Account, make: MakeProgram) -> tuple[Program, str]:
    """A first version with items."""
    stack = make(program(**PLAIN))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, ITEMS)
    return stack, name


def cut_over(stack: Program, account: Account, name: str) -> dict[str, Any]:
    """What is so after every fenced cut-over."""
    told = stack.outputs()
    assert (told["phase"], told["version"], told["name"]) == ("ready", 2, f"{name}_V2")
    assert told["history"][-1]["cut_over"] == "fenced"
    assert account.helpers() == []
    stack.preview("--expect-no-changes").ok()
    return told


def test_a_writer_is_denied_and_everything_that_was_acknowledged_is_in_the_new_table(
    account: Account, fenced: Account, make_fenced: MakeProgram
) -> None:
    stack, name = begun(account, make_fenced)
    writer = Writer(fenced, name)
    stack.edit(program(**RANGED, migration=FENCE))
    told = stack.preview().ok().text
    assert f"writes to {name} are refused from the cut-over on" in told
    assert "cut over behind a fence" in told
    assert not writer.denied
    stack.up("--skip-preview").ok()
    written = writer.ended()
    assert len(writer.journal) > 100
    cut_over(stack, account, name)
    assert texts(account.items(name)) == texts(written)
    newest = {item["id"]: item for item in written}
    found = [item for item in account.items(f"{name}_V2") if newest[item["id"]]["at"] == item["at"]]
    assert texts(found) == texts(written)
    fenced.put(f"{name}_V2", [{"id": "k000", "at": 10**6}])
    with pytest.raises(ClientError, match="explicit deny"):
        fenced.put(name, [{"id": "k000"}])
    stack.destroy("--skip-preview").ok()


def test_items_that_may_meet_are_held_and_then_served_behind_a_fence(
    account: Account, fenced: Account, make_fenced: MakeProgram
) -> None:
    stack, name = begun(account, make_fenced)
    stack.edit(program(**BY_CUSTOMER))
    stack.up("--skip-preview").ok()
    told = stack.outputs()
    assert (told["phase"], told["version"]) == ("held", 1)
    stack.preview("--expect-no-changes").ok()
    # They take turns at their keys while it is held: which order the shards had is not known.
    writer = Writer(fenced, name)
    eventually(lambda: busy(writer), within=30)
    stack.edit(program(**BY_CUSTOMER, migration=FENCE))
    assert f"cut over to {name}_V2, which was held" in stack.up().ok().text
    written = writer.ended()
    cut_over(stack, account, name)
    assert texts(account.items(f"{name}_V2")) == texts(written)


def busy(writer: Writer) -> None:
    assert len(writer.journal) > 60


def test_two_items_that_share_a_key_stop_the_cut_over_before_anybody_is_denied(
    account: Account, fenced: Account, make_fenced: MakeProgram
) -> None:
    stack, name = begun(account, make_fenced)
    account.put(name, [{"id": "twin", "customer": "c1"}])
    stack.edit(program(**BY_CUSTOMER, migration=FENCE))
    told = stack.up("--skip-preview").failed().text
    assert "collision S:c1" in told
    assert "the old table is untouched and still served" in told
    assert "probing" not in told
    [resource] = stack.resources(":MigratedTable")
    assert (resource["outputs"]["phase"], resource["outputs"]["version"]) == ("failed", 1)
    fenced.put(name, [{"id": "still", "customer": "allowed"}])
    fenced.delete(name, {"id": "twin"})
    stack.up("--skip-preview").ok()
    cut_over(stack, account, name)
    assert {item["customer"] for item in account.items(f"{name}_V2")} >= {"c1", "allowed"}


def test_without_enforcement_there_is_no_fence_and_the_old_table_goes_on_being_served(
    account: Account, make_program: MakeProgram
) -> None:
    stack, name = begun(account, make_program)
    stack.edit(program(**RANGED, migration=FENCE))
    told = stack.up("--skip-preview").failed().text
    assert f"Writes to {name} go on although its resource policy denies them" in told
    account.put(name, [{"id": "still", "at": 1}])
    stack.edit(program(**RANGED))
    stack.up("--skip-preview").ok()
    assert stack.outputs()["version"] == 2
    assert texts(account.items(f"{name}_V2")) == texts(account.items(name))


def test_an_up_that_died_after_the_outputs_moved_has_told_nobody_and_the_old_table_outlives_the_next(
    account: Account, make_fenced: MakeProgram
) -> None:
    """Guards the readers of the stack: they follow in the `up` that ends well, and only a later one may delete."""
    stack, name = begun(account, make_fenced)
    stack.edit(program(**RANGED, migration=FENCE, retire=[1]))
    running = stack.start("up", "--yes", "--skip-preview")

    def moved() -> None:
        [row] = [row for row in account.ledger(under="table#") if row["sk"] == "entry"]
        assert row["served"] == 2

    eventually(moved, within=120, every=0.02)
    running.kill_all()
    stack.cancel().ok()
    stack.up("--skip-preview").ok()
    told = stack.outputs()
    assert (told["version"], told["phase"], name in account.tables()) == (2, "ready", True)
    [waiting] = told["pending"]
    assert waiting["why"] == "it was served when this `up` began"
    stack.up("--skip-preview").ok()
    assert name not in account.tables()
    stack.preview("--expect-no-changes").ok()
