"""Requests whose answer was an error, and which take effect later, when others have long gone on."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest

from pulumi_dynamo_migrator.aws.config import AwsConfig
from pulumi_dynamo_migrator.aws.ledger import Ledger
from pulumi_dynamo_migrator.aws.session import Session
from pulumi_dynamo_migrator.console import Console
from pulumi_dynamo_migrator.lifecycle.work import at_work, open_doors
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.system import SystemClock
from tests.emulator import faults
from tests.emulator.faulty import Faulty, Rule, on
from tests.fakes.plans import asks, entry
from tests.soaking import Tally
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

TIMING = Timing(poll=0.02, poll_cap=0.1, retry_cap=0.02)


@pytest.fixture
def faulty(aws: EmbeddedAws) -> Iterator[Faulty]:
    with Faulty(aws.endpoint, later=0.5) as faulty:
        yield faulty


def test_a_word_that_lands_late_does_not_come_back_over_the_next_one(faulty: Faulty, tally: Tally) -> None:
    config = AwsConfig("us-east-1", endpoints=(("dynamodb", faulty.endpoint),), access_key="test", secret_key="test")
    client = Session(config, environ={}, timing=TIMING).client("dynamodb")
    ledger = Ledger(client, clock=SystemClock(), timing=TIMING, table=f"words-{uuid.uuid4().hex[:8]}")
    ledger.control.ensure()
    partition = ledger.migration("m")
    partition.begin_words(Word.TAIL)
    faulty.afflict([Rule(faults.late_after_error, on("UpdateItem"), times=1)])
    partition.set_word(Word.NOTING)
    said = partition.set_word(Word.LATE)
    faulty.settle()
    assert partition.word() == said
    assert said.word is Word.LATE
    tally.add("late after error")
    ledger.delete_if_empty()


@pytest.mark.parametrize("untold", [False, True])
def test_a_lease_is_given_back_unless_the_next_owner_must_wait_for_what_may_land(
    aws: EmbeddedAws, untold: bool
) -> None:
    endpoints = json.dumps([dict.fromkeys(("dynamodb", "lambda", "iam", "sts", "logs", "cloudwatch"), aws.endpoint)])
    keys = {"aws:region": "us-east-1", "aws:accessKey": "test", "aws:secretKey": "test", "aws:endpoints": endpoints}
    doors = open_doors(keys, {})
    mine = doors.ledger.create(entry(id=f"lease-{uuid.uuid4().hex[:8]}", urn=f"urn:{uuid.uuid4().hex}"))
    with at_work(mine, asks(), doors=doors, console=Console(mine.urn)) as site:
        site.untold = untold
    holder = doors.ledger.holder(mine.id)
    assert holder is not None
    assert holder.released is not untold
    doors.ledger.delete(doors.ledger.read(mine.id) or mine)
