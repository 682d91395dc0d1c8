"""What the stream door promises, against real processes."""

from __future__ import annotations

import uuid

import pytest

from pulumi_dynamo_migrator.aws.faults import AwsError
from pulumi_dynamo_migrator.aws.streams import Streams, StreamStatus
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.model.spec import BillingMode, Settings, Stream, Structure
from pulumi_dynamo_migrator.system import SystemClock
from tests.fakes.doors import FAST, Server, session_on

CLOCK = SystemClock()


@pytest.fixture
def streams(server: Server) -> Streams:
    return Streams(session_on(server).client("dynamodbstreams"))


@pytest.fixture
def tables(server: Server) -> Tables:
    return Tables(session_on(server).client("dynamodb"))


def streaming(tables: Tables) -> tuple[str, str]:
    name = f"streams-{uuid.uuid4().hex[:8]}"
    settings = Settings(billing_mode=BillingMode.PAY_PER_REQUEST, stream=Stream(True, "NEW_AND_OLD_IMAGES"))
    tables.create(name, Structure("id", None, (("id", "S"),)), settings=settings, tags={})
    arn = tables.wait_active(name, clock=CLOCK, timing=FAST).stream.latest_arn
    assert arn is not None
    return name, arn


def test_a_stream_that_is_on_is_described_and_waited_for(tables: Tables, streams: Streams) -> None:
    name, arn = streaming(tables)
    seen = streams.wait_enabled(arn, clock=CLOCK, timing=FAST)
    assert (seen.arn, seen.status, seen.view_type, seen.table) == (
        arn,
        StreamStatus.ENABLED,
        "NEW_AND_OLD_IMAGES",
        name,
    )


def test_a_stream_that_was_never_there_is_none(tables: Tables, streams: Streams) -> None:
    _, arn = streaming(tables)
    assert streams.describe(arn.replace("table/streams-", "table/another-")) is None


def test_a_stream_that_is_off_is_not_waited_for(tables: Tables, streams: Streams) -> None:
    name, arn = streaming(tables)
    tables.update_stream(name, Stream(False))
    seen = streams.describe(arn)
    assert seen is None or seen.status in (StreamStatus.DISABLED, StreamStatus.DISABLING)
    if seen is not None:
        with pytest.raises(AwsError, match="DISABL"):
            streams.wait_enabled(arn, clock=CLOCK, timing=FAST)
