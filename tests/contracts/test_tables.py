"""What the table door promises, against real processes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault, TakenError
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.model.observed import ObservedTable, TableStatus
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Encryption,
    GlobalIndex,
    LocalIndex,
    PointInTimeRecovery,
    Projection,
    ProjectionType,
    Settings,
    Stream,
    Structure,
    Ttl,
    Units,
)
from pulumi_dynamo_migrator.system import SystemClock
from tests.fakes.doors import FAST, Server, attach, session_on
from tests.fakes.judges import Feature
from tools.embedded_aws import EmbeddedAws

CLOCK = SystemClock()
KEYS_ONLY = Projection(ProjectionType.KEYS_ONLY)
BY_CITY = GlobalIndex("by_city", ("city",), ("id",), projection=KEYS_ONLY)
STRUCTURE = Structure(
    hash_key="id",
    range_key="at",
    attributes=(("at", "N"), ("city", "S"), ("id", "S"), ("price", "N")),
    local_indexes=(LocalIndex("by_price", "price"),),
    global_indexes=(BY_CITY,),
)
PLAIN = Structure("id", None, (("id", "S"),))
ON_DEMAND = Settings(billing_mode=BillingMode.PAY_PER_REQUEST)
OURS = {"pulumi-dynamo-migrator:table": "orders-1"}


@pytest.fixture(scope="module")
def tables(server: Server) -> Tables:
    return Tables(session_on(server).client("dynamodb"))


@pytest.fixture
def name(tables: Tables) -> Iterator[str]:
    name = f"tables-{uuid.uuid4().hex[:8]}"
    yield name
    if tables.describe(name) is not None:
        tables.update_deletion_protection(name, enabled=False)
        tables.delete(name)


def made(tables: Tables, name: str, structure: Structure = PLAIN, settings: Settings = ON_DEMAND) -> ObservedTable:
    tables.create(name, structure, settings=settings, tags=OURS)
    return tables.wait_active(name, clock=CLOCK, timing=FAST)


def test_a_table_that_is_not_there_is_none(tables: Tables, name: str) -> None:
    assert tables.describe(name) is None
    assert tables.observe(name) is None


def test_a_table_is_seen_as_it_was_asked_for(tables: Tables, name: str) -> None:
    settings = Settings(
        billing_mode=BillingMode.PAY_PER_REQUEST,
        on_demand=Units(100, 200),
        stream=Stream(True, "NEW_AND_OLD_IMAGES"),
        deletion_protection=True,
        tags=(("team", "blue"),),
    )
    made(tables, name, STRUCTURE, settings)
    seen = tables.observe(name)
    assert seen is not None
    assert seen.complete
    assert (seen.structure, seen.status) == (STRUCTURE, TableStatus.ACTIVE)
    assert seen.settings == replace(
        settings,
        table_class="STANDARD",
        tags=(("pulumi-dynamo-migrator:table", "orders-1"), ("team", "blue")),
        encryption=Encryption(False),
        ttl=Ttl(False),
        point_in_time_recovery=PointInTimeRecovery(False),
    )
    assert seen.stream.latest_arn is not None
    assert seen.index_statuses == (("by_city", "ACTIVE"),)


def test_a_provisioned_table_is_seen_with_its_capacities(tables: Tables, name: str) -> None:
    index = replace(BY_CITY, capacity=Units(3, 4))
    structure = replace(STRUCTURE, global_indexes=(index,))
    seen = made(tables, name, structure, Settings(billing_mode=BillingMode.PROVISIONED, capacity=Units(5, 6)))
    assert seen.structure == structure
    assert seen.settings.capacity == Units(5, 6)


def test_a_table_and_its_index_are_made_warm(tables: Tables, name: str) -> None:
    """Writes alone, too. None of the judges warms anything, and what they forget they tell as none."""
    structure = replace(STRUCTURE, global_indexes=(replace(BY_CITY, warm=Units(None, 5_500)),))
    seen = made(tables, name, structure, replace(ON_DEMAND, warm=Units(None, 6_000)))
    assert seen.status is TableStatus.ACTIVE
    assert seen.settings.warm in (None, Units(None, 6_000), Units(12_000, 6_000))
    assert seen.structure.global_indexes[0].warm in (None, Units(None, 5_500), Units(12_000, 5_500))


def test_write_units_are_put_back_in_one_request_and_not_twice(tables: Tables, name: str) -> None:
    structure = replace(STRUCTURE, global_indexes=(replace(BY_CITY, capacity=Units(3, 40)),))
    made(tables, name, structure, Settings(billing_mode=BillingMode.PROVISIONED, capacity=Units(5, 60)))
    for _ in range(2):
        tables.update_billing(name, BillingMode.PROVISIONED, capacity=Units(5, 6), indexes={BY_CITY.name: Units(3, 4)})
        seen = tables.wait_active(name, clock=CLOCK, timing=FAST)
        assert (seen.settings.capacity, seen.structure.global_indexes[0].capacity) == (Units(5, 6), Units(3, 4))


@pytest.mark.needs(Feature.CLASSES)
def test_a_table_is_made_in_its_class(tables: Tables, name: str) -> None:
    settings = replace(ON_DEMAND, table_class="STANDARD_INFREQUENT_ACCESS")
    assert made(tables, name, settings=settings).settings.table_class == "STANDARD_INFREQUENT_ACCESS"


@pytest.mark.needs(Feature.TAGS)
def test_creating_twice_gives_the_same_table(tables: Tables, name: str) -> None:
    first = made(tables, name)
    assert tables.create(name, PLAIN, settings=ON_DEMAND, tags=OURS).table_id == first.table_id


@pytest.mark.needs(Feature.TAGS)
def test_a_strangers_table_is_never_taken_for_ours(tables: Tables, name: str) -> None:
    made(tables, name)
    with pytest.raises(TakenError, match="this stack did not make it"):
        tables.create(name, PLAIN, settings=ON_DEMAND, tags={"pulumi-dynamo-migrator:table": "another"})


@pytest.mark.needs(Feature.TABLE_IDS)
def test_only_the_table_with_the_id_is_deleted(tables: Tables, name: str) -> None:
    seen = made(tables, name)
    with pytest.raises(TakenError, match="TableId"):
        tables.delete(name, table_id="another")
    assert tables.delete(name, table_id=seen.table_id)
    tables.wait_gone(name, clock=CLOCK, timing=FAST)
    assert not tables.delete(name, table_id=seen.table_id)


def test_a_protected_table_is_not_deleted(tables: Tables, name: str) -> None:
    made(tables, name)
    tables.update_deletion_protection(name, enabled=True)
    with pytest.raises(AwsError) as raised:
        tables.delete(name)
    assert raised.value.fault is Fault.INVALID


def test_billing_changes_both_ways_with_the_capacity_of_indexes(tables: Tables, name: str) -> None:
    made(tables, name, STRUCTURE)
    tables.update_billing(name, BillingMode.PROVISIONED, capacity=Units(5, 6), indexes={"by_city": Units(3, 4)})
    seen = tables.wait_active(name, clock=CLOCK, timing=FAST)
    assert (seen.settings.billing_mode, seen.settings.capacity) == (BillingMode.PROVISIONED, Units(5, 6))
    assert seen.structure.global_indexes[0].capacity == Units(3, 4)
    tables.update_billing(name, BillingMode.PROVISIONED, capacity=Units(5, 6))
    tables.update_billing(name, BillingMode.PAY_PER_REQUEST, capacity=None)
    seen = tables.wait_active(name, clock=CLOCK, timing=FAST)
    assert (seen.settings.billing_mode, seen.settings.capacity) == (BillingMode.PAY_PER_REQUEST, None)


def test_on_demand_limits_are_set_and_taken_away(tables: Tables, name: str) -> None:
    made(tables, name)
    tables.update_on_demand(name, Units(10, 20))
    assert tables.wait_active(name, clock=CLOCK, timing=FAST).settings.on_demand == Units(10, 20)
    tables.update_on_demand(name, Units(-1, -1))
    assert tables.wait_active(name, clock=CLOCK, timing=FAST).settings.on_demand == Units(-1, -1)


def test_a_stream_is_switched_on_once_and_off_once(tables: Tables, name: str) -> None:
    made(tables, name)
    arns = set()
    on, off = Stream(True, "NEW_AND_OLD_IMAGES"), Stream(False)
    for wanted in (on, on, off, off):
        tables.update_stream(name, wanted)
        seen = tables.wait_active(name, clock=CLOCK, timing=FAST)
        assert seen.settings.stream == wanted
        arns.add(seen.stream.latest_arn)
    assert len(arns) == 1


def test_protection_is_switched(tables: Tables, name: str) -> None:
    made(tables, name)
    for on in (True, True, False, False):
        tables.update_deletion_protection(name, enabled=on)
        assert tables.wait_active(name, clock=CLOCK, timing=FAST).settings.deletion_protection is on


@pytest.mark.needs(Feature.CLASSES, Feature.ENCRYPTION)
def test_encryption_and_class_are_switched(tables: Tables, name: str) -> None:
    made(tables, name)
    key = "arn:aws:kms:us-east-1:000000000000:key/11111111-1111-1111-1111-111111111111"
    tables.update_encryption(name, Encryption(True, key))
    tables.update_class(name, "STANDARD_INFREQUENT_ACCESS")
    settings = tables.wait_active(name, clock=CLOCK, timing=FAST).settings
    assert settings.encryption == Encryption(True, key)
    assert settings.table_class == "STANDARD_INFREQUENT_ACCESS"
    tables.update_encryption(name, Encryption(False))
    assert tables.wait_active(name, clock=CLOCK, timing=FAST).settings.encryption == Encryption(False)


def test_an_index_is_made_once_and_removed_once(tables: Tables, name: str) -> None:
    made(tables, name)
    looks: list[ObservedTable] = []
    for _ in range(2):
        tables.create_index(name, BY_CITY, types={"city": "S", "id": "S"})
        seen = tables.wait_active(name, clock=CLOCK, timing=FAST, progress=looks.append)
        assert seen.structure.global_indexes == (BY_CITY,)
        assert looks[-1] == seen
    for _ in range(2):
        tables.delete_index(name, "by_city")
        assert tables.wait_active(name, clock=CLOCK, timing=FAST).structure == PLAIN


def test_another_index_under_the_same_name_is_refused(tables: Tables, name: str) -> None:
    made(tables, name, STRUCTURE)
    with pytest.raises(AwsError) as raised:
        tables.create_index(name, replace(BY_CITY, range_keys=()), types={"city": "S"})
    assert raised.value.fault in (Fault.INVALID, Fault.IN_USE)


def test_an_indexs_units_are_changed(tables: Tables, name: str) -> None:
    structure = replace(STRUCTURE, global_indexes=(replace(BY_CITY, capacity=Units(3, 4)),))
    made(tables, name, structure, Settings(billing_mode=BillingMode.PROVISIONED, capacity=Units(5, 6)))
    tables.update_index(name, replace(BY_CITY, capacity=Units(7, 8)))
    seen = tables.wait_active(name, clock=CLOCK, timing=FAST)
    assert seen.structure.global_indexes[0].capacity == Units(7, 8)


def test_time_to_live_is_switched_on_and_off_however_often(tables: Tables, name: str) -> None:
    made(tables, name)
    for wanted in (Ttl(True, "expires"), Ttl(True, "expires"), Ttl(False), Ttl(False)):
        tables.set_ttl(name, wanted)
        assert tables.ttl(name) == wanted


@pytest.mark.needs(Feature.RECOVERY)
def test_recovery_is_switched_on_and_off_however_often(tables: Tables, name: str) -> None:
    made(tables, name)
    for on in (True, True, False, False):
        wanted = PointInTimeRecovery(on)
        tables.set_point_in_time_recovery(name, wanted, clock=CLOCK, timing=FAST)
        assert tables.point_in_time_recovery(name).enabled is on


@pytest.mark.needs(Feature.TAGS)
def test_tags_become_what_is_wanted_and_ours_stay(tables: Tables, name: str) -> None:
    arn = made(tables, name).arn
    tables.set_tags(arn, {"team": "blue", "cost": "7"})
    tables.set_tags(arn, {"team": "red"})
    assert dict(tables.tags(arn)) == {"team": "red", **OURS}


@pytest.mark.needs(Feature.ATTACHMENTS)
def test_what_is_attached_to_a_table_is_seen_while_it_is(aws: EmbeddedAws, tables: Tables, name: str) -> None:
    made(tables, name)
    assert (tables.kinesis_destinations(name), tables.has_insights(name)) == ((), False)
    stream = attach(aws, name)
    assert (tables.kinesis_destinations(name), tables.has_insights(name)) == ((stream,), True)
    client = session_on(aws).client("dynamodb")
    client.disable_kinesis_streaming_destination(TableName=name, StreamArn=stream)
    client.update_contributor_insights(TableName=name, ContributorInsightsAction="DISABLE")
    assert (tables.kinesis_destinations(name), tables.has_insights(name)) == ((), False)


def test_a_change_of_a_table_that_is_gone_says_so(tables: Tables, name: str) -> None:
    with pytest.raises(AwsError, match=f"There is no table {name}") as raised:
        tables.update_stream(name, Stream(True, "NEW_IMAGE"))
    assert raised.value.fault is Fault.GONE
