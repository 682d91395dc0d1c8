"""An `up` that stopped at an item: reverted it leaves nothing, and with the item mended it goes on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stacks.account import Account
from tests.stacks.conftest import MakeProgram
from tests.stacks.harness import Program
from tests.stacks.programs import PLAIN, Code, program

pytestmark = pytest.mark.stack

ITEMS: list[dict[str, Any]] = [{"id": f"k{number:03}", "price": f"{number}.50"} for number in range(300)]
BAD = {"id": "k777", "price": "cheap"}

CENTS = """
def cents(item):
    whole, _, rest = item.price.partition(".")
    item["cents"] = int(whole) * 100 + int(rest)
    return item
"""
CONVERTED = program(**PLAIN, before=CENTS, conversions=Code("[Conversion(2, cents)]"))


def stopped(account: Account, make_program: MakeProgram) -> tuple[Program, str]:
    """Have a migration that stopped at an item which its conversion cannot take."""
    stack = make_program(program(**PLAIN))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, [*ITEMS, BAD])
    stack.edit(CONVERTED)
    told = stack.up("--skip-preview").failed()
    assert told.rc == 1
    assert "k777" in told.text
    assert "conversion 2" in told.text
    assert "Traceback" not in told.text
    [resource] = stack.resources(":MigratedTable")
    outputs = resource["outputs"]
    assert (outputs["phase"], outputs["version"], outputs["name"]) == ("failed", 1, name)
    assert "k777" in outputs["error"]
    assert stack.state()["deployment"].get("pending_operations", []) == []
    return stack, name


def test_a_reverted_program_abandons_what_stopped_and_leaves_nothing(
    account: Account, make_program: MakeProgram
) -> None:
    stack, name = stopped(account, make_program)
    before = account.items(name)

    stack.edit(program(**PLAIN))
    assert "abandon the unfinished migration" in stack.up().ok().text
    told = stack.outputs()
    assert (told["phase"], told.get("error"), told["name"], told["tables"]) == ("ready", None, name, {"1": name})
    assert (told["conflicts"], told["failed_items"]) == (0, 0)
    assert account.tables() == sorted([name, "pulumi-dynamo-migrator"])
    assert account.helpers() == []
    assert account.ledger(under="migration#") == []
    assert account.items(name) == before
    assert not account.describe(name).get("StreamSpecification", {}).get("StreamEnabled", False)
    stack.preview("--expect-no-changes").ok()


def test_when_the_item_is_mended_the_next_up_goes_on_to_the_end(account: Account, make_program: MakeProgram) -> None:
    stack, name = stopped(account, make_program)
    told = stack.preview().ok()
    assert "resume the migration" in told.text
    assert "k777" in told.text

    account.put(name, [{**BAD, "price": "777.50"}])
    stack.up("--skip-preview").ok()
    outputs = stack.outputs()
    assert (outputs["phase"], outputs["version"], outputs.get("error")) == ("ready", 2, None)
    assert outputs["failed_items"] == 0
    found = {item["id"]: item["cents"] for item in account.items(outputs["name"])}
    assert found == {item["id"]: int(item["id"][1:]) * 100 + 50 for item in [*ITEMS, BAD]}
    stack.preview("--expect-no-changes").ok()


def test_another_conversion_in_its_place_abandons_and_begins_again(account: Account, make_program: MakeProgram) -> None:
    stack, name = stopped(account, make_program)
    lenient = CENTS.replace("whole, _", "if item.price == 'cheap':\n        return None\n    whole, _")
    stack.edit(program(**PLAIN, before=lenient, conversions=Code("[Conversion(2, cents)]")))
    told = stack.up().ok()
    assert "abandon" in told.text
    outputs = stack.outputs()
    assert (outputs["phase"], outputs["version"]) == ("ready", 2)
    assert len(account.items(outputs["name"])) == len(ITEMS)
    assert len(account.helpers()) == 3
    assert "k777" in {item["id"] for item in account.items(name)}
    stack.preview("--expect-no-changes").ok()
