"""A copy and its proof against a real process: 5,000 items with everything that DynamoDB can hold."""

from __future__ import annotations

import random
import time
import uuid
from typing import Any

import boto3
import pytest

from pulumi_dynamo_migrator.aws.items import DynamoItems
from pulumi_dynamo_migrator.aws.retry import Retry
from pulumi_dynamo_migrator.aws.wire import wire_of
from pulumi_dynamo_migrator.backfill.job import BackfillJob
from pulumi_dynamo_migrator.backfill.run import run_backfill
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.keys import IndexKeys, KeySchema, TargetShape
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.items import Items, WireItem
from pulumi_dynamo_migrator.replicate.tombstone import tombstone
from pulumi_dynamo_migrator.verify.report import Kind, VerifyJob
from pulumi_dynamo_migrator.verify.run import run_verify
from tests.fakes.conversions import written
from tests.fakes.copying import FakeLedger
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

SOURCE_KEYS = KeySchema(("customer", "order"), ("S", "N"))
TARGET = TargetShape(
    KeySchema(("order", "customer"), ("N", "S")), (IndexKeys("by_flag", ("order", "flag.name"), ("N", "S"), 1),)
)
DOUBLE = """
def convert(item):
    item["doubled"] = 2 * item["order"]
    return item
"""


class _Clock:
    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)


def _item(number: int) -> WireItem:
    return {
        "customer": {"S": f"c'{number % 97} \"é🧀\\"},
        "order": {"N": str(number)},
        "flag.name": {"S": f"f{number % 7}"},
        "it's": {"S": ""},
        '"quoted"': {"B": ""},
        "select": {"B": "AAECAwQ="},
        "sum": {"N": "1234567890123456789012345678901234567" + str(number % 9 + 1)},
        "tiny": {"N": "-1.5E-100"},
        "日本": {"SS": ["b", "a", "ü"]},
        "#n": {"NS": ["3", "1.5", str(number)]},
        ":b": {"BS": ["AQ==", "Ag=="]},
        "?": {"NULL": True},
        "ok": {"BOOL": number % 2 == 0},
        "deep": {"M": {"it's": {"L": [{"M": {}}, {"L": []}, {"S": "line\nbreak\u0000"}, {"NULL": True}]}}},
    }


@pytest.fixture
def door(aws: EmbeddedAws) -> tuple[Any, Items]:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    client = session.client("dynamodb", endpoint_url=aws.endpoint)
    return client, DynamoItems(
        wire_of(session, client).call, retry=Retry(_Clock(), random=random.random, guard=lambda: None)
    )


def _table(client: Any, keys: KeySchema) -> str:
    name = f"copy-{uuid.uuid4().hex[:8]}"
    client.create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": kind}
            for attribute, kind in zip(keys.names, keys.types, strict=True)
        ],
        KeySchema=[
            {"AttributeName": attribute, "KeyType": kind}
            for attribute, kind in zip(keys.names, ("HASH", "RANGE"), strict=False)
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.mark.parametrize(("converting", "count"), [(False, 5000), (True, 1000)], ids=["identity", "converting"])
def test_everything_dynamodb_can_hold_arrives_unchanged(
    door: tuple[Any, Items], *, converting: bool, count: int
) -> None:
    client, items = door
    source, target = _table(client, SOURCE_KEYS), _table(client, TARGET.keys)
    for start in range(0, count, 25):
        items.insert_if_absent(source, [_item(n) for n in range(start, start + 25)], hash_key="customer")
    chain = Chain((), Meeting.SEPARATE, SOURCE_KEYS, TARGET)
    if converting:
        chain = Chain(written(DOUBLE, meeting=Meeting.SEPARATE).links, Meeting.SEPARATE, SOURCE_KEYS, TARGET)

    result = run_backfill(
        BackfillJob(source, target, chain, segments=4, workers=2),
        items=items,
        ledger=FakeLedger(),
        guard=lambda: None,
        progress=lambda _moment: None,
        clock=_Clock(),
    )
    assert (result.tally.read, result.tally.inserted, result.tally.failed) == (count, count, 0)

    job = VerifyJob(source, target, chain, settle=0.2, segments=2, workers=2, sweep=True)
    _put(client, target, tombstone({"order": {"N": "-1"}, "customer": {"S": "gone"}}))
    report = run_verify(job, items=items, guard=lambda: None, progress=lambda _moment: None, clock=_Clock())
    assert report.verified, report.listed()
    assert (report.source_items, report.target_items, report.seen.swept) == (count, count, 1)

    items.delete_if_equal(target, {n: _item(7)[n] for n in TARGET.keys.names}, seen={"order": {"N": "7"}})
    report = run_verify(job, items=items, guard=lambda: None, progress=lambda _moment: None, clock=_Clock())
    assert [mismatch.kind for mismatch in report.mismatches] == [Kind.MISSING]
    for table in (source, target):
        client.delete_table(TableName=table)


def _put(client: Any, table: str, item: WireItem) -> None:
    client.put_item(TableName=table, Item=item)
