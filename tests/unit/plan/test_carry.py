"""What a successor takes over from its source."""

from __future__ import annotations

from dataclasses import replace

from pulumi_dynamo_migrator.aws.table_requests import create_table
from pulumi_dynamo_migrator.model.names import TAG_TABLE
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    GlobalIndex,
    PointInTimeRecovery,
    Settings,
    Stream,
    Structure,
    Ttl,
    Units,
)
from pulumi_dynamo_migrator.plan.carry import carried_settings, carried_structure
from tests.fakes.plans import NEW, SEEN


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


def test_warm_throughput_comes_along_unless_another_one_is_asked_for() -> None:
    source = replace(SEEN, warm=Units(20_000, 5_000))
    assert carried_settings(source, Settings()).warm == Units(20_000, 5_000)
    asked = carried_settings(source, Settings(warm=Units(12_000, 40_000)))
    request = create_table("orders_V2", NEW, settings=asked, tags={})
    assert request["WarmThroughput"] == {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 40_000}


def test_a_successor_that_turns_on_demand_takes_no_capacity_along() -> None:
    source = replace(SEEN, billing_mode=BillingMode.PROVISIONED, capacity=Units(5, 6))
    found = carried_settings(source, Settings(billing_mode=BillingMode.PAY_PER_REQUEST))
    assert (found.billing_mode, found.capacity) == (BillingMode.PAY_PER_REQUEST, None)


def indexed(*indexes: GlobalIndex) -> Structure:
    return Structure("id", None, (("at", "N"), ("id", "S")), global_indexes=indexes)


def test_a_global_index_keeps_its_units_unless_it_states_others() -> None:
    bare, new = GlobalIndex("by_at", ("at",)), GlobalIndex("by_id", ("id",))
    held = replace(bare, capacity=Units(3, 4), on_demand=Units(100, -1), warm=Units(20_000, 5_000))
    assert carried_structure(indexed(held), indexed(bare, new)) == indexed(held, new)
    stated = replace(bare, capacity=Units(9, 9))
    found = carried_structure(indexed(held), indexed(stated)).global_indexes[0]
    assert (found.capacity, found.on_demand) == (Units(9, 9), Units(100, -1))
