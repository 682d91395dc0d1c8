"""When a replicator is drained: nothing failing, nothing at work for long, nothing done that somebody wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest

from pulumi_dynamo_migrator.aws.ledger import Counters, FailingBatch, MigrationLedger
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.replicate.ports import Registration
from pulumi_dynamo_migrator.steps.drain import wait_drained
from pulumi_dynamo_migrator.steps.step import Site
from tests.fakes.copying import JumpingClock
from tests.fakes.plans import asks, entry, fed

TIMING = Timing(drain=30.0, outcome=60.0, lag_patience=300.0, poll=1.0)
START = 1_000_000.0


@dataclass
class Partition:
    """What the ledger shows at each second after the start."""

    clock: JumpingClock
    at_work: Callable[[float], str] = lambda _second: ""
    written: Callable[[float], float] = lambda _second: 0.0
    fails: Callable[[float], bool] = lambda _second: False
    unsure: Callable[[float], int] = lambda _second: 0

    @property
    def second(self) -> float:
        return self.clock.now() - START

    def counters(self) -> Counters:
        return Counters(records=int(self.second), last_at=self.written(self.second), unsure=self.unsure(self.second))

    def registrations(self) -> tuple[Registration, ...]:
        name = self.at_work(self.second)
        return (Registration(name, started=0.0, oldest=0.0, records=1),) if name else ()

    def failing(self) -> tuple[FailingBatch, ...]:
        return (FailingBatch("e1", error="no access", at=0.0, records=1),) if self.fails(self.second) else ()


class Silent:
    def progress(self, _moment: object) -> None:
        """Nobody listens."""


def drained_after(**shown: Any) -> float:
    """Seconds until it was drained."""
    clock = JumpingClock(START)
    partition = Partition(clock, **shown)
    site = Site(entry(), asks(), cast(Any, None), clock, TIMING, cast(Any, Silent()), lambda: None)
    wait_drained(site, cast(MigrationLedger, partition), guard=lambda: None, feed=fed(2))
    return partition.second


def test_a_replicator_with_nothing_to_do_is_drained_after_its_time() -> None:
    assert drained_after() == pytest.approx(30, abs=2)


def test_what_somebody_wrote_begins_the_time_anew() -> None:
    assert drained_after(written=lambda second: min(second, 20.0)) == pytest.approx(50, abs=3)


def test_an_invocation_that_lasts_is_waited_for() -> None:
    assert drained_after(at_work=lambda second: "long" if second < 25 else "") == pytest.approx(55, abs=3)


def test_an_invocation_that_lambda_ended_is_waited_for_no_longer_than_it_may_take() -> None:
    """Its registration stays for ever; it did in the way of every fenced cut-over and retirement.

    And then for what it may have had on its way.
    """
    timeout = fed(2).function_timeout
    assert drained_after(at_work=lambda _second: "dead") == pytest.approx(timeout + 60, abs=4)


def test_a_write_of_the_replicator_that_may_still_land_is_waited_for() -> None:
    assert drained_after(unsure=lambda _second: 1) == pytest.approx(60, abs=3)
    assert drained_after(unsure=lambda second: int(second > 25)) == pytest.approx(85, abs=3)
    assert drained_after(fails=lambda second: second < 10) == pytest.approx(70, abs=3)


def test_removals_by_a_time_to_live_come_and_go_and_are_no_work() -> None:
    assert drained_after(at_work=lambda second: f"short {second}") == pytest.approx(30, abs=2)


def test_a_batch_that_fails_and_one_that_never_ends_are_told() -> None:
    with pytest.raises(MigratorError, match="cannot apply a batch: no access"):
        drained_after(fails=lambda _second: True)
    with pytest.raises(MigratorError, match="does not come to rest"):
        drained_after(written=lambda second: second)
