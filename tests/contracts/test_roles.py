"""What the role door promises, against a real process."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault, TakenError
from pulumi_dynamo_migrator.aws.observe import place
from pulumi_dynamo_migrator.aws.policies import TRUST, Place, replicator_policy
from pulumi_dynamo_migrator.aws.roles import POLICY, Roles
from tests.fakes.doors import session_on
from tools.embedded_aws import EmbeddedAws

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

pytestmark = pytest.mark.emulator

OURS = {"pulumi-dynamo-migrator:migration": "m1"}


@pytest.fixture
def iam(aws: EmbeddedAws) -> IAMClient:
    return session_on(aws).client("iam")


@pytest.fixture
def roles(iam: IAMClient) -> Roles:
    return Roles(iam)


@pytest.fixture
def name(roles: Roles) -> Iterator[str]:
    name = f"pdm-roles-{uuid.uuid4().hex[:8]}"
    yield name
    roles.delete(name)


def policy(migration: str = "m1") -> str:
    return replicator_policy(
        Place("aws", "us-east-1", "000000000000"),
        source="orders",
        stream_arn="arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/1",
        target="orders_V2",
        ledger="ledger",
        migration_id=migration,
        function="f",
    )


def test_a_role_has_its_policy_its_trust_and_its_tags(roles: Roles, iam: IAMClient, name: str) -> None:
    arn = roles.ensure(name, policy=policy(), tags=OURS)
    seen = roles.describe(name)
    assert seen is not None
    assert (seen.arn, dict(seen.tags)) == (arn, OURS)
    assert iam.get_role_policy(RoleName=name, PolicyName=POLICY)["PolicyDocument"] == json.loads(policy())
    assert iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"] == json.loads(TRUST)


def test_ensuring_twice_gives_the_same_role_with_the_newest_policy(roles: Roles, iam: IAMClient, name: str) -> None:
    first = roles.ensure(name, policy=policy("m1"), tags=OURS)
    assert roles.ensure(name, policy=policy("m2"), tags=OURS) == first
    document = iam.get_role_policy(RoleName=name, PolicyName=POLICY)["PolicyDocument"]
    assert document == json.loads(policy("m2"))


def test_a_strangers_role_is_never_taken_for_ours(roles: Roles, iam: IAMClient, name: str) -> None:
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    with pytest.raises(TakenError, match="this migration did not make it"):
        roles.ensure(name, policy=policy(), tags=OURS)
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []


def test_a_permissions_boundary_is_kept(roles: Roles, iam: IAMClient, name: str) -> None:
    boundary = iam.create_policy(PolicyName=f"{name}-boundary", PolicyDocument=policy())["Policy"]["Arn"]
    roles.ensure(name, policy=policy(), tags=OURS, permissions_boundary=boundary)
    seen = iam.get_role(RoleName=name)["Role"]
    assert seen.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") == boundary


def test_a_role_goes_with_all_its_policies_however_often(roles: Roles, iam: IAMClient, name: str) -> None:
    roles.ensure(name, policy=policy(), tags=OURS)
    attached = iam.create_policy(PolicyName=f"{name}-rail", PolicyDocument=policy())["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=attached)
    roles.delete(name)
    roles.delete(name)
    assert roles.describe(name) is None
    assert iam.get_policy(PolicyArn=attached)["Policy"].get("AttachmentCount", 0) == 0


def test_a_policy_goes_with_all_its_versions_however_often(roles: Roles, iam: IAMClient, name: str) -> None:
    arn = iam.create_policy(PolicyName=f"{name}-older", Path="/older/", PolicyDocument=policy())["Policy"]["Arn"]
    for number in range(3):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(f"m{number}"), SetAsDefault=number == 1)
    roles.delete_policy(arn)
    roles.delete_policy(arn)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_policy(PolicyArn=arn)


def test_a_policy_that_a_role_still_has_is_not_taken_away(roles: Roles, iam: IAMClient, name: str) -> None:
    arn = iam.create_policy(PolicyName=f"{name}-used", PolicyDocument=policy())["Policy"]["Arn"]
    roles.ensure(name, policy=policy(), tags=OURS)
    iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    with pytest.raises(AwsError) as raised:
        roles.delete_policy(arn)
    assert raised.value.fault is Fault.IN_USE
    roles.delete(name)
    roles.delete_policy(arn)


def test_where_we_are_is_told_by_sts(aws: EmbeddedAws) -> None:
    assert place(session_on(aws)) == Place("aws", "us-east-1", "000000000000")
