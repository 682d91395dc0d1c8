"""What the backup door promises, against a real process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pulumi_dynamo_migrator.aws.backups import Backups
from pulumi_dynamo_migrator.aws.faults import AwsError, Fault
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.model.spec import BillingMode, Settings, Structure
from pulumi_dynamo_migrator.system import SystemClock
from tests.fakes.doors import FAST
from tests.fakes.judges import Feature

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = [pytest.mark.emulator, pytest.mark.needs(Feature.BACKUPS)]

CLOCK = SystemClock()


@pytest.fixture
def tables(any_dynamodb: DynamoDBClient) -> Tables:
    return Tables(any_dynamodb)


@pytest.fixture
def backups(any_dynamodb: DynamoDBClient) -> Backups:
    return Backups(any_dynamodb)


def make(tables: Tables, name: str) -> None:
    settings = Settings(billing_mode=BillingMode.PAY_PER_REQUEST)
    tables.create(name, Structure("id", None, (("id", "S"),)), settings=settings, tags={})
    tables.wait_active(name, clock=CLOCK, timing=FAST)


@pytest.fixture
def table(tables: Tables) -> Iterator[str]:
    name = f"backups-{uuid.uuid4().hex[:8]}"
    make(tables, name)
    yield name
    tables.delete(name)


def test_a_backup_is_made_once_and_waited_for(backups: Backups, table: str) -> None:
    arn = backups.create(table, name="before.retiring_1", clock=CLOCK, timing=FAST)
    backups.wait_available(arn, clock=CLOCK, timing=FAST)
    assert f"table/{table}/backup/" in arn
    assert backups.create(table, name="before.retiring_1", clock=CLOCK, timing=FAST) == arn
    assert backups.create(table, name="another", clock=CLOCK, timing=FAST) != arn


def test_the_backup_of_an_earlier_table_of_that_name_is_not_taken_for_this_ones(
    backups: Backups, tables: Tables, table: str
) -> None:
    earlier = backups.create(table, name="retired", clock=CLOCK, timing=FAST)
    tables.delete(table)
    tables.wait_gone(table, clock=CLOCK, timing=FAST)
    make(tables, table)
    assert backups.create(table, name="retired", clock=CLOCK, timing=FAST) != earlier


def test_a_table_or_a_backup_that_is_not_there_is_an_error(backups: Backups, table: str) -> None:
    with pytest.raises(AwsError) as raised:
        backups.create(f"{table}-gone", name="one", clock=CLOCK, timing=FAST)
    assert raised.value.fault is Fault.GONE
    arn = backups.create(table, name="one", clock=CLOCK, timing=FAST)
    with pytest.raises(AwsError) as raised:
        backups.wait_available(arn + "0", clock=CLOCK, timing=FAST)
    assert raised.value.fault is Fault.GONE
