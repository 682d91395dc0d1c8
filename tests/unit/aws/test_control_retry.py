"""Attempts of a control call: what passes, with which pauses, and for how long. Over botocore's own events."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from botocore.awsrequest import AWSResponse, HTTPHeaders
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.exceptions import ConnectionError as BotoConnectionError

from pulumi_dynamo_migrator.aws.config import AwsConfig
from pulumi_dynamo_migrator.aws.control_retry import NEVER_HEARD, ControlRetry, at_most, fault_in
from pulumi_dynamo_migrator.aws.faults import AwsError, Fault
from pulumi_dynamo_migrator.aws.retry import Patience
from pulumi_dynamo_migrator.aws.session import Session
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.model.timing import Timing
from tools.forwarding import Forwarder, Message, Upstream


class Answering(Forwarder):
    """Answers what it is told, and counts."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9")
        self.script: Callable[[int], Message | None] = lambda _: None
        self.times: list[float] = []

    def handle(self, request: Message, upstream: Upstream) -> Message | None:
        self.times.append(time.monotonic())
        return self.script(len(self.times))


def error(status: int, code: str) -> Message:
    return Message.answer(status, {"__type": f"x#{code}", "message": "why"})


def in_the_way() -> Message:
    """A transaction that met another one: a heartbeat renews the lease that a write checks."""
    reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
    told = {"__type": "x#TransactionCanceledException", "message": "why", "CancellationReasons": reasons}
    return Message.answer(400, told)


FOUND = Message.answer(200, {"TableNames": []})
GONE = error(400, "ResourceNotFoundException")


@pytest.fixture
def aws() -> Iterator[Answering]:
    with Answering() as aws:
        yield aws


def tables(endpoint: str, **timing: float) -> Tables:
    config = AwsConfig(region="eu-west-1", endpoints=(("dynamodb", endpoint),), access_key="a", secret_key="s")
    told = Timing(**{"retry_cap": 0.02, "control": 1.0, **timing})
    return Tables(Session(config, environ={}, timing=told).client("dynamodb"))


@pytest.mark.parametrize(
    "passed",
    [
        error(400, "ThrottlingException"),
        error(400, "ProvisionedThroughputExceededException"),
        error(400, "RequestLimitExceeded"),
        error(400, "LimitExceededException"),
        in_the_way(),
        error(500, "InternalServerError"),
        error(503, "ServiceUnavailable"),
        None,
        Message(FOUND.start, FOUND.lines, FOUND.body[:5], {b"connection": b"close"}),
    ],
    ids=["throttled", "throughput", "requests", "limit", "in the way", "500", "503", "no answer", "half an answer"],
)
def test_what_passes_is_asked_again_until_it_is_answered(aws: Answering, passed: Message | None) -> None:
    aws.script = lambda number: passed if number < 8 else GONE
    assert tables(aws.endpoint, control=20).describe("t") is None
    assert len(aws.times) == 8


def test_what_cannot_succeed_later_is_asked_once(aws: Answering) -> None:
    aws.script = lambda _: error(400, "ValidationException")
    with pytest.raises(AwsError) as caught:
        tables(aws.endpoint).describe("t")
    assert caught.value.fault is Fault.INVALID
    assert len(aws.times) == 1


def test_a_fault_that_lasts_ends_with_its_own_words_when_the_budget_is_spent(aws: Answering) -> None:
    aws.script = lambda _: error(400, "ThrottlingException")
    began = time.monotonic()
    with pytest.raises(AwsError, match="DescribeTable on table t was refused: ThrottlingException: why") as caught:
        tables(aws.endpoint, control=5).describe("t")
    assert caught.value.fault is Fault.THROTTLED
    assert len(aws.times) > 3
    assert 4.9 < time.monotonic() - began < 60  # the last pause may not lead past the budget


def test_an_answer_that_never_comes_is_given_up_and_asked_for_again(aws: Answering) -> None:
    released = threading.Event()

    def script(number: int) -> Message:
        if number == 1:
            released.wait(10)
        return GONE

    aws.script = script
    assert tables(aws.endpoint, control=20, answer=0.2).describe("t") is None
    released.set()
    assert len(aws.times) >= 2


def pauses(attempts: int, *, draw: float, heard: bool = True, waited: float = 0.0) -> list[float | None]:
    now = [0.0]
    retry = ControlRetry(Patience(base=1.0, cap=5.0), budget=60.0, draw=lambda: draw, monotonic=lambda: now[0])
    context: dict[str, object] = {}

    retry.begin(SimpleNamespace(context=context))
    now[0] = waited
    response = (
        (
            AWSResponse("u", 503, HTTPHeaders(), None),
            {"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": 503}},
        )
        if heard
        else None
    )
    failed = None if heard else BotoConnectionError(error=OSError())
    return [
        retry.pause(response=response, attempts=number, caught_exception=failed, request_dict={"context": context})
        for number in range(1, attempts + 1)
    ]


def test_pauses_are_drawn_from_a_span_that_grows_up_to_the_cap() -> None:
    assert pauses(5, draw=1.0) == [2.0, 4.0, 5.0, 5.0, 5.0]
    assert pauses(3, draw=0.25) == [0.5, 1.0, 1.25]


def test_the_budget_is_time_and_no_pause_leads_past_it() -> None:
    assert pauses(1, draw=1.0, waited=57.0) == [2.0]
    assert pauses(1, draw=1.0, waited=59.0) == [None]


def test_a_service_that_never_answered_is_not_waited_for_so_long() -> None:
    assert pauses(1, draw=1.0, heard=False, waited=NEVER_HEARD - 3) == [2.0]
    assert pauses(1, draw=1.0, heard=False, waited=NEVER_HEARD) == [None]


def test_a_call_that_is_better_asked_anew_has_a_shorter_budget() -> None:
    with at_most(10.0):
        assert pauses(1, draw=1.0, waited=9.0) == [None]
        assert pauses(1, draw=1.0, waited=7.0) == [2.0]
    assert pauses(1, draw=1.0, waited=9.0) == [2.0]


def test_other_exceptions_than_those_of_the_way_are_not_borne() -> None:
    assert fault_in(None, ReadTimeoutError(endpoint_url="x")) is Fault.UNREACHABLE
    assert not fault_in(None, socket.gaierror()).passing


def test_a_backup_whose_outcome_is_unknown_is_left_to_its_door(aws: Answering) -> None:
    """DynamoDB would make a second one."""
    aws.script = lambda number: error(400, "ThrottlingException") if number < 3 else error(500, "InternalServerError")
    config = AwsConfig(region="eu-west-1", endpoints=(("dynamodb", aws.endpoint),), access_key="a", secret_key="s")
    client = Session(config, environ={}, timing=Timing(retry_cap=0.02)).client("dynamodb")
    with pytest.raises(ClientError):
        client.create_backup(TableName="t123", BackupName="b123")
    assert len(aws.times) == 3
