"""`pulumi refresh`: drift is shown and put right; a table that is gone is said to be lost, never replaced unasked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stacks.account import Account
from tests.stacks.conftest import MakeProgram
from tests.stacks.programs import PLAIN, program

pytestmark = pytest.mark.stack

INDEX = {"name": "by_customer", "hash_key": "customer", "projection_type": "ALL"}
ASKED: dict[str, Any] = {
    "hash_key": "id",
    "attributes": {"id": "S", "customer": "S"},
    "global_secondary_indexes": [INDEX],
    "ttl": {"attribute_name": "expires", "enabled": True},
    "point_in_time_recovery": {"enabled": True},
    "tags": {"team": "blue"},
}


def test_drift_is_shown_by_a_refresh_and_put_right_by_the_next_up(account: Account, make_program: MakeProgram) -> None:
    stack = make_program(program(**ASKED))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, [{"id": "kept"}])
    began = account.describe(name)
    assert "2 unchanged" in stack.refresh("--skip-preview").ok().text

    arn = began["TableArn"]
    account.dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "red"}])
    account.dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    account.dynamodb.update_table(
        TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_customer"}}]
    )
    told = stack.refresh().ok().text
    assert "-global_secondary_indexes" in told
    assert "~attributes,point_in_time_recovery,tags]" in told
    assert "+name" not in told
    again = stack.preview("--diff").ok().text
    assert '"red" => "blue"' in again
    assert "change " + name + " in place" in again

    stack.up("--skip-preview").ok()
    assert account.settings(name) == {
        "ttl": ("ENABLED", "expires"),
        "recovery": "ENABLED",
        "tags": {"team": "blue"},
    }
    now = account.describe(name)
    assert [index["IndexName"] for index in now["GlobalSecondaryIndexes"]] == ["by_customer"]
    assert now["TableId"] == began["TableId"]
    assert account.items(name) == [{"id": "kept"}]
    assert "2 unchanged" in stack.refresh("--skip-preview").ok().text
    stack.preview("--expect-no-changes").ok()


def test_a_table_deleted_behind_our_back_is_lost_and_not_replaced_by_an_empty_one(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(program(**PLAIN))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.dynamodb.delete_table(TableName=name)

    # Unrefreshed as well as refreshed: whoever runs `up` is told.
    assert f"the table {name}, version 1, is gone" in stack.up("--skip-preview").failed().text
    assert "deleted behind Pulumi's back" in stack.refresh("--skip-preview").ok().text
    [resource] = stack.resources(":MigratedTable")
    assert (resource["outputs"]["phase"], resource["outputs"]["name"]) == ("lost", name)

    told = stack.preview().failed().text
    assert f"the table {name}, version 1, is gone" in told
    assert "adopt=" in told
    assert "Traceback" not in told
    assert name not in account.tables()

    # Another table under the old name is not ours either.
    account.make_table(name, keys={"id": "S"})
    account.put(name, [{"id": "stranger"}])
    assert "another one than the ledger's" in stack.preview().failed().text
    stack.destroy("--skip-preview").ok()
    assert account.tables() == [name]
    assert account.items(name) == [{"id": "stranger"}]


def test_a_forced_replacement_keeps_the_table_and_its_data(account: Account, make_program: MakeProgram) -> None:
    stack = make_program(program(**PLAIN))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, [{"id": "kept"}])
    began = account.describe(name)
    [resource] = stack.resources(":MigratedTable")

    stack.up("--skip-preview", "--target-replace", resource["urn"]).ok()
    assert stack.outputs()["name"] == name
    assert account.describe(name)["TableId"] == began["TableId"]
    assert account.items(name) == [{"id": "kept"}]
    stack.preview("--expect-no-changes").ok()
    stack.destroy("--skip-preview").ok()
    assert account.tables() == []
