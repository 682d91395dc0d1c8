"""Doors over a server on this machine, and stubbed clients for what it never answers."""

from __future__ import annotations

import functools
from typing import Any, Literal, Protocol, cast

import boto3
from botocore.stub import Stubber

from pulumi_dynamo_migrator.aws.config import AwsConfig
from pulumi_dynamo_migrator.aws.session import Session
from pulumi_dynamo_migrator.model.timing import Timing
from tools.embedded_aws import EmbeddedAws

SERVICES = ("dynamodb", "lambda", "iam", "sts", "logs", "cloudwatch")
FAST = Timing(poll=0.02, poll_cap=0.1, table=20.0, index=20.0, mapping=20.0, role=5.0, lease=2.0)


class Server(Protocol):
    """A process on this machine that answers as AWS does."""

    @property
    def endpoint(self) -> str: ...


def session_on(server: Server) -> Session:
    """A session that asks this server, told by configuration alone; shared: clients take long to make."""
    return _session(server.endpoint)


@functools.cache
def _session(endpoint: str) -> Session:
    config = AwsConfig(
        region="us-east-1",
        endpoints=tuple((service, endpoint) for service in SERVICES),
        access_key="test",
        secret_key="test",
    )
    return Session(config, environ={})


def attach(aws: EmbeddedAws, table: str) -> str:
    """Have a table's changes go to a Kinesis stream of its name, and Insights watch it; the stream's ARN."""
    kinesis: Any = boto3.client(
        "kinesis",
        endpoint_url=aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    kinesis.create_stream(StreamName=table, ShardCount=1)
    stream = str(kinesis.describe_stream_summary(StreamName=table)["StreamDescriptionSummary"]["StreamARN"])
    client = session_on(aws).client("dynamodb")
    client.enable_kinesis_streaming_destination(TableName=table, StreamArn=stream)
    client.update_contributor_insights(TableName=table, ContributorInsightsAction="ENABLE")
    return stream


def stubbed(service: Literal["dynamodb", "lambda", "iam"]) -> tuple[Any, Stubber]:
    """A client that answers only what its stubber was told, in that order."""
    client: Any = boto3.client(
        cast(Any, service), region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    stubber = Stubber(client)
    stubber.activate()
    return client, stubber
