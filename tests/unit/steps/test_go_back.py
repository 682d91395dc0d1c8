"""The way back: the newer version is frozen, the older one served and writable; cut anywhere, the next `up` ends it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import Applied, AppliedStep, Entry, Fence, Version
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.steps.fence import LapsedFenceError
from pulumi_dynamo_migrator.steps.go_back import GoBack, Thaw
from tests.fakes.fencing import FAULT, START, FencedWorld
from tests.fakes.ledger import MIGRATION
from tests.fakes.plans import asks, entry, situation, table

ONE, TWO = entry().versions[0], Version(2, "orders_V2", table_id="id-of-orders_V2", arn="arn:orders_V2")
FEED = replace(MIGRATION, id="feed", numbers=(2,), finished_at="2026-11-23T13:00:00Z")
AT = "2026-11-22T12:00:00Z"
BACK, THAW = GoBack("orders_V2", "orders", 1), Thaw("orders")


def handed_over(**changes: object) -> Entry:
    known = entry(served=2, versions=(ONE, TWO), feeds=(FEED,))
    return replace(known, **changes)  # type: ignore[arg-type]


FENCED = handed_over(versions=(replace(ONE, frozen=True), TWO), feeds=(replace(FEED, ended_at=AT),))


def world_of(known: Entry) -> FencedWorld:
    world = FencedWorld(known, table(), table(name="orders_V2"))
    for version in known.versions:
        if version.frozen and version.arn is not None:
            world.policies.ends[version.arn], world.policies.since[version.arn] = None, START
    return world


def back(world: FencedWorld) -> None:
    BACK.apply(world.site())
    THAW.apply(world.site())


def is_back(world: FencedWorld) -> None:
    """What is so at the end, however it came to be."""
    stored = world.books.stored
    assert (stored.served, stored.fence) == (1, None)
    assert [version.frozen for version in stored.versions] == [False, True]
    assert all(feed.ended_at is not None for feed in stored.feeds)
    assert world.policies.ends == {"arn:orders_V2": None}


def test_the_newer_one_is_denied_before_the_older_one_is_served() -> None:
    found = world_of(handed_over())
    back(found)
    assert found.did == [
        "ledger fence of 2",
        "fence arn:orders_V2",
        "ledger served 1",
        "fence arn:orders_V2 for good",
        "ledger no fence",
        "fence arn:orders_V2 for good",
        "disable uuid",
        "disconnect uuid",
        "remove function f",
        "remove f",
        "remove r",
        "ledger",
    ]
    is_back(found)
    assert (found.books.stored.moved_from, found.books.stored.told) == (2, 2)


def test_who_falls_asleep_between_the_last_look_and_the_flip_moves_nothing() -> None:
    found = world_of(handed_over())

    def sleep(written: Entry) -> None:
        if written.served == 1:
            found.clock.time += 1800.0

    found.books.before = sleep
    with pytest.raises(LapsedFenceError):
        BACK.apply(found.site())
    assert (found.books.stored.served, found.books.stored.fence, found.policies.ends) == (2, None, {})


def test_what_the_stack_was_told_of_is_what_it_was_when_an_up_last_ended_well() -> None:
    """Guards a table that others still name: an `up` that has moved the outputs and failed has told nobody."""
    found = world_of(handed_over(moved_from=1))
    assert found.books.stored.told == 1
    BACK.apply(found.site())
    assert (found.books.stored.served, found.books.stored.moved_from) == (1, 1)


def test_after_a_fenced_cut_over_the_older_one_is_made_writable() -> None:
    world = world_of(FENCED)
    back(world)
    assert world.did[-2:] == ["lift arn:orders", "ledger"]
    is_back(world)


@pytest.mark.parametrize("known", [handed_over(), FENCED], ids=["hand-over", "fenced"])
def test_twice_is_as_good_as_once(known: Entry) -> None:
    world = world_of(known)
    back(world)
    done = len(world.books.stored.history)
    back(world)
    is_back(world)
    assert len(world.books.stored.history) == done == 1


@pytest.mark.parametrize("known", [handed_over(), FENCED], ids=["hand-over", "fenced"])
def test_what_fails_or_dies_after_the_flip_is_finished_by_the_next_up(known: Entry) -> None:
    """Guards a version that was left against becoming writable again when its fence ends by itself."""
    whole = world_of(known)
    back(whole)
    flip = whole.did.index("ledger served 1")
    for act in dict.fromkeys(whole.did[flip + 1 :]):
        if act.startswith("ledger"):
            continue
        world = world_of(known)
        world.broken[act] = FAULT
        with pytest.raises(MigratorError, match="AWS said no"):
            back(world)
        del world.broken[act]
        plan = make_plan(asks(serve=1), situation(table(), world.books.stored))
        for step in plan.steps:
            step.apply(world.site())
        is_back(world)
        assert make_plan(asks(serve=1), situation(table(), world.books.stored)).empty


def test_a_failure_before_the_flip_leaves_everything_as_it_was() -> None:
    world = world_of(handed_over())
    world.policies.enforced = False
    with pytest.raises(MigratorError, match="go on although"):
        BACK.apply(world.site())
    assert replace(world.books.stored, revision=0) == handed_over()
    assert world.policies.ends == {}


def test_a_fence_that_was_taken_away_does_not_flip() -> None:
    world, probed = world_of(handed_over()), set[float]()

    def take_away_after_the_proof() -> None:
        if (
            world.clock.now() in probed
        ):  # the proof sleeps between its probes; the flip's own comes right after the last
            world.policies.ends.clear()
        probed.add(world.clock.now())

    world.items.on_probe = take_away_after_the_proof
    world.books.stored = replace(world.books.stored, fence=Fence(2, START - 10.0))
    with pytest.raises(LapsedFenceError):
        BACK.apply(world.site())
    assert world.books.stored.served == 2


def test_one_does_not_go_back_to_a_table_that_is_gone() -> None:
    world = world_of(handed_over())
    del world.tables.seen["orders"]
    with pytest.raises(MigratorError, match="The table orders \\(version 1\\) is gone"):
        BACK.apply(world.site())
    assert world.did == []


def test_what_the_newer_items_went_through_is_not_applied_any_more() -> None:
    conversions = (Applied(2, "f2", AT), Applied(3, "f3", AT))
    steps = (
        AppliedStep(1, "create", "f", AT, "orders"),
        AppliedStep(2, "convert", "f", AT, "orders_V2"),
        AppliedStep(3, "delete_table", "f", AT, "orders_V2"),
    )
    world = world_of(handed_over(applied=conversions, steps=steps))
    BACK.apply(world.site())
    stored = world.books.stored
    assert [one.number for one in stored.applied] == [3]
    assert [step.version for step in stored.steps] == [1, 3]
    assert (stored.history[-1].route, stored.history[-1].source) == ("served again", "orders_V2")


def test_going_back_twice_leaves_both_frozen() -> None:
    three = Version(3, "orders_V3", table_id="id-of-orders_V3", arn="arn:orders_V3")
    feeds = (FEED, replace(FEED, id="feed-3", source=2, target=3, objects=replace(FEED.objects, function="f3")))
    world = FencedWorld(
        handed_over(served=3, versions=(ONE, TWO, three), feeds=feeds),
        *(table(name=name) for name in ("orders", "orders_V2", "orders_V3")),
    )
    GoBack("orders_V3", "orders_V2", 2).apply(world.site())
    Thaw("orders_V2").apply(world.site())
    assert world.policies.ends == {"arn:orders_V3": None}
    assert [feed.ended_at is not None for feed in world.books.stored.feeds] == [False, True]
    world.broken["fence arn:orders_V2 for good"] = FAULT
    with pytest.raises(MigratorError):
        BACK.apply(world.site())
    world.broken.clear()
    THAW.apply(world.site())
    assert world.policies.ends == {"arn:orders_V2": None, "arn:orders_V3": None}
    assert all(feed.ended_at is not None for feed in world.books.stored.feeds)


def test_a_fence_that_a_dead_process_left_on_the_newer_one_is_no_hindrance() -> None:
    world = world_of(handed_over(fence=Fence(2, START - 10.0)))
    back(world)
    is_back(world)
