"""What the door to resource policies promises, against a real process."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault
from pulumi_dynamo_migrator.aws.fence_policy import SID, has_fence
from pulumi_dynamo_migrator.aws.policy_door import TablePolicies, TablePolicy
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.model.spec import BillingMode, Settings, Structure
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.system import SystemClock
from tests.fakes.copying import JumpingClock
from tests.fakes.doors import FAST
from tests.fakes.judges import Feature

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = [pytest.mark.emulator, pytest.mark.needs(Feature.POLICIES)]

CLOCK = SystemClock()


@pytest.fixture
def client(any_dynamodb: DynamoDBClient) -> DynamoDBClient:
    return any_dynamodb


@pytest.fixture
def policies(client: DynamoDBClient) -> TablePolicies:
    return TablePolicies(client, clock=CLOCK, timing=FAST)


@pytest.fixture
def arn(client: DynamoDBClient) -> Iterator[str]:
    tables, name = Tables(client), f"policies-{uuid.uuid4().hex[:8]}"
    settings = Settings(billing_mode=BillingMode.PAY_PER_REQUEST)
    made = tables.create(name, Structure("id", None, (("id", "S"),)), settings=settings, tags={})
    yield made.arn
    client.delete_table(TableName=name)


def statement(arn: str, sid: str = "Partner") -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
        "Action": "dynamodb:GetItem",
        "Resource": arn,
    }


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def sids(seen: TablePolicy | None) -> list[str]:
    return [] if seen is None else [one["Sid"] for one in json.loads(seen.text)["Statement"]]


class Meddling:
    """A client that lets somebody else in between the first look and the write."""

    def __init__(self, client: DynamoDBClient, arn: str, other: str) -> None:
        self._client, self._arn, self._other = client, arn, other
        self.looks = 0

    def get_resource_policy(self, **asked: Any) -> Any:
        try:
            return self._client.get_resource_policy(**asked)
        finally:
            self.looks += 1
            if self.looks == 1:
                self._client.put_resource_policy(ResourceArn=self._arn, Policy=self._other)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def test_a_table_without_a_policy_has_none(policies: TablePolicies, arn: str) -> None:
    assert policies.read(arn) is None


def test_a_policy_is_written_only_over_the_one_that_was_seen(policies: TablePolicies, arn: str) -> None:
    text = document(statement(arn))
    first = policies.write(arn, text, revision=None)
    assert policies.read(arn) == TablePolicy(text, first)
    for stale in (None, "another"):
        with pytest.raises(AwsError) as raised:
            policies.write(arn, document(), revision=stale)
        assert raised.value.fault is Fault.NO_POLICY
    assert policies.write(arn, text, revision=None) == first, "its own, when the answer to the first attempt was lost"
    second = policies.write(arn, document(statement(arn, "Two")), revision=first)
    assert sids(policies.read(arn)) == ["Two"]
    with pytest.raises(AwsError):
        policies.delete(arn, revision=first)
    policies.delete(arn, revision=second)
    assert policies.read(arn) is None


def test_a_table_that_is_gone_is_an_error_and_not_one_without_a_policy(policies: TablePolicies, arn: str) -> None:
    with pytest.raises(AwsError) as raised:
        policies.read(arn + "-gone")
    assert raised.value.fault is Fault.GONE


def test_a_fence_goes_up_and_comes_down_and_the_rest_stays(policies: TablePolicies, arn: str) -> None:
    policies.write(arn, document(statement(arn)), revision=None)
    for _ in range(2):
        policies.fence(arn, until=CLOCK.now() + 60)
        assert sids(policies.read(arn)) == ["Partner", SID]
    policies.fence(arn, until=None)
    for _ in range(2):
        policies.lift(arn)
        assert sids(policies.read(arn)) == ["Partner"]


def test_a_table_that_had_no_policy_has_none_after_the_fence(policies: TablePolicies, arn: str) -> None:
    policies.fence(arn, until=None)
    seen = policies.read(arn)
    assert seen is not None
    assert has_fence(seen.text)
    policies.lift(arn)
    policies.lift(arn)
    assert policies.read(arn) is None


def test_lifting_where_the_table_is_gone_does_nothing(policies: TablePolicies, arn: str) -> None:
    policies.lift(arn + "-gone")
    with pytest.raises(AwsError):
        policies.fence(arn + "-gone", until=None)


def test_a_change_that_somebody_else_makes_meanwhile_is_kept(client: DynamoDBClient, arn: str) -> None:
    meddled: Any = Meddling(client, arn, document(statement(arn)))
    policies = TablePolicies(meddled, clock=CLOCK, timing=FAST)
    policies.fence(arn, until=None)
    assert sids(policies.read(arn)) == ["Partner", SID]
    meddled = Meddling(client, arn, document(statement(arn, "New"), {**statement(arn, SID), "Effect": "Deny"}))
    policies = TablePolicies(meddled, clock=CLOCK, timing=FAST)
    policies.lift(arn)
    assert sids(policies.read(arn)) == ["New"]


class Blocked:
    """A client whose table's policy may not be updated yet: DynamoDB blocks updates for 15 seconds after each."""

    def __init__(self, client: DynamoDBClient, refusals: int, code: str) -> None:
        self._client, self._refusals, self._code = client, refusals, code

    def put_resource_policy(self, **asked: Any) -> Any:
        self._refusals -= 1
        if self._refusals >= 0:
            raise ClientError({"Error": {"Code": self._code, "Message": "not yet"}}, "PutResourcePolicy")
        return self._client.put_resource_policy(**asked)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.mark.parametrize("code", ["ResourceInUseException", "LimitExceededException", "ThrottlingException"])
def test_an_update_that_comes_too_early_is_asked_for_again(client: DynamoDBClient, arn: str, code: str) -> None:
    blocked: Any = Blocked(client, 5, code)
    policies = TablePolicies(blocked, clock=JumpingClock(), timing=Timing())
    policies.fence(arn, until=None)
    assert sids(policies.read(arn)) == [SID]


def test_an_update_that_stays_refused_is_an_error_in_awss_words(client: DynamoDBClient, arn: str) -> None:
    blocked: Any = Blocked(client, 10_000, "LimitExceededException")
    with pytest.raises(
        AwsError, match=r"dynamodb:PutResourcePolicy on .* was refused: LimitExceededException: not yet"
    ):
        TablePolicies(blocked, clock=JumpingClock(), timing=Timing()).fence(arn, until=None)


def test_an_update_that_is_refused_for_good_is_not_asked_for_again(client: DynamoDBClient, arn: str) -> None:
    blocked: Any = Blocked(client, 1, "ValidationException")
    with pytest.raises(AwsError, match="ValidationException"):
        TablePolicies(blocked, clock=JumpingClock(), timing=Timing()).fence(arn, until=None)
    assert TablePolicies(client, clock=CLOCK, timing=FAST).read(arn) is None
