"""A resource policy that was written for one table, on another."""

from __future__ import annotations

import json

from pulumi_dynamo_migrator.steps.carry_policy import policy_for

ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/customers"
POLICY = json.dumps({"Statement": [{"Resource": [ARN, f"{ARN}/index/*", f"{ARN}-archive"]}]})


def test_a_policy_for_the_base_name_is_led_to_the_table_that_is_made() -> None:
    found = json.loads(policy_for(POLICY, base="customers", table="customers_V4") or "")
    assert found["Statement"][0]["Resource"] == [f"{ARN}_V4", f"{ARN}_V4/index/*", f"{ARN}-archive"]


def test_a_policy_for_the_very_table_stays_letter_for_letter() -> None:
    assert policy_for(POLICY, base="customers", table="customers") == POLICY
    assert policy_for(None, base="customers", table="customers_V4") is None
