"""Which region and credentials are used, and what is said when there are none. No call to AWS is made."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from pulumi_dynamo_migrator.aws.config import AwsConfig, RoleToAssume
from pulumi_dynamo_migrator.aws.last_look import last_look
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


def test_a_guard_is_asked_before_each_attempt_of_its_own_thread_and_of_no_other() -> None:
    session = Session(KEYS, environ={})
    client: Any = session.client("dynamodb")
    answers = [(500, b"{}"), *[(200, b'{"TableNames": []}')] * 3]
    asked: list[int] = []

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        status, body = answers.pop(0)
        return AWSResponse(request.url, status, HTTPHeaders(), Raw(body))

    client.meta.events.register("before-send", answer)
    with last_look(lambda: asked.append(len(answers))):
        thread = threading.Thread(target=client.list_tables)
        thread.start()
        thread.join()
        assert (asked, len(answers)) == ([], 2)
        client.list_tables()
    client.list_tables()
    assert (asked, answers) == ([2], [])


def test_what_a_guard_raises_ends_a_request_and_its_repetitions() -> None:
    session = Session(KEYS, environ={})
    client: Any = session.client("dynamodb")
    sent: list[str] = []

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        sent.append(request.url)
        return AWSResponse(request.url, 500, HTTPHeaders(), Raw(b"{}"))

    def check() -> None:
        if sent:
            raise InterruptedError

    client.meta.events.register("before-send", answer)
    with last_look(check), pytest.raises(InterruptedError):
        client.list_tables()
    assert len(sent) == 1


class Raw(io.BytesIO):
    """An answer's body as urllib3 gives it."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()
