"""Which region and credentials are used, and what is said when there are none. No call to AWS is made."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.aws.config import AwsConfig, RoleToAssume
from pulumi_dynamo_migrator.aws.session import NoAccessError, Session

KEYS = AwsConfig(region="eu-west-1", access_key="a", secret_key="s")


def test_the_configurations_region_goes_before_the_environments() -> None:
    assert Session(KEYS, environ={"AWS_REGION": "us-west-2"}).region == "eu-west-1"
    assert Session(AwsConfig(), environ={"AWS_REGION": "us-west-2"}).region == "us-west-2"


def test_no_region_is_a_sentence_with_what_now() -> None:
    with pytest.raises(NoAccessError, match="No AWS region is configured") as raised:
        Session(AwsConfig(access_key="a", secret_key="s"), environ={}).check()
    assert "aws:region" in raised.value.now


def test_no_credentials_is_a_sentence_with_what_now() -> None:
    with pytest.raises(NoAccessError, match="No AWS credentials are configured") as raised:
        Session(AwsConfig(region="eu-west-1"), environ={}).check()
    assert "aws:profile" in raised.value.now


def test_an_unknown_profile_is_a_sentence_with_what_now() -> None:
    with pytest.raises(NoAccessError, match="nobody"):
        Session(AwsConfig(region="eu-west-1", profile="nobody"), environ={})


def test_clients_are_made_once_and_carry_our_name() -> None:
    session = Session(KEYS, environ={})
    client = session.client("dynamodb")
    assert client is session.client("dynamodb")
    assert "pulumi-dynamo-migrator/" in str(vars(client.meta.config)["_user_provided_options"]["user_agent_extra"])


def test_a_configured_endpoint_is_where_its_client_goes() -> None:
    config = AwsConfig(
        region="eu-west-1", endpoints=(("dynamodb", "http://localhost:1"),), access_key="a", secret_key="s"
    )
    session = Session(config, environ={})
    assert session.client("dynamodb").meta.endpoint_url == "http://localhost:1"
    assert session.client("dynamodbstreams").meta.endpoint_url == "http://localhost:1"
    assert session.client("iam").meta.endpoint_url == "https://iam.amazonaws.com"


def test_the_partition_follows_the_region() -> None:
    china = AwsConfig(region="cn-north-1", access_key="a", secret_key="s")
    assert Session(china, environ={}).partition == "aws-cn"


def test_a_role_is_assumed_only_when_credentials_are_needed() -> None:
    config = AwsConfig(
        region="eu-west-1", access_key="a", secret_key="s", assume_roles=(RoleToAssume("arn:aws:iam::1:role/r"),)
    )
    session = Session(config, environ={})
    session.check()
    credentials = session.boto3.get_credentials()
    assert credentials is not None
    assert credentials.method == "assume-role"
