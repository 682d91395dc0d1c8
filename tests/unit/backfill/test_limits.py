"""A copy under limits, and how it ends while it waits for them."""

from __future__ import annotations

import threading
import time
from itertools import pairwise

import pytest

from pulumi_dynamo_migrator.backfill.pace import AIM
from pulumi_dynamo_migrator.backfill.segments import Segment
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.lifecycle.guarded_clock import GuardedClock
from tests.fakes.conversions import identity
from tests.fakes.copying import Pair


class KilledError(Exception):
    pass


def people(count: int) -> list[WireItem]:
    return [{"id": {"S": f"p{number:03}"}} for number in range(count)]


def test_a_write_limit_is_kept_and_pages_are_as_small_as_it_takes_to_stop_soon() -> None:
    pair = Pair(identity(), page=1000)
    pair.put(people(300))
    begun = pair.clock.time
    result = pair.backfill(segments=1, workers=1, max_write_units=5)
    assert pair.clock.time - begun == pytest.approx(300 / (5 * AIM), rel=0.03)
    reads = [0, *(save.tally.read for save in pair.ledger.saves)]
    assert max(later - earlier for earlier, later in pairwise(reads)) <= 10 * 5
    assert result.tally.inserted == 300


def test_a_read_limit_is_kept() -> None:
    pair = Pair(identity(), page=1000)
    pair.put(people(300))
    begun = pair.clock.time
    pair.backfill(segments=1, workers=1, max_read_units=5)
    assert pair.clock.time - begun == pytest.approx(300 / (5 * AIM), rel=0.03)


@pytest.mark.parametrize(("reads", "writes"), [(1, None), (None, 1)], ids=["reads", "writes"])
def test_a_guard_that_says_no_is_heard_while_a_worker_waits_for_a_limit(
    reads: float | None, writes: float | None
) -> None:
    pair = Pair(identity())
    pair.put(people(100))
    told_at = pair.clock.time + 20.2

    def guard() -> None:
        if pair.clock.time > told_at:
            raise KilledError

    pair.guard = guard
    pair.items.cost = 30.0  # a request is to be paid for by half a minute
    clock = GuardedClock(pair.clock, guard)
    with pytest.raises(KilledError):
        pair.backfill(workers=1, clock=clock, max_read_units=reads, max_write_units=writes)
    assert pair.clock.time <= told_at + 1
    assert sum(segment.tally.read for segment in pair.ledger.segments.values()) <= len(pair.target.items)


def test_an_error_elsewhere_ends_a_wait_for_a_limit() -> None:
    """Who waits would else find out only when its debt is paid: after ten minutes."""
    pair = Pair(identity(), page=1)
    pair.put(people(20))
    pair.items.cost = 600.0
    begun, waiting, failed = pair.clock.time, threading.Event(), threading.Event()

    def wait(_nap: float) -> None:
        if pair.clock.time > begun + 20:
            waiting.set()
            failed.wait(10)
            time.sleep(0.01)

    first = threading.Lock()

    def fail(_segment: Segment) -> None:
        if not first.acquire(blocking=False):
            raise KilledError  # both had paid before either owed
        assert waiting.wait(10)
        failed.set()
        raise KilledError

    pair.clock.on_sleep = wait
    pair.ledger.save_segment = fail  # type: ignore[assignment, method-assign]
    with pytest.raises(KilledError):
        pair.backfill(workers=2, segments=2, max_write_units=1)
    assert pair.clock.time - begun < 300


def test_what_is_throttled_slows_a_copy_down_and_is_told() -> None:
    """Every request is: the pace falls from what went through, and time passes in waiting for it."""
    pair = Pair(identity())
    pair.put(people(100))
    begun = pair.clock.time
    assert pair.backfill(workers=1).throttled == 0
    assert pair.clock.time == begun
    pair = Pair(identity())
    pair.put(people(100))
    pair.items.throttled = 1
    result = pair.backfill(workers=1, segments=1)
    assert result.throttled >= 2 * 100 / 7
    assert pair.clock.time > begun
    assert pair.target.items == pair.source.items
