"""`retire=`: an old version ends, oldest first, on evidence, fenced, drained and backed up; everything of it goes."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.eventually import eventually
from tests.stacks.account import Account, texts
from tests.stacks.conftest import MakeProgram
from tests.stacks.harness import Program
from tests.stacks.programs import PLAIN, RANGED, Code, program

pytestmark = pytest.mark.stack

ITEMS: list[dict[str, Any]] = [{"id": f"k{number:03}", "at": number} for number in range(40)]


def migrated(account: Account, make: MakeProgram, **more: Any) -> tuple[Program, str]:
    """A table that was handed over to its second version; its base name."""
    stack = make(program(**PLAIN))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, ITEMS)
    stack.edit(program(**RANGED, **more))
    stack.up("--skip-preview").ok()
    return stack, name


def backups(account: Account) -> list[str]:
    return [one["TableName"] for one in account.dynamodb.list_backups()["BackupSummaries"]]


def test_an_old_version_is_retired_when_nothing_was_written_to_it_for_long_enough(
    account: Account, make_fenced: MakeProgram
) -> None:
    stack, name = migrated(account, make_fenced, retire=[1])
    outputs = stack.outputs()
    assert (outputs["version"], outputs["phase"], sorted(outputs["tables"])) == (2, "ready", ["1", "2"])
    [waiting] = outputs["pending"]
    assert (waiting["version"], waiting["table"]) == (1, name)
    assert waiting["not_before"] > time.time() + 80_000
    stack.preview("--expect-no-changes").ok()

    # A late write is carried over, and begins the evidence anew.
    account.put(name, [{"id": "late", "at": 1}])
    eventually(lambda: has(account, f"{name}_V2", "late"), within=20)
    stack.edit(program(**RANGED, retire=[{"version": 1, "evidence": 20}]))
    assert "pending: retire version 1" in stack.up("--skip-preview").ok().text
    assert "it was written to at" in stack.outputs()["pending"][0]["why"]
    assert name in account.tables()

    stack.edit(program(**RANGED, retire=[{"version": 1, "evidence": 4}]))
    time.sleep(4)
    told = stack.preview().ok().text
    assert f"retire version 1 (table {name})" in told
    assert "whoever still reads it by name fails" in told
    stack.up("--skip-preview").ok()
    assert account.tables() == sorted([f"{name}_V2", "pulumi-dynamo-migrator"])
    assert account.helpers() == []
    assert backups(account) == [name]
    outputs = stack.outputs()
    assert (outputs["phase"], outputs["tables"], outputs.get("pending")) == ("ready", {"2": f"{name}_V2"}, [])
    row = outputs["history"][0]
    assert row["retired_at"] > row["finished_at"]
    assert "/backup/" in row["backup"]
    assert texts(account.items(f"{name}_V2")) == texts([*ITEMS, {"id": "late", "at": 1}])
    stack.preview("--expect-no-changes").ok()
    stack.destroy("--skip-preview").ok()
    assert account.tables() == []


def has(account: Account, table: str, key: str) -> None:
    assert key in {item["id"] for item in account.items(table)}


def refused(stack: Program, **arguments: Any) -> str:
    stack.edit(program(**RANGED, **arguments))
    told = stack.preview().failed().text
    assert "Traceback" not in told
    return told


def test_a_version_that_may_not_go_is_refused_in_the_preview_and_nothing_is_changed(
    account: Account, make_fenced: MakeProgram
) -> None:
    stack, name = migrated(account, make_fenced)
    assert "is served" in refused(stack, retire=[2])
    assert "there is no version 7" in refused(stack, retire=[7])
    assert "there is no table nowhere" in refused(stack, retire=["nowhere"])
    account.dynamodb.update_table(TableName=name, DeletionProtectionEnabled=True)
    told = refused(stack, retire=[{"table": name, "evidence": 0}])
    assert "has deletion protection" in told
    assert "--no-deletion-protection-enabled" in told
    account.dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)

    # A late change that does not fit is a conflict: its image would be all that is left of it.
    account.put(f"{name}_V2", [{"id": "k001", "at": 1, "by": "new"}])
    account.put(name, [{"id": "k001", "at": 1, "by": "old"}])

    def conflicting() -> None:
        assert "conflict" in str([row["sk"] for row in account.ledger(under="migration#")])

    eventually(conflicting, within=20)
    stack.edit(program(**RANGED))
    for said in (stack.preview("--expect-no-changes").ok().text, stack.refresh("--skip-preview").ok().text):
        assert f"1 late change(s) to {name} did not fit what {name}_V2 holds" in said
        assert "k001" in said
    told = refused(stack, retire=[{"version": 1, "evidence": 0}])
    assert "1 late change(s)" in told
    assert name in account.tables()
    stack.edit(program(**RANGED, retire=[{"version": 1, "evidence": 0, "backup": False, "accept_conflicts": True}]))
    stack.up("--skip-preview").ok()
    assert name not in account.tables()
    assert backups(account) == []
    assert [row["by"] for row in account.items(f"{name}_V2") if row["id"] == "k001"] == ["new"]
    assert "conflict#" in str(account.ledger(under="migration#"))


def test_where_policies_are_not_enforced_the_fence_is_refused_and_everything_is_as_before(
    account: Account, make_program: MakeProgram
) -> None:
    stack, name = migrated(account, make_program)
    before = account.describe(name), account.items(name), account.helpers()
    stack.edit(program(**RANGED, retire=[{"version": 1, "evidence": 0}]))
    told = stack.up("--skip-preview").failed().text
    assert f"Writes to {name} go on although its resource policy denies them" in told
    assert "Traceback" not in told
    assert (account.describe(name), account.items(name), account.helpers()) == before
    with pytest.raises(account.dynamodb.exceptions.PolicyNotFoundException):
        account.dynamodb.get_resource_policy(ResourceArn=account.describe(name)["TableArn"])

    stack.edit(program(**RANGED))
    stack.up("--skip-preview").ok()
    assert stack.outputs()["phase"] == "ready"
    account.put(name, [{"id": "after", "at": 2}])
    eventually(lambda: has(account, f"{name}_V2", "after"), within=20)


def test_versions_go_the_oldest_first(account: Account, make_fenced: MakeProgram) -> None:
    stack, name = migrated(account, make_fenced)
    third = {**RANGED, "before": "def same(item):\n    return item\n", "conversions": Code("[Conversion(3, same)]")}
    stack.edit(program(**third))
    stack.up("--skip-preview").ok()
    stack.edit(program(**third, retire=[{"version": 2, "evidence": 0}]))
    assert "is not the oldest" in stack.preview().failed().text
    stack.edit(program(**third, retire=[{"version": 2, "evidence": 0}, {"table": name, "evidence": 0}]))
    stack.up("--skip-preview").ok()
    assert account.tables() == sorted([f"{name}_V3", "pulumi-dynamo-migrator"])
    assert account.helpers() == []
    stack.preview("--expect-no-changes").ok()
