"""`adopt=`: a table that exists becomes version 1 untouched, and is migrated like any other afterwards."""

from __future__ import annotations

import pytest

from tests.stacks.account import Account
from tests.stacks.conftest import MakeProgram
from tests.stacks.programs import PLAIN, RANGED, program

pytestmark = pytest.mark.stack

ITEMS = [{"id": f"k{number}", "at": number} for number in range(25)]


def test_a_table_is_adopted_by_name_untouched_and_then_migrated(account: Account, make_program: MakeProgram) -> None:
    account.make_table("legacy", keys={"id": "S"})
    account.put("legacy", ITEMS)
    before = (account.describe("legacy"), account.settings("legacy"), account.items("legacy"))
    stack = make_program(program(**PLAIN, adopt="legacy"))
    assert "adopt table legacy as version 1, untouched" in stack.up().ok().text
    assert (account.describe("legacy"), account.settings("legacy"), account.items("legacy")) == before
    arn = account.describe("legacy")["TableArn"]
    assert account.dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == []
    told = stack.outputs()
    assert (told["name"], told["version"], told["tables"]) == ("legacy", 1, {"1": "legacy"})
    assert told["history"][0]["route"] == "adopt"
    stack.preview("--expect-no-changes").ok()

    stack.edit(program(**RANGED, adopt="legacy"))
    stack.up("--skip-preview").ok()
    told = stack.outputs()
    assert (told["name"], told["version"], told["phase"]) == ("legacy_V2", 2, "ready")
    assert account.items("legacy_V2") == account.items("legacy")
    stack.preview("--expect-no-changes").ok()


def test_an_adoption_is_the_first_step_of_a_resource_only(account: Account, make_program: MakeProgram) -> None:
    account.make_table("legacy", keys={"id": "S"})
    stack = make_program(program(**PLAIN))
    stack.up("--skip-preview").ok()
    stack.edit(program(**PLAIN, adopt="legacy"))
    assert "an adoption is only the first step of a resource's life" in stack.preview().failed().text
