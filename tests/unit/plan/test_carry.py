"""What a successor takes over from its source."""

from __future__ import annotations

from dataclasses import replace

from pulumi_dynamo_migrator.model.names import TAG_TABLE
from pulumi_dynamo_migrator.model.spec import BillingMode, PointInTimeRecovery, Settings, Stream, Ttl, Units
from pulumi_dynamo_migrator.plan.carry import carried_settings
from tests.fakes.plans import SEEN


def test_what_is_not_stated_is_taken_over() -> None:
    source = replace(
        SEEN, ttl=Ttl(True, "expires"), stream=Stream(True, "NEW_AND_OLD_IMAGES"), deletion_protection=True
    )
    found = carried_settings(source, Settings())
    assert (found.ttl, found.stream, found.deletion_protection) == (source.ttl, source.stream, True)


def test_what_is_stated_wins() -> None:
    wanted = Settings(point_in_time_recovery=PointInTimeRecovery(False), table_class="STANDARD_INFREQUENT_ACCESS")
    found = carried_settings(SEEN, wanted)
    assert found.point_in_time_recovery == PointInTimeRecovery(False)
    assert found.table_class == "STANDARD_INFREQUENT_ACCESS"


def test_tags_come_along_without_ours() -> None:
    source = replace(SEEN, tags=((TAG_TABLE, "x"), ("team", "shop")))
    assert carried_settings(source, Settings()).tags == (("team", "shop"),)


def test_provisioned_capacity_comes_along_without_on_demand_limits() -> None:
    source = replace(SEEN, billing_mode=BillingMode.PROVISIONED, capacity=Units(5, 6), on_demand=Units(-1, -1))
    found = carried_settings(source, Settings())
    assert (found.billing_mode, found.capacity, found.on_demand) == (BillingMode.PROVISIONED, Units(5, 6), None)


def test_a_successor_that_turns_on_demand_takes_no_capacity_along() -> None:
    source = replace(SEEN, billing_mode=BillingMode.PROVISIONED, capacity=Units(5, 6))
    found = carried_settings(source, Settings(billing_mode=BillingMode.PAY_PER_REQUEST))
    assert (found.billing_mode, found.capacity) == (BillingMode.PAY_PER_REQUEST, None)
