"""Requests whose answer was an error, and which take effect later, when others have long gone on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from pulumi_dynamo_migrator.aws.config import AwsConfig
from pulumi_dynamo_migrator.aws.ledger import Ledger
from pulumi_dynamo_migrator.aws.session import Session
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.system import SystemClock
from tests.emulator import faults
from tests.emulator.faulty import Faulty, Rule, on
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
