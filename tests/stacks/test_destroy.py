"""`pulumi destroy`: removes what was made and nothing else; what is protected stays, with a clean error."""

from __future__ import annotations

import pytest

from tests.stacks.account import Account
from tests.stacks.conftest import MakeProgram
from tests.stacks.programs import BY_CUSTOMER, PLAIN, RANGED, Code, program

pytestmark = pytest.mark.stack

ITEMS = [{"id": f"k{number}", "at": number, "customer": f"c{number}"} for number in range(10)]


def test_destroy_removes_every_version_and_helper_and_the_ledger_with_the_last(
    account: Account, make_program: MakeProgram
) -> None:
    other = make_program({**program(**PLAIN, name="the-other"), "Pulumi.yaml": "name: another\nruntime: python\n"})
    other.up("--skip-preview").ok()
    stack = make_program(program(**PLAIN))
    stack.up("--skip-preview").ok()
    account.put(stack.outputs()["name"], ITEMS)
    stack.edit(program(**RANGED))
    stack.up("--skip-preview").ok()
    stack.edit(program(**BY_CUSTOMER))
    stack.up("--skip-preview").ok()
    assert stack.outputs()["phase"] == "held"
    assert len(account.tables()) == 5
    assert len(account.helpers()) == 6

    stack.destroy("--skip-preview").ok()
    assert account.tables() == ["pulumi-dynamo-migrator", "the-other"]
    assert account.helpers() == []
    [entry] = [row for row in account.ledger() if row["sk"] == "entry"]
    assert "::another::" in str(entry)
    partitions = {row["pk"] for row in account.ledger() if row["pk"] != "control"}
    assert {pk for pk in partitions if not pk.startswith("urn#")} == {entry["pk"]}
    assert all("::another::" in pk for pk in partitions - {entry["pk"]})

    other.destroy("--skip-preview").ok()
    assert account.tables() == []
    assert account.helpers() == []


def test_a_table_with_deletion_protection_refuses_to_be_destroyed_until_it_is_switched_off(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(program(**PLAIN, deletion_protection_enabled=True))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, ITEMS)
    before = account.items(name)

    told = stack.destroy("--skip-preview").failed().text
    assert f"{name}: deletion protection is on; nothing was destroyed" in told
    assert "set deletion_protection_enabled=False" in told
    assert account.items(name) == before
    stack.preview("--expect-no-changes").ok()

    stack.edit(program(**PLAIN, deletion_protection_enabled=False))
    stack.up("--skip-preview").ok()
    stack.destroy("--skip-preview").ok()
    assert account.tables() == []


def test_protect_keeps_the_table_and_retain_on_delete_leaves_it_to_the_user(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(program(**PLAIN, opts=Code("pulumi.ResourceOptions(protect=True)")))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, ITEMS)
    assert "protect" in stack.destroy("--skip-preview").failed().text
    assert len(account.items(name)) == len(ITEMS)

    stack.edit(program(**PLAIN, opts=Code("pulumi.ResourceOptions(retain_on_delete=True)")))
    stack.up("--skip-preview").ok()
    stack.destroy("--skip-preview").ok()
    assert len(account.items(name)) == len(ITEMS)

    # The ledger remembers it: the same program finds its table again.
    stack.edit(program(**PLAIN))
    stack.up("--skip-preview").ok()
    assert stack.outputs()["name"] == name
    stack.destroy("--skip-preview").ok()
    assert account.tables() == []


def test_an_adopted_table_stays_with_its_items_when_the_resource_is_destroyed(
    account: Account, make_program: MakeProgram
) -> None:
    account.make_table("legacy", keys={"id": "S"})
    account.put("legacy", ITEMS)
    before = (account.describe("legacy"), account.settings("legacy"), account.items("legacy"))
    stack = make_program(program(**PLAIN, adopt="legacy"))
    stack.up("--skip-preview").ok()
    stack.edit(program(**RANGED, adopt="legacy"))
    stack.up("--skip-preview").ok()
    assert stack.outputs()["name"] == "legacy_V2"

    stack.destroy("--skip-preview").ok()
    assert account.tables() == ["legacy"]
    assert account.helpers() == []
    table, settings, items = account.describe("legacy"), account.settings("legacy"), account.items("legacy")
    for one in (before[0], table):  # AWS remembers that there was a stream
        for name in ("LatestStreamArn", "LatestStreamLabel", "StreamSpecification"):
            one.pop(name, None)
    assert (table, settings, items) == before
