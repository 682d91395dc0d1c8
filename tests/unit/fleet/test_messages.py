"""What parent and workers say to each other comes through the pipe as it was said."""

from __future__ import annotations

import io
import json
import os
from typing import Any, BinaryIO, cast

import msgspec
import pytest

from pulumi_dynamo_migrator.aws.retry import Patience
from pulumi_dynamo_migrator.aws.wire import Endpoint
from pulumi_dynamo_migrator.backfill.segments import Segment, Tally
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.fleet.messages import (
    Answered,
    Counted,
    Ended,
    Failed,
    Fault,
    Heard,
    Keys,
    Lent,
    Message,
    Paged,
    Refused,
    Renewed,
    Setup,
    Stop,
    ToParent,
    ToWorker,
    Wanting,
)
from pulumi_dynamo_migrator.fleet.pipe import Pipe
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.model.terms import FOREVER, Terms
from pulumi_dynamo_migrator.replicate.config import OnItemError
from tests.fakes.conversions import PER_PLACE_JOINED, written

SEGMENT = Segment(3, 8, b'{"id":{"B":"AP8="}}', tally=Tally(read=7, inserted=5, dropped=2, bytes=2**33))
ITEM: WireItem = {
    "id": {"S": "é\u0000"},
    "b": {"B": "AP8="},
    "deep": {"M": {"l": {"L": [{"NULL": True}, {"N": "1e-100"}]}}},
}
CHAIN = written(PER_PLACE_JOINED, meeting=Meeting.DISTINCT)


def setup(**other: Any) -> Setup:
    """What a worker is told first."""
    told: dict[str, Any] = {
        "source": "old",
        "target": "new",
        "chain": json.dumps(CHAIN.to_json()),
        "workers": 4,
        "max_read_units": 12.5,
        "max_write_units": None,
        "on_item_error": OnItemError.SKIP,
        "checkpoint": 0.5,
        "endpoint": Endpoint("https://dynamodb.eu-west-1.amazonaws.com", "eu-west-1", "http://proxy:3128", "/ca.pem"),
        "request": 60.0,
        "patience": Patience(),
        "keys": Keys("AKID", "secret", "token"),
        "terms": Terms(1.5, 2.5),
    }
    return Setup(**told | other)


TO_WORKER = [
    setup(),
    setup(keys=None, terms=FOREVER),
    Renewed(Terms(3.0, 4.0)),
    Lent(None),
    Lent(Keys("A", "s")),
    Answered(1),
    Answered(2, SEGMENT),
    Stop(),
]
TO_PARENT = [
    Heard(),
    Wanting(1),
    Paged(2, SEGMENT),
    Failed(3, {"id": ITEM["id"]}, "a is negative", ITEM),
    Counted(25),
    Ended(),
    Ended(3, 1.5, Fault("it broke", "mend it", passing=True, terms=True)),
    Ended(fault=Refused([{"id": ITEM["id"]}], ["no"])),
]


def said(message: Message, expects: Any) -> Message | None:
    """The message as it comes out."""
    written = io.BytesIO()
    out: Pipe[Any, Any] = Pipe(io.BytesIO(), written, expects=expects)
    assert out.send(message)
    return Pipe(io.BytesIO(written.getvalue()), io.BytesIO(), expects=expects).receive()


@pytest.mark.parametrize("message", TO_WORKER, ids=lambda one: type(one).__name__)
def test_what_the_parent_says_arrives(message: Message) -> None:
    assert said(message, ToWorker) == message


@pytest.mark.parametrize("message", TO_PARENT, ids=lambda one: type(one).__name__)
def test_what_a_worker_says_arrives(message: Message) -> None:
    assert said(message, ToParent) == message


def test_nobody_takes_the_others_words_for_his_own() -> None:
    with pytest.raises(msgspec.ValidationError):
        said(Stop(), ToParent)


def test_a_worker_loads_the_conversion_from_what_it_is_told() -> None:
    job = setup().job
    assert job.chain == CHAIN
    made = job.chain.apply({"id": {"S": "i"}, "a": {"N": "1"}, "places": {"L": [{"S": "p"}]}})
    assert made == [{"id": {"S": "i@p"}, "a": {"N": "1"}}]
    assert (job.workers, job.max_read_units, job.on_item_error) == (4, 12.5, OnItemError.SKIP)


def test_secrets_are_shown_nowhere() -> None:
    assert "secret" not in repr(setup())
    assert "token" not in repr(Lent(Keys("AKID", "secret", "token")))


@pytest.mark.parametrize("kept", [0, 2, 4, 9])
def test_a_pipe_that_ends_in_mid_sentence_is_at_its_end(kept: int) -> None:
    written = io.BytesIO()
    out: Pipe[Any, Any] = Pipe(io.BytesIO(), written, expects=ToParent)
    assert out.send(Counted(25))
    assert Pipe(io.BytesIO(written.getvalue()[:kept]), io.BytesIO(), expects=ToParent).receive() is None


def test_whoever_speaks_to_nobody_is_told_so() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    pipe: Pipe[Any, Any] = Pipe(io.BytesIO(), cast(BinaryIO, os.fdopen(writing, "wb")), expects=ToParent)
    assert not pipe.send(Heard())
    pipe.hang_up()
    assert not pipe.send(Heard())
