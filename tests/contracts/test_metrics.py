"""What the door to CloudWatch promises, against a real process."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber

from pulumi_dynamo_migrator.aws.faults import AwsError
from pulumi_dynamo_migrator.aws.metrics import Metrics
from tests.fakes.doors import session_on
from tools.embedded_aws import EmbeddedAws

DAY = 86_400.0


def put(aws: EmbeddedAws, table: str, *, ago: float, units: float) -> None:
    session_on(aws).client("cloudwatch").put_metric_data(
        Namespace="AWS/DynamoDB",
        MetricData=[
            {
                "MetricName": "ConsumedWriteCapacityUnits",
                "Dimensions": [{"Name": "TableName", "Value": table}],
                "Timestamp": datetime.now(UTC) - timedelta(seconds=ago),
                "Value": units,
                "Unit": "Count",
            }
        ],
    )


@pytest.mark.emulator
@pytest.mark.parametrize("window", [600, DAY, 3 * DAY])
def test_written_units_are_those_of_the_table_and_the_time(aws: EmbeddedAws, window: float) -> None:
    table, metrics = f"metrics-{uuid.uuid4().hex[:8]}", Metrics(session_on(aws).client("cloudwatch"))
    now = time.time()
    put(aws, table, ago=window / 2, units=3)
    put(aws, table, ago=window / 3, units=4)
    put(aws, table, ago=window + 7200, units=100)
    put(aws, f"{table}-other", ago=window / 2, units=1000)
    assert metrics.written_units(table, since=now - window, until=now) == 7


@pytest.mark.emulator
def test_a_table_that_is_not_known_has_no_figure(aws: EmbeddedAws) -> None:
    metrics = Metrics(session_on(aws).client("cloudwatch"))
    assert metrics.written_units("metrics-of-nobody", since=time.time() - 600, until=time.time()) is None


def stubbed() -> tuple[Metrics, Stubber]:
    client = boto3.client("cloudwatch", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    stubber = Stubber(client)
    stubber.activate()
    return Metrics(client), stubber


def test_who_may_not_ask_gets_no_figure() -> None:
    metrics, stubber = stubbed()
    stubber.add_client_error("get_metric_statistics", "AccessDenied")
    assert metrics.written_units("t", since=0, until=60) is None


def test_any_other_refusal_is_an_error() -> None:
    metrics, stubber = stubbed()
    stubber.add_client_error("get_metric_statistics", "InvalidParameterValue")
    with pytest.raises(AwsError, match="cloudwatch:GetMetricStatistics on table t"):
        metrics.written_units("t", since=0, until=60)


@pytest.mark.parametrize(("back", "period"), [(60, 60), (DAY, 60), (2 * DAY, 120), (20 * DAY, 1200), (70 * DAY, 7200)])
def test_one_answer_is_enough_however_long_the_time(back: float, period: int) -> None:
    metrics, stubber = stubbed()
    until = 1_700_000_000.0
    asked = {
        "Namespace": "AWS/DynamoDB",
        "MetricName": "ConsumedWriteCapacityUnits",
        "Dimensions": [{"Name": "TableName", "Value": "t"}],
        "StartTime": datetime.fromtimestamp(until - back, UTC),
        "EndTime": datetime.fromtimestamp(until, UTC),
        "Period": period,
        "Statistics": ["Sum"],
    }
    told: Any = {"Datapoints": [{"Sum": 1.0}, {"Sum": 2.5}]}
    stubber.add_response("get_metric_statistics", told, cast(Any, asked))
    assert metrics.written_units("t", since=until - back, until=until) == 3.5
