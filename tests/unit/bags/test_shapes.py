"""One spelling out of many."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.bags.shapes import normalise, snake


@pytest.mark.parametrize(
    ("name", "put"),
    [
        ("hashKey", "hash_key"),
        ("hash_key", "hash_key"),
        ("kmsKeyArn", "kms_key_arn"),
        ("kmsKeyARN", "kms_key_arn"),
        ("recoveryPeriodInDays", "recovery_period_in_days"),
        ("ttl", "ttl"),
        ("__urn", "__urn"),
    ],
)
def test_names_become_snake_case(name: str, put: str) -> None:
    assert snake(name) == snake(put) == put


def test_every_depth_is_put_right() -> None:
    bag = {"globalSecondaryIndexes": [{"name": "g", "keySchemas": [{"attributeName": "a", "keyType": "HASH"}]}]}
    assert normalise(bag) == {
        "global_secondary_indexes": [{"name": "g", "key_schemas": [{"attribute_name": "a", "key_type": "HASH"}]}]
    }


def test_names_that_are_the_users_stay() -> None:
    bag = {"tags": {"costCenter": "X"}, "attributes": {"orderId": "S"}, "conversions": [{"someKey": 1}]}
    assert normalise(bag) == bag


def test_attributes_become_a_dict() -> None:
    assert normalise({"attributes": [{"name": "a", "type": "S"}, {"name": "b", "type": "N"}]}) == {
        "attributes": {"a": "S", "b": "N"}
    }


def test_what_is_none_is_left_out() -> None:
    assert normalise({"ttl": None, "name": "x", "migration": {"segments": None}}) == {"name": "x", "migration": {}}
