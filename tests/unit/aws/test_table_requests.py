"""UpdateTable's arguments, and normal forms of what DynamoDB describes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pulumi_dynamo_migrator.aws import table_requests as requests
from pulumi_dynamo_migrator.aws.table_shapes import observed_table, point_in_time_recovery, tags, ttl
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Encryption,
    GlobalIndex,
    PointInTimeRecovery,
    Projection,
    ProjectionType,
    Settings,
    Stream,
    Structure,
    Ttl,
    Units,
)

BARE: dict[str, Any] = {
    "TableName": "orders",
    "TableArn": "arn",
    "TableId": "id",
    "TableStatus": "ACTIVE",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
}
INDEX = GlobalIndex("by_city", ("city",), projection=Projection(ProjectionType.INCLUDE, ("a", "b")))
STRUCTURE = Structure("id", None, (("city", "S"), ("id", "S")), global_indexes=(INDEX,))


def seen(mode: BillingMode, capacity: Units | None, index: Units | None = None) -> ObservedTable:
    table = observed_table(BARE)
    structure = replace(STRUCTURE, global_indexes=(replace(INDEX, capacity=index),))
    return replace(table, structure=structure, settings=replace(table.settings, billing_mode=mode, capacity=capacity))


def test_a_description_without_a_word_is_brought_to_the_normal_form() -> None:
    assert observed_table(BARE).settings == Settings(
        billing_mode=BillingMode.PROVISIONED,
        capacity=Units(5, 6),
        on_demand=Units(-1, -1),
        stream=Stream(False),
        encryption=Encryption(False),
        table_class="STANDARD",
        deletion_protection=False,
    )


def test_a_stream_that_is_off_has_no_view_type_but_keeps_its_arn() -> None:
    table = observed_table(
        {**BARE, "StreamSpecification": {"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"}, "LatestStreamArn": "s"}
    )
    assert table.settings.stream == Stream(False)
    assert table.stream.latest_arn == "s"


def test_noughts_of_warm_throughput_are_none() -> None:
    warm = {"ReadUnitsPerSecond": 0, "WriteUnitsPerSecond": 0, "Status": "ACTIVE"}
    assert observed_table({**BARE, "WarmThroughput": warm}).settings.warm is None


def test_what_is_being_switched_on_counts_as_on() -> None:
    assert ttl({"TimeToLiveStatus": "ENABLING", "AttributeName": "x"}) == Ttl(True, "x")
    assert ttl({"TimeToLiveStatus": "DISABLING", "AttributeName": "x"}) == Ttl(False)
    on = {"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": 7}
    assert point_in_time_recovery({"PointInTimeRecoveryDescription": on}) == PointInTimeRecovery(True, 7)
    assert point_in_time_recovery({}) == PointInTimeRecovery(False)


def test_tags_that_only_aws_sets_are_left_out() -> None:
    assert tags([{"Key": "b", "Value": "2"}, {"Key": "aws:x", "Value": "y"}, {"Key": "a", "Value": "1"}]) == (
        ("a", "1"),
        ("b", "2"),
    )


def test_without_a_billing_mode_a_capacity_means_provisioned() -> None:
    assert requests.billing_mode(Settings()) is BillingMode.PAY_PER_REQUEST
    assert requests.billing_mode(Settings(capacity=Units(1, 1))) is BillingMode.PROVISIONED


def test_an_index_of_a_provisioned_table_without_capacity_takes_the_tables() -> None:
    request = requests.create_table("orders", STRUCTURE, settings=Settings(capacity=Units(5, 6)), tags={})
    (index,) = request["GlobalSecondaryIndexes"]
    assert index["ProvisionedThroughput"] == {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}


def test_tags_of_ours_win_over_the_users() -> None:
    settings = Settings(tags=(("a", "user"), ("b", "user")))
    request = requests.create_table("orders", STRUCTURE, settings=settings, tags={"a": "ours"})
    assert request["Tags"] == [{"Key": "a", "Value": "ours"}, {"Key": "b", "Value": "user"}]


def test_a_table_that_turns_provisioned_needs_the_capacity_of_every_index() -> None:
    table = seen(BillingMode.PAY_PER_REQUEST, None)
    request = requests.update_billing(table, BillingMode.PROVISIONED, capacity=Units(5, 6), indexes={})
    assert request == {
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
        "GlobalSecondaryIndexUpdates": [
            {
                "Update": {
                    "IndexName": "by_city",
                    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
                }
            }
        ],
    }


def test_only_a_capacity_that_differs_is_asked_for() -> None:
    table = seen(BillingMode.PROVISIONED, Units(5, 6), Units(1, 1))
    same = requests.update_billing(
        table, BillingMode.PROVISIONED, capacity=Units(5, 6), indexes={"by_city": Units(1, 1)}
    )
    index = requests.update_billing(table, BillingMode.PROVISIONED, capacity=None, indexes={"by_city": Units(2, 1)})
    assert same == {}
    assert list(index) == ["GlobalSecondaryIndexUpdates"]
    assert requests.update_billing(table, BillingMode.PAY_PER_REQUEST, capacity=None, indexes={}) == {
        "BillingMode": "PAY_PER_REQUEST"
    }


def test_a_new_index_brings_the_types_of_its_keys() -> None:
    request = requests.create_index(
        INDEX, {"id": "S", "city": "S"}, mode=BillingMode.PAY_PER_REQUEST, default=Units(5, 6)
    )
    assert request["AttributeDefinitions"] == [
        {"AttributeName": "city", "AttributeType": "S"},
        {"AttributeName": "id", "AttributeType": "S"},
    ]
    assert request["GlobalSecondaryIndexUpdates"] == [
        {
            "Create": {
                "IndexName": "by_city",
                "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a", "b"]},
            }
        }
    ]


def test_no_limit_is_silence_for_a_new_table_and_minus_one_for_a_living_one() -> None:
    settings = Settings(billing_mode=BillingMode.PAY_PER_REQUEST, on_demand=Units(-1, 9))
    new = requests.create_table("orders", replace(STRUCTURE, global_indexes=()), settings=settings, tags={})
    assert new["OnDemandThroughput"] == {"MaxWriteRequestUnits": 9}
    assert requests.update_on_demand(Units(-1, 9))["OnDemandThroughput"] == {
        "MaxReadRequestUnits": -1,
        "MaxWriteRequestUnits": 9,
    }
