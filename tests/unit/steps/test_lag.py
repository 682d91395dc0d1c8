"""How far a replicator is behind, as its registrations tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.replicate.ports import Registration
from pulumi_dynamo_migrator.steps.lag import wait_until_close_behind
from tests.fakes.fencing import START, FencedWorld
from tests.fakes.plans import entry, fed, version

BEHIND = Registration("i-1", started=START, oldest=START - 3600.0, records=100)


@pytest.fixture
def world() -> FencedWorld:
    return FencedWorld(entry(versions=(version(1), version(2)), migration=fed(2)))


def test_a_replicator_that_is_far_behind_is_waited_for(world: FencedWorld) -> None:
    feed = world.books.migration("feed-2")
    feed.working = (BEHIND,)
    world.after(40.0, lambda: setattr(feed, "working", ()))
    wait_until_close_behind(world.site())
    assert 40 <= world.clock.now() - START < 50


def test_what_an_invocation_that_lambda_ended_was_behind_with_is_no_lag(world: FencedWorld) -> None:
    """Its registration stays; a replicator that lags is found at work again and again, under other names."""
    world.books.migration("feed-2").working = (BEHIND,)
    wait_until_close_behind(world.site())
    assert world.clock.now() - START == pytest.approx(fed(2).function_timeout, abs=10)


def test_one_that_does_not_catch_up_is_told(world: FencedWorld) -> None:
    feed = world.books.migration("feed-2")

    def work(_slept: float) -> None:
        feed.working = (replace(BEHIND, invocation=f"i-{world.clock.now()}"),)

    cast(Any, world.clock).on_sleep = work
    work(0.0)
    with pytest.raises(MigratorError, match="is 3600 s behind the writers"):
        wait_until_close_behind(world.site())
