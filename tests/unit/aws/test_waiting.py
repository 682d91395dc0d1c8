"""Pauses that grow, and an end."""

from __future__ import annotations

from itertools import islice

import pytest

from pulumi_dynamo_migrator.aws.waiting import WaitedTooLongError, pauses, wait_for
from pulumi_dynamo_migrator.model.timing import Timing
from tests.fakes.copying import JumpingClock

TIMING = Timing(poll=1.0, poll_cap=3.0)


def test_pauses_grow_up_to_the_cap() -> None:
    assert list(islice(pauses(TIMING), 5)) == [1.0, 1.5, 2.25, 3.0, 3.0]


def test_the_first_answer_ends_the_wait() -> None:
    answers = iter([None, None, "there"])
    assert wait_for(lambda: next(answers), clock=JumpingClock(), timing=TIMING, limit=9, what="x") == "there"


def test_an_answer_at_once_sleeps_never() -> None:
    clock = JumpingClock(start=0.0)
    wait_for(lambda: True, clock=clock, timing=TIMING, limit=9, what="x")
    assert clock.time == 0.0


def test_too_long_is_said_in_words() -> None:
    with pytest.raises(WaitedTooLongError, match=r"The table t did not become ACTIVE within 9 seconds\."):
        wait_for(lambda: None, clock=JumpingClock(), timing=TIMING, limit=9, what="The table t did not become ACTIVE")
