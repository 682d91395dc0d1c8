"""Between signing and sending, at every attempt, boto3's too: a transaction whose writer may not write any more."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pulumi_dynamo_migrator.aws.ledger import Ledger
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.system import SystemClock
from tests.emulator.staging import Stage
from tests.fakes.doors import FAST, session_on
from tests.fakes.ledger import SMALL
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator


class AsleepError(MigratorError):
    """The writer has slept."""


class Sleeper:
    """A ledger whose writer may fall asleep; it looks whether it has."""

    def __init__(self, aws: EmbeddedAws, stage: Stage) -> None:
        client = session_on(replace(aws, front=stage.port)).client("dynamodb")
        self.ledger = Ledger(client, clock=SystemClock(), timing=FAST, table=f"ledger-{uuid.uuid4().hex[:8]}")
        self.asleep = False
        self.looks = 0
        self.entry = self.ledger.create(SMALL)
        client.meta.events.register("before-sign.dynamodb.TransactWriteItems", self._sign)
        self.sleeps_at_signing = False

    def _sign(self, **_: Any) -> None:
        self.asleep |= self.sleeps_at_signing

    def look(self) -> None:
        self.looks += 1
        if self.asleep:
            raise AsleepError("slept")

    def save(self) -> Entry:
        return self.ledger.save(replace(self.entry, error="written"), still=self.look)

    def stored(self) -> Entry | None:
        return self.ledger.read(self.entry.id)


@pytest.fixture
def stage(aws: EmbeddedAws) -> Iterator[Stage]:
    with Stage(aws.endpoint) as stage:
        yield stage


@pytest.fixture
def sleeper(aws: EmbeddedAws, stage: Stage) -> Iterator[Sleeper]:
    made = Sleeper(aws, stage)
    yield made
    made.ledger.delete(made.stored() or made.entry)
    assert made.ledger.delete_if_empty()


def test_who_stays_awake_writes(sleeper: Sleeper) -> None:
    assert sleeper.save() == sleeper.stored()
    assert sleeper.looks == 1


def test_who_falls_asleep_before_signing_sends_nothing(sleeper: Sleeper, stage: Stage) -> None:
    sleeper.sleeps_at_signing = True
    stage.reset()
    with pytest.raises(AsleepError):
        sleeper.save()
    assert stage.calls == []
    assert sleeper.stored() == sleeper.entry


def test_who_falls_asleep_before_a_repeat_does_not_repeat(sleeper: Sleeper, stage: Stage) -> None:
    """The first attempt is lost on its way; boto3 would sign and send it anew."""

    def lose() -> None:
        sleeper.asleep = True
        raise ConnectionError("lost on its way")

    stage.cue("TransactWriteItems", lose)
    with pytest.raises(AsleepError):
        sleeper.save()
    assert sleeper.looks == 2
    assert sleeper.stored() == sleeper.entry


def test_later_transactions_are_not_looked_at(sleeper: Sleeper) -> None:
    saved = sleeper.save()
    sleeper.asleep = True
    assert sleeper.ledger.save(replace(saved, error="again")) == sleeper.stored()
    assert sleeper.looks == 1
