"""update: UpdateTable's keywords change settings and global indexes, never the table."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.lowering import lower
from tests.fakes.scripts import (
    add_global,
    add_local,
    attributes,
    bag_after,
    create,
    index,
    keys,
    problem_of,
    script,
    step,
)

CAPACITY = {"ReadCapacityUnits": 5.0, "WriteCapacityUnits": 6.0}
PROVISIONED = create(BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})


def update(version: int, **keywords: Any) -> dict[str, Any]:
    return step(version, "update", **keywords)


def indexes(*updates: dict[str, Any]) -> dict[str, Any]:
    return {"GlobalSecondaryIndexUpdates": list(updates)}


def test_settings_are_changed_in_place_and_others_stay() -> None:
    first = create(Tags=[{"Key": "a", "Value": "1"}], TableClass="STANDARD", DeletionProtectionEnabled=True)
    lowered = lower(
        script(
            first,
            update(
                2,
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
                SSESpecification={"Enabled": True},
                DeletionProtectionEnabled=False,
                WarmThroughput={"ReadUnitsPerSecond": 12_000.0},
                OnDemandThroughput={"MaxReadRequestUnits": 9},
            ),
            update(3, StreamSpecification={"StreamEnabled": False}, OnDemandThroughput={"MaxWriteRequestUnits": 8}),
            update(4, TableClass="STANDARD_INFREQUENT_ACCESS"),
        )
    )
    assert (lowered.problems, lowered.number) == ((), 1)
    assert lowered.bags[-1] == {
        **lowered.bags[0],
        "stream_enabled": False,
        "server_side_encryption": {"enabled": True},
        "deletion_protection_enabled": False,
        "warm_throughput": {"read_units_per_second": 12_000},
        "on_demand_throughput": {"max_read_request_units": 9, "max_write_request_units": 8},
        "table_class": "STANDARD_INFREQUENT_ACCESS",
    }


def test_a_table_that_turns_on_demand_has_no_capacity_any_more_nor_have_its_indexes() -> None:
    grown = add_global(2, ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
    found = bag_after(PROVISIONED, grown, update(3, BillingMode="PAY_PER_REQUEST"))
    assert found == bag_after(create(), add_global(2))


def test_a_table_that_turns_provisioned_has_no_limits_any_more_nor_have_its_indexes() -> None:
    limits: dict[str, Any] = {"OnDemandThroughput": {"MaxReadRequestUnits": 9}}
    turned = update(3, BillingMode="PROVISIONED", ProvisionedThroughput=CAPACITY)
    found = bag_after(create(**limits), add_global(2, **limits), turned)
    assert found == bag_after(create(BillingMode="PROVISIONED", ProvisionedThroughput=CAPACITY), add_global(2))


def test_capacity_grows_without_a_word_about_the_mode() -> None:
    found = bag_after(PROVISIONED, update(2, ProvisionedThroughput=CAPACITY))
    assert (found["read_capacity"], found["write_capacity"]) == (5, 6)


def test_global_indexes_come_change_and_go() -> None:
    found = bag_after(
        PROVISIONED,
        add_global(2, name="old", attribute="x"),
        add_global(3, name="kept", attribute="y"),
        update(
            4,
            AttributeDefinitions=attributes(x="N"),
            **indexes(
                {"Create": index("new", keys("x", "id"))},
                {"Update": {"IndexName": "kept", "ProvisionedThroughput": CAPACITY}},
                {"Delete": {"IndexName": "old"}},
            ),
        ),
    )
    kept, new = found["global_secondary_indexes"]
    assert (kept["name"], kept["read_capacity"], new["name"]) == ("kept", 5, "new")
    assert found["attributes"] == {"id": "S", "at": "S", "x": "N", "y": "S"}


@pytest.mark.parametrize("name", ["orders", "orders_V2"])
def test_the_table_may_be_named(name: str) -> None:
    named = update(3, TableName=name, TableClass="STANDARD")
    assert bag_after(create(), add_local(2), named)["table_class"] == "STANDARD"


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({}, ["it changes nothing", "give one of UpdateTable's keywords"]),
        ({"TableName": "orders"}, ["it changes nothing"]),
        ({"TableName": "others", "TableClass": "STANDARD"}, ["'others' is not this migrator's table, 'orders'"]),
        ({"BillingMode": "PROVISIONED"}, ["BillingMode PROVISIONED needs ProvisionedThroughput"]),
        ({"ProvisionedThroughput": CAPACITY}, ["does not go with an on-demand table"]),
        (
            {"BillingMode": "PAY_PER_REQUEST", "ProvisionedThroughput": CAPACITY},
            ["does not go with an on-demand table"],
        ),
        (indexes({"Delete": {"IndexName": "none"}}), ["no global index 'none' here", "are: 'by_name'"]),
        (indexes({"Update": {"IndexName": "none"}}), ["no global index 'none' here"]),
        (indexes({"Create": index("by_name", keys("at"))}), ["two indexes are named 'by_name'"]),
        (indexes({"Create": index("g", keys("x"))}), ["global index 'g' uses the attribute 'x'"]),
        (indexes({}), ["GlobalSecondaryIndexUpdates[0] must be one of Create, Update, Delete"]),
        (
            {"AttributeDefinitions": attributes(id="N"), **indexes({"Create": index("g", keys("id"))})},
            ["'id' is N, and the table's key uses it as S", "use change_key"],
        ),
        ({"ReplicaUpdates": []}, ["ReplicaUpdates is not possible here: global tables are not migrated"]),
        ({"MultiRegionConsistency": "STRONG"}, ["MultiRegionConsistency is not possible here"]),
        ({"GlobalTableWitnessUpdates": []}, ["GlobalTableWitnessUpdates is not possible here"]),
        ({"GlobalTableSettingsReplicationMode": "ENABLED"}, ["GlobalTableSettingsReplicationMode is not possible"]),
        ({"VectorIndexUpdates": []}, ["VectorIndexUpdates is not possible here: vector indexes"]),
        ({"TableClas": "STANDARD"}, ["unknown keyword TableClas", "did you mean TableClass?"]),
    ],
)
def test_what_cannot_be_updated_is_told_with_version_and_place(keywords: dict[str, Any], words: list[str]) -> None:
    found = problem_of(create(), add_global(2), update(3, **keywords))
    assert found.startswith("version 3 (shop.py, line 30): update: ")
    assert all(word in found for word in words), found
