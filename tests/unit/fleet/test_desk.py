"""A worker's guard: what it may still send, given what the parent told last."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.aws.items import DynamoItems
from pulumi_dynamo_migrator.aws.retry import Retry
from pulumi_dynamo_migrator.backfill.segments import Segment
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.fleet.desk import Desk, StoppedError, TermsOverError
from pulumi_dynamo_migrator.fleet.messages import (
    Answered,
    Counted,
    Failed,
    Heard,
    Keys,
    Lent,
    Paged,
    Renewed,
    Stop,
    ToParent,
    ToWorker,
    Wanting,
)
from pulumi_dynamo_migrator.fleet.pipe import Pipe
from pulumi_dynamo_migrator.model.terms import FOREVER, Terms
from tests.fakes.copying import JumpingClock
from tests.unit.fleet.test_messages import setup


@dataclass
class Parent:
    """The other end of a worker's pipes."""

    pipe: Pipe[ToWorker, ToParent]
    desk: Desk
    clock: JumpingClock

    def hears(self) -> ToParent | None:
        """What the worker says next."""
        return self.pipe.receive()


def files() -> tuple[BinaryIO, BinaryIO]:
    """Both ends of a pipe."""
    reading, writing = os.pipe()
    return cast(BinaryIO, os.fdopen(reading, "rb")), cast(BinaryIO, os.fdopen(writing, "wb"))


@pytest.fixture
def moment() -> float:
    """Real seconds for which a worker whose terms are over waits for newer ones."""
    return 0.2


@pytest.fixture
def parent(moment: float) -> Iterator[Parent]:
    (to_worker, from_parent), (to_parent, from_worker) = files(), files()
    clock = JumpingClock()
    worker: Pipe[ToParent, ToWorker] = Pipe(to_worker, from_worker, expects=ToWorker)
    desk = Desk(worker, setup(terms=terms(clock, 10)), clock=clock, moment=moment)
    listening = threading.Thread(target=desk.listen)
    listening.start()
    parent = Parent(Pipe(to_parent, from_parent, expects=ToParent), desk, clock)
    yield parent
    parent.pipe.hang_up()
    listening.join()
    worker.hang_up()
    to_worker.close()
    to_parent.close()


def terms(clock: JumpingClock, seconds: float) -> Terms:
    """For so long."""
    return Terms(clock.now() + seconds, clock.monotonic() + seconds)


def test_it_may_send_as_long_as_the_lease_lasts_and_not_longer(parent: Parent) -> None:
    parent.desk.guard()
    parent.clock.time += 10
    parent.desk.guard()
    parent.clock.time += 0.001
    with pytest.raises(TermsOverError):
        parent.desk.guard()


def test_every_renewal_counts_and_is_confirmed(parent: Parent) -> None:
    parent.clock.time += 9
    parent.pipe.send(Renewed(terms(parent.clock, 10)))
    assert parent.hears() == Heard()
    parent.clock.time += 9
    parent.desk.guard()


@pytest.mark.parametrize("moment", [30.0])
def test_who_wakes_past_its_terms_reads_newer_ones_first(parent: Parent) -> None:
    """They lie in the pipe, and the thread that is to read them has not run yet."""
    parent.clock.time += 100
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(parent.desk.guard)
        parent.pipe.send(Renewed(terms(parent.clock, 10)))
        asked.result(60)


def test_older_terms_that_lie_in_the_pipe_are_no_help(parent: Parent) -> None:
    late = terms(parent.clock, 20)
    parent.clock.time += 100
    parent.pipe.send(Renewed(late))
    assert parent.hears() == Heard()
    with pytest.raises(TermsOverError):
        parent.desk.guard()


def test_nothing_is_sent_after_a_stop(parent: Parent) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(parent.desk.next_segment)
        assert parent.hears() == Wanting(1)
        parent.pipe.send(Stop())
        with pytest.raises(StoppedError):
            waiting.result(10)
    with pytest.raises(StoppedError):
        parent.desk.guard()


def test_each_question_gets_its_own_answer(parent: Parent) -> None:
    segment, key = Segment(1, 4), {"id": {"S": "k"}}
    with ThreadPoolExecutor(3) as pool:
        kept = pool.submit(parent.desk.save_segment, segment)
        assert parent.hears() == Paged(1, segment)
        failed = pool.submit(parent.desk.record_failed, key, "no", key)
        assert parent.hears() == Failed(2, key, "no", key)
        wanting = pool.submit(parent.desk.next_segment)
        assert parent.hears() == Wanting(3)
        parent.pipe.send(Answered(3, segment))
        assert wanting.result(10) == segment
        assert not kept.done()
        parent.pipe.send(Answered(2))
        parent.pipe.send(Answered(1))
        failed.result(10)
        kept.result(10)


def test_credentials_are_those_that_were_lent_last(parent: Parent) -> None:
    assert parent.desk.keys() == Keys("AKID", "secret", "token")
    parent.pipe.send(Lent(Keys("new", "secret")))
    parent.pipe.send(Renewed(FOREVER))
    assert parent.hears() == Heard()
    assert parent.desk.keys() == Keys("new", "secret")


def test_progress_is_told_as_what_has_come_since(parent: Parent) -> None:
    for done in (25, 60):
        parent.desk.progress(Progress("copying", done))
    assert [parent.hears(), parent.hears()] == [Counted(25), Counted(35)]


@given(until=st.floats(-5, 5), ends=st.floats(-5, 5), slept=st.floats(0, 10))
def test_no_insert_is_signed_or_sent_past_either_clock(until: float, ends: float, slept: float) -> None:
    clock = JumpingClock()
    nobody: Pipe[ToParent, ToWorker] = Pipe(io.BytesIO(), io.BytesIO(), expects=ToWorker)
    limits = Terms(clock.now() + until, clock.monotonic() + ends)
    desk = Desk(nobody, setup(terms=limits), clock=clock, moment=0.0)
    signed: list[float] = []

    def call(operation: str, body: bytes, *, at: float) -> bytes:
        signed.append(at)
        return b'{"Responses": [{}]}'

    clock.sleep(slept)
    door = DynamoItems(call, retry=Retry(clock, random=lambda: 0.0, guard=desk.guard))
    try:
        door.insert_if_absent("new", [{"id": {"S": "k"}}], hash_key="id")
    except TermsOverError:
        assert clock.now() > limits.until or clock.monotonic() > limits.ends
        assert not signed
    else:
        assert signed == [clock.now()]
        assert clock.now() <= limits.until
        assert clock.monotonic() <= limits.ends
