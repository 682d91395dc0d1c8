"""Two items may meet at one key: the successor is copied, verified and kept in step, and not served."""

from __future__ import annotations

import pytest

from tests.eventually import eventually
from tests.stacks.account import Account
from tests.stacks.conftest import MakeProgram
from tests.stacks.programs import BY_CUSTOMER, PLAIN, Code, program

pytestmark = pytest.mark.stack

ITEMS = [{"id": f"k{number}", "customer": f"c{number}"} for number in range(40)]


def test_what_may_meet_is_held_with_the_reason_and_a_revert_leaves_nothing(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(program(**PLAIN))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, ITEMS)
    before = account.describe(name)

    stack.edit(program(**BY_CUSTOMER))
    told = stack.up().ok()
    assert "two items may meet" in told.text
    assert "distinct_keys=True" in told.text
    outputs = stack.outputs()
    assert (outputs["phase"], outputs["version"], outputs["name"]) == ("held", 1, name)
    assert outputs["hash_key"] == "id"
    assert account.items(f"{name}_V2") == sorted(ITEMS, key=lambda item: item["customer"])
    assert len(account.helpers()) == 3  # function, mapping, role

    stack.preview("--expect-no-changes").ok()
    account.put(name, [{"id": "live", "customer": "live"}])

    def in_step() -> None:
        assert {"id": "live", "customer": "live"} in account.items(f"{name}_V2")

    eventually(in_step, within=30)

    stack.edit(program(**BY_CUSTOMER, tags={"team": "blue"}))
    stack.up("--skip-preview").ok()
    assert stack.outputs()["phase"] == "held"
    assert account.settings(name)["tags"] == {"team": "blue"}

    stack.edit(program(**PLAIN))
    told = stack.up().ok()
    assert "abandon" in told.text
    outputs = stack.outputs()
    assert (outputs["phase"], outputs["version"], outputs["tables"]) == ("ready", 1, {"1": name})
    assert f"{name}_V2" not in account.tables()
    assert account.helpers() == []
    assert account.ledger(under="migration#") == []
    assert account.describe(name)["TableId"] == before["TableId"]
    assert not account.describe(name).get("StreamSpecification", {}).get("StreamEnabled", False)
    assert len(account.items(name)) == 41
    stack.preview("--expect-no-changes").ok()


def test_a_promise_given_while_it_is_held_makes_it_a_new_successor_that_is_served(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(program(**PLAIN))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, ITEMS)
    same = "def same(item):\n    return item\n"
    stack.edit(program(**BY_CUSTOMER, before=same, conversions=Code("[Conversion(2, same)]")))
    stack.up("--skip-preview").ok()
    assert stack.outputs()["phase"] == "held"

    stack.edit(program(**BY_CUSTOMER, before=same, conversions=Code("[Conversion(2, same, distinct_keys=True)]")))
    stack.up("--skip-preview").ok()
    outputs = stack.outputs()
    assert (outputs["phase"], outputs["version"], outputs["hash_key"]) == ("ready", 2, "customer")
    assert account.items(outputs["name"]) == sorted(ITEMS, key=lambda item: item["customer"])
    stack.preview("--expect-no-changes").ok()
