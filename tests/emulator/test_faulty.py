"""The faulty proxy itself: each kind of fault does what its name says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from tests.emulator import faults
from tests.emulator.faults import Fault, Stale
from tests.emulator.faulty import Faulty, Rule, on
from tests.emulator.operations import READS
from tests.eventually import eventually
from tests.stacks.account import Account
from tools.embedded_aws import EmbeddedAws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.emulator

LATER = 2.0
SLOW = 3.0
"""Seconds that an answer is waited for: a slow one takes 2 * LATER."""

ONE: Any = {"id": {"S": "one"}}
_numbers = count(1)


@dataclass
class Bench:
    """One table, asked through the proxy, and past it."""

    faulty: Faulty
    dynamodb: DynamoDBClient
    account: Account
    table: str

    def put(self) -> None:
        self.dynamodb.put_item(TableName=self.table, Item=ONE, ReturnConsumedCapacity="TOTAL")

    def there(self) -> int:
        """How many items there are."""
        return self.account.count(self.table)


@pytest.fixture
def bench(aws: EmbeddedAws) -> Iterator[Bench]:
    name, account = f"afflicted{next(_numbers)}", Account(aws)
    account.make_table(name, keys={"id": "S"})
    with Faulty(aws.endpoint, later=LATER) as faulty:
        yield Bench(faulty, client(faulty), account, name)
        faulty.settle()
    account.dynamodb.delete_table(TableName=name)


def client(faulty: Faulty, service: Any = "dynamodb") -> Any:
    """One that tries once."""
    once = Config(retries={"total_max_attempts": 1}, read_timeout=SLOW)
    session = boto3.Session("test", "test", region_name="us-east-1")
    return session.client(service, endpoint_url=faulty.endpoint, config=once)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (faults.throttle, "ProvisionedThroughputExceededException|ThrottlingException|RequestLimitExceeded"),
        (faults.error_before, "InternalServerError"),
        (faults.unavailable, "ServiceUnavailable"),
    ],
)
def test_what_is_refused_is_not_carried_out(bench: Bench, fault: Fault, code: str) -> None:
    bench.faulty.afflict([Rule(fault, on("PutItem"))])
    with pytest.raises(ClientError, match=code):
        bench.put()
    assert bench.there() == 0


@pytest.mark.parametrize(
    ("fault", "carried_out"), [(faults.hang_up_before, 0), (faults.hang_up_after, 1)], ids=["before", "after"]
)
def test_who_hangs_up_has_carried_it_out_or_not(bench: Bench, fault: Fault, carried_out: int) -> None:
    bench.faulty.afflict([Rule(fault, on("PutItem"))])
    with pytest.raises(ConnectionClosedError):
        bench.put()
    assert bench.there() == carried_out


@pytest.mark.parametrize(
    ("fault", "error"),
    [(faults.error_after, ClientError), (faults.slow, ReadTimeoutError), (faults.cut, Exception)],
    ids=["error", "slow", "cut"],
)
def test_what_fails_after_the_effect_was_carried_out(bench: Bench, fault: Fault, error: type[Exception]) -> None:
    bench.faulty.afflict([Rule(fault, on("PutItem"))])
    with pytest.raises(error):
        bench.put()
    assert bench.there() == 1


@pytest.mark.parametrize("fault", [faults.late_after_error, faults.late_after_hanging_up], ids=["error", "hang up"])
def test_a_late_effect_lands_after_the_answer(bench: Bench, fault: Fault) -> None:
    bench.faulty.afflict([Rule(fault, on("PutItem"), times=1)])
    began = time.monotonic()
    with pytest.raises((ClientError, ConnectionClosedError)):
        bench.put()
    seen, after = bench.there(), time.monotonic() - began
    assert seen == 0 or after > LATER, after

    def landed() -> None:
        assert bench.there() == 1

    eventually(landed, within=10)


def test_a_part_of_a_batch_is_done_and_the_rest_is_said_to_be_left(bench: Bench) -> None:
    bench.faulty.afflict([Rule(faults.in_parts)])
    puts: Any = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(20)]
    left = bench.dynamodb.batch_write_item(RequestItems={bench.table: puts})["UnprocessedItems"][bench.table]
    assert 0 < bench.there() == 20 - len(left) < 20
    keys: Any = [{"id": {"S": str(number)}} for number in range(20)]
    read = bench.dynamodb.batch_get_item(RequestItems={bench.table: {"Keys": keys, "ConsistentRead": True}})
    unread = read["UnprocessedKeys"][bench.table]
    assert unread.get("ConsistentRead") is True
    assert 0 < len(unread["Keys"]) < 20


def test_a_part_of_the_statements_is_done_and_the_others_have_errors_of_their_own(bench: Bench) -> None:
    bench.faulty.afflict([Rule(faults.in_parts)], seed=3)
    statements: Any = [
        {"Statement": f"INSERT INTO \"{bench.table}\" VALUE {{'id': '{number}'}}"} for number in range(20)
    ]
    answers = bench.dynamodb.batch_execute_statement(Statements=statements)["Responses"]
    codes = [one.get("Error", {}).get("Code") for one in answers]
    assert len(codes) == 20
    assert bench.there() == sum(code in (None, "InternalServerError") for code in codes)
    assert {None, "ThrottlingError", "InternalServerError"} < set(codes)


def test_only_a_consistent_read_sees_what_was_written_since(bench: Bench) -> None:
    stale = Stale()
    bench.faulty.afflict([Rule(stale, READS)])
    assert bench.dynamodb.scan(TableName=bench.table)["Count"] == 0
    assert "Item" not in bench.dynamodb.get_item(TableName=bench.table, Key=ONE)
    bench.put()
    assert bench.dynamodb.scan(TableName=bench.table)["Count"] == 0
    assert "Item" not in bench.dynamodb.get_item(TableName=bench.table, Key=ONE)
    assert bench.dynamodb.scan(TableName=bench.table, ConsistentRead=True)["Count"] == 1
    assert stale.inconsistent == 4


def test_other_services_throttle_in_their_own_words(bench: Bench) -> None:
    bench.faulty.afflict([Rule(faults.throttle)])
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        client(bench.faulty, "lambda").get_function(FunctionName="f")
    with pytest.raises(ClientError, match="Throttling"):
        client(bench.faulty, "iam").get_role(RoleName="r")


def test_a_seed_means_the_same_again(bench: Bench) -> None:
    def struck(seed: int) -> list[int]:
        bench.faulty.afflict([Rule(faults.throttle, on("PutItem"), chance=0.5)], seed=seed)
        found = []
        for number in range(20):
            try:
                bench.put()
            except ClientError:
                found.append(number)
        return found

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
