"""A verify that finds a difference: wrong, or only late."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.replicate.ports import Registration
from pulumi_dynamo_migrator.steps.verify import DifferenceError, Verify
from tests.fakes.fencing import START
from tests.fakes.plans import NEW, asks
from tests.unit.steps.test_cut_over_fenced import FENCED, ITEMS, Migrating

VERIFY = Verify("orders", "orders_V2")


@pytest.fixture
def world() -> Migrating:
    """The successor lacks an item."""
    made = Migrating(asks(NEW, options=FENCED), stage=Stage.VERIFYING)
    made.new.delete(ITEMS[0])
    return made


def verified(world: Migrating) -> bool:
    assert world.books.stored.migration is not None
    return world.books.stored.migration.stage is Stage.VERIFIED


def test_a_difference_that_lasts_is_named_and_stops_it(world: Migrating) -> None:
    with pytest.raises(DifferenceError, match="missing S:c0 / S:k0"):
        VERIFY.apply(world.site(world.spec))
    assert not verified(world)


def test_what_a_replicator_far_behind_has_not_brought_yet_is_waited_for(world: Migrating) -> None:
    """Guards against calling wrong what is late by more than `settle`."""
    world.partition.working = (Registration("one", started=START + 90.0, oldest=START, records=100),)

    def arrive() -> None:
        world.new.put(ITEMS[0])
        world.partition.working = ()

    world.after(100.0, arrive)
    VERIFY.apply(world.site(world.spec))
    assert verified(world)
    assert world.clock.time > START + 100.0


def test_what_is_wrong_stays_wrong_once_it_has_caught_up(world: Migrating) -> None:
    world.partition.working = (Registration("one", started=START + 90.0, oldest=START, records=100),)
    world.after(100.0, lambda: setattr(world.partition, "working", ()))
    with pytest.raises(DifferenceError, match="missing S:c0 / S:k0"):
        VERIFY.apply(world.site(world.spec))
    assert not verified(world)
