"""create: CreateTable's keywords become the first description."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.lowering import lower
from tests.fakes.scripts import attributes, bag_after, create, index, keys, problem_of, script


def test_the_smallest_table_is_a_name_a_key_and_its_type() -> None:
    small = create(AttributeDefinitions=attributes(id="S"), KeySchema=keys("id"), BillingMode=None)
    assert bag_after(small) == {"name": "orders", "hash_key": "id", "attributes": {"id": "S"}}


def test_every_keyword_of_create_table_has_its_place() -> None:
    found = bag_after(
        create(
            AttributeDefinitions=attributes(id="S", at="N", city="S", name="B"),
            LocalSecondaryIndexes=[index("by_city", keys("id", ranged="city"), "KEYS_ONLY")],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by_name",
                    "KeySchema": keys("name", ranged="at"),
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["b", "a"]},
                    "ProvisionedThroughput": {"ReadCapacityUnits": 3.0, "WriteCapacityUnits": 4.0},
                    "WarmThroughput": {"ReadUnitsPerSecond": 12_000.0, "WriteUnitsPerSecond": 4_000},
                }
            ],
            BillingMode="PROVISIONED",
            ProvisionedThroughput={"ReadCapacityUnits": 5.0, "WriteCapacityUnits": 6.0},
            WarmThroughput={"ReadUnitsPerSecond": 12_001.0},
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "arn:key"},
            Tags=[{"Key": "team", "Value": "shop"}, {"Key": "a", "Value": "1"}],
            TableClass="STANDARD_INFREQUENT_ACCESS",
            DeletionProtectionEnabled=True,
            ResourcePolicy='{"Version": "2012-10-17"}',
        )
    )
    assert found == {
        "name": "orders",
        "hash_key": "id",
        "range_key": "at",
        "attributes": {"id": "S", "at": "N", "city": "S", "name": "B"},
        "local_secondary_indexes": [{"name": "by_city", "range_key": "city", "projection_type": "KEYS_ONLY"}],
        "global_secondary_indexes": [
            {
                "name": "by_name",
                "hash_key": "name",
                "range_key": "at",
                "projection_type": "INCLUDE",
                "non_key_attributes": ["a", "b"],
                "read_capacity": 3,
                "write_capacity": 4,
                "warm_throughput": {"read_units_per_second": 12_000, "write_units_per_second": 4_000},
            }
        ],
        "billing_mode": "PROVISIONED",
        "read_capacity": 5,
        "write_capacity": 6,
        "warm_throughput": {"read_units_per_second": 12_001},
        "stream_enabled": True,
        "stream_view_type": "NEW_IMAGE",
        "server_side_encryption": {"enabled": True, "kms_key_arn": "arn:key"},
        "table_class": "STANDARD_INFREQUENT_ACCESS",
        "deletion_protection_enabled": True,
        "tags": {"a": "1", "team": "shop"},
        "resource_policy": '{"Version": "2012-10-17"}',
    }


def test_capacity_without_a_mode_means_provisioned_as_it_does_for_boto() -> None:
    capacity = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}
    found = bag_after(create(BillingMode=None, ProvisionedThroughput=capacity))
    assert (found["billing_mode"], found["read_capacity"], found["write_capacity"]) == ("PROVISIONED", 1, 2)


def test_on_demand_limits_are_kept_for_the_table_and_its_indexes() -> None:
    limits = {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": -1}
    found = bag_after(
        create(OnDemandThroughput=limits, GlobalSecondaryIndexes=[index("g", keys("at"), OnDemandThroughput=limits)])
    )
    kept = {"max_read_request_units": 10, "max_write_request_units": -1}
    assert found["on_demand_throughput"] == found["global_secondary_indexes"][0]["on_demand_throughput"] == kept


def test_an_index_of_several_keys_keeps_their_order() -> None:
    schema = keys("b", "a", ranged=("d", "c"))
    types = attributes(id="S", at="S", a="S", b="S", c="S", d="S")
    found = bag_after(create(AttributeDefinitions=types, GlobalSecondaryIndexes=[index("g", schema)]))
    (made,) = found["global_secondary_indexes"]
    assert "hash_key" not in made
    assert [(one["attribute_name"], one["key_type"]) for one in made["key_schemas"]] == [
        ("b", "HASH"),
        ("a", "HASH"),
        ("d", "RANGE"),
        ("c", "RANGE"),
    ]


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"TableName": None}, ["it has no TableName", "give it one"]),
        ({"TableName": 5}, ["TableName must be text", "5"]),
        (
            {"KeySchema": keys("id", "at"), "AttributeDefinitions": attributes(id="S")},
            ["2 HASH and 0 RANGE keys", "one HASH key"],
        ),
        ({"KeySchema": keys("id", ranged="id"), "AttributeDefinitions": attributes(id="S")}, ["as HASH and as RANGE"]),
        ({"AttributeDefinitions": attributes(id="S")}, ["the table's key uses the attribute 'at'", "add it"]),
        ({"AttributeDefinitions": attributes(id="S", at="S", x="S")}, ["declares 'x'", "take it out"]),
        (
            {"AttributeDefinitions": [*attributes(id="S", at="S"), *attributes(at="N")]},
            ["'at' two types, S and N", "leave one out"],
        ),
        ({"BillingMode": "FREE"}, ["BillingMode must be one of PROVISIONED, PAY_PER_REQUEST", "'FREE'"]),
        ({"BillingMode": "PROVISIONED"}, ["PROVISIONED needs ProvisionedThroughput"]),
        (
            {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
            ["ProvisionedThroughput does not go with an on-demand table", "BillingMode PROVISIONED"],
        ),
        (
            {"BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 1}},
            ["ProvisionedThroughput needs ReadCapacityUnits and WriteCapacityUnits"],
        ),
        (
            {
                "AttributeDefinitions": attributes(id="S", at="S", x="S"),
                "LocalSecondaryIndexes": [index("by_x", keys("at", ranged="x"))],
            },
            ["HASH key 'at', and the table's is 'id'"],
        ),
        ({"LocalSecondaryIndexes": [index("by_x", keys("id", ranged="at"))]}, ["RANGE key 'at', which is a key of"]),
        ({"LocalSecondaryIndexes": {"IndexName": "x"}}, ["LocalSecondaryIndexes must be a list of dicts"]),
        ({"GlobalSecondaryIndexes": ["x"]}, ["GlobalSecondaryIndexes[0] must be a dict", "'x'"]),
        ({"GlobalSecondaryIndexes": [index("g", keys(ranged="at"))]}, ["global index 'g' has no HASH key"]),
        ({"GlobalSecondaryIndexes": [index("g", keys("id"), "SOME")]}, ["Projection.ProjectionType must be one of"]),
        ({"GlobalSecondaryIndexes": [index("g", keys("id")), index("g", keys("at"))]}, ["two indexes are named 'g'"]),
        ({"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}, ["StreamSpecification has no StreamEnabled"]),
        ({"SSESpecification": {"Enabled": True, "SSEType": "AES256"}}, ["AES256", "KMS only"]),
        ({"SSESpecification": {"KMSMasterKeyId": "k"}}, ["KMSMasterKeyId without Enabled=True"]),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, ["Tags has the key 'a' twice"]),
        ({"Tags": [{"Key": "a"}]}, ["Tags[0] has no Value"]),
        ({"DeletionProtectionEnabled": "yes"}, ["DeletionProtectionEnabled must be True or False"]),
        ({"TableNam": "x"}, ["unknown keyword TableNam", "did you mean TableName?"]),
        ({"OnDemandThroughput": {"Units": 1}}, ["unknown keyword OnDemandThroughput.Units"]),
        ({"GlobalTableSourceArn": "arn"}, ["GlobalTableSourceArn is not possible here: global tables"]),
        ({"GlobalTableSettingsReplicationMode": "ENABLED"}, ["is not possible here: global tables", "leave it out"]),
        ({"VectorIndexes": []}, ["VectorIndexes is not possible here: vector indexes are not migrated"]),
    ],
)
def test_what_makes_no_table_is_told_with_version_and_place(keywords: dict[str, Any], words: list[str]) -> None:
    found = problem_of(create(**keywords))
    assert found.startswith("version 1 (shop.py, line 10): create: ")
    assert all(word in found for word in words), found


def test_every_problem_is_told_at_once() -> None:
    found = lower(script(create(TableName=None, BillingMode="FREE", Tags="x", KeySchema=None))).problems
    assert len(found) == 4


def test_what_may_only_come_from_a_wrong_form_is_not_told_beside_it() -> None:
    misspelled = [{"AttributeName": "id", "KeyType": "HSH"}, *keys(ranged="at")]
    assert "KeySchema[0].KeyType must be one of HASH, RANGE" in problem_of(create(KeySchema=misspelled))


def test_a_local_index_needs_a_table_with_a_range_key() -> None:
    found = problem_of(
        create(KeySchema=keys("id"), LocalSecondaryIndexes=[index("by_at", keys("id", ranged="at"))]),
    )
    assert "local index 'by_at' needs a table with a RANGE key" in found
