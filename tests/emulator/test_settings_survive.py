"""What a table was set to beside its keys is what its successor is set to, also where the program does not say it.

And what expires meanwhile is gone: it does not come back, and is no difference.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from pulumi_dynamo_migrator import Conversion
from pulumi_dynamo_migrator.lifecycle.preview import check
from tests.emulator.life import Life, urn_of
from tests.emulator.odd_items import place
from tests.emulator.proxy import Proxy
from tests.eventually import eventually
from tests.fakes.doors import attach
from tests.soaking import Tally
from tests.stacks.account import Account, texts
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

KEY = "arn:aws:kms:us-east-1:000000000000:key/11111111-1111-1111-1111-111111111111"
BY_CITY = {"name": "by_city", "hash_key": "city"}
OLD: dict[str, Any] = {
    "hash_key": "id",
    "attributes": {"id": "S", "city": "S"},
    "global_secondary_indexes": [BY_CITY],
    "migration": {"function_timeout": 1},
}
NEW: dict[str, Any] = {**OLD, "range_key": "place", "attributes": {"id": "S", "city": "S", "place": "S"}}

_numbers = count(1)


@pytest.fixture
def life(aws: EmbeddedAws, account: Account) -> Iterator[Life]:
    with Proxy(aws.endpoint) as proxy:
        yield Life(aws, proxy, urn_of(f"settings{next(_numbers)}"))


def set_up_by_hand(account: Account, table: str) -> None:
    """Everything that a table can be set to, behind Pulumi's back."""
    dynamodb, arn = account.dynamodb, account.describe(table)["TableArn"]
    units = {"ProvisionedThroughput": {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}}
    dynamodb.update_table(
        TableName=table,
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 8},
        GlobalSecondaryIndexUpdates=[{"Update": {"IndexName": "by_city", **units}}],  # type: ignore[typeddict-item]
    )
    dynamodb.update_table(TableName=table, TableClass="STANDARD_INFREQUENT_ACCESS")
    dynamodb.update_table(TableName=table, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY})
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)
    dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "blue"}, {"Key": "cost", "Value": "7"}])


def settings_of(account: Account, table: str) -> dict[str, Any]:
    """What it is set to."""
    told = account.describe(table)
    [index] = told["GlobalSecondaryIndexes"]
    return {
        **account.settings(table),
        "mode": told["BillingModeSummary"]["BillingMode"],
        "units": [_units(told), _units(index)],
        "index": (index["KeySchema"], index["Projection"]),
        "class": told["TableClassSummary"]["TableClass"],
        "key": (told["SSEDescription"]["Status"], told["SSEDescription"]["KMSMasterKeyArn"]),
        "protected": told["DeletionProtectionEnabled"],
    }


def _units(thing: Any) -> tuple[int, int]:
    units = thing["ProvisionedThroughput"]
    return units["ReadCapacityUnits"], units["WriteCapacityUnits"]


def test_a_successor_is_set_as_its_source_was_though_the_program_says_nothing(life: Life, account: Account) -> None:
    table = life.up({**OLD, "__urn": life.urn})["name"]
    set_up_by_hand(account, table)
    account.put(table, [{"id": f"k{n}", "place": "rome", "city": "x"} for n in range(30)])
    before = settings_of(account, table)
    told = life.up({**NEW, "__urn": life.urn})
    assert (told["phase"], told["version"], told.get("error")) == ("ready", 2, None)
    assert settings_of(account, told["name"]) == before
    assert before["units"] == [(7, 8), (3, 4)]
    assert settings_of(account, table) == before


def test_a_successor_that_is_filled_in_time_has_more_until_it_is_and_its_sources_units_then(
    life: Life, account: Account
) -> None:
    """One unit an item in the table and in its index, a tenth more; an item that stops the copy lets it be seen."""
    table = life.up({**OLD, "__urn": life.urn})["name"]
    set_up_by_hand(account, table)
    account.put(table, [{"id": f"k{n}", "town": "rome", "city": "x"} for n in range(39)])
    account.put(table, [{"id": "stops", "do": "raise"}])
    before = settings_of(account, table)
    hurried = {**NEW, "migration": {**OLD["migration"], "copy_within": 2}, "__urn": life.urn}
    hurried["conversions"] = [Conversion(2, place).as_property()]
    assert life.up(hurried)["phase"] == "failed"
    assert settings_of(account, f"{table}_V2")["units"] == [(7, 22), (3, 22)]

    account.put(table, [{"id": "stops", "town": "x"}])
    told = life.up(hurried)
    assert (told["phase"], told["version"], told.get("error")) == ("ready", 2, None)
    assert settings_of(account, told["name"]) == before
    assert settings_of(account, table) == before


def test_what_cannot_be_carried_is_said_before(life: Life, account: Account, aws: EmbeddedAws) -> None:
    table = life.up({**OLD, "__urn": life.urn})["name"]
    set_up_by_hand(account, table)
    stream = attach(aws, table)
    here = {"dynamodb": aws.endpoint, "dynamodbstreams": aws.endpoint, "lambda": aws.endpoint}
    configuration = {
        "aws:region": "us-east-1",
        "aws:accessKey": "test",
        "aws:secretKey": "test",
        "aws:endpoints": json.dumps([here]),
    }
    told, problems = check({}, {**NEW, "__urn": life.urn}, configuration=configuration)
    assert not problems
    shown = json.dumps(told["plan"])
    for words in (f"the Kinesis destination {stream}, Contributor Insights", "auto scaling, if the source has any"):
        assert words in shown


def test_what_expires_meanwhile_does_not_come_back_and_is_no_difference(
    life: Life, account: Account, tally: Tally
) -> None:
    """The embedded AWS removes nothing so soon: its hand does, while the copy stands at an item that stops it."""
    old = {**OLD, "ttl": {"attribute_name": "expires"}, "__urn": life.urn}
    new = {**NEW, "ttl": {"attribute_name": "expires"}, "conversions": [Conversion(2, place).as_property()]}
    table = life.up(old)["name"]
    soon = int(time.time()) + 4
    stays = [{"id": f"stays{n}", "expires": soon + 86_400, "town": "x"} for n in range(30)]
    expires = [{"id": f"expires{n}", "expires": soon, "town": "x"} for n in range(30)]
    expired = [{"id": f"expired{n}", "expires": soon - 500, "town": "x"} for n in range(30)]
    account.put(table, [*stays, *expires, *expired, {"id": "stops", "do": "raise"}])
    assert life.up({**new, "__urn": life.urn})["phase"] == "failed"

    removed = {one["id"] for one in [*expires[:20], *expired[:20]]}
    eventually(lambda: has_passed(soon), within=10)
    for name in removed:
        account.delete(table, {"id": name})
    account.put(table, [{"id": "stops", "town": "x"}])
    told = life.up({**new, "__urn": life.urn})
    assert (told["phase"], told["version"], told.get("error"), told["conflicts"]) == ("ready", 2, None, 0)
    held = account.items(told["name"])
    assert {one["id"] for one in held}.isdisjoint(removed)
    alive = [one for one in held if one["id"].startswith("stays")]
    assert texts(alive) == texts({"id": one["id"], "expires": one["expires"], "place": "x"} for one in stays)
    assert account.settings(told["name"])["ttl"] == ("ENABLED", "expires")
    tally.acknowledged(writes=len(stays) + len(removed), lost=0)


def has_passed(moment: int) -> None:
    assert time.time() > moment
