"""The end of a version: a failure before its replicator goes lets it be, one after goes on; nothing is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.aws.ledger.partition import Counters, FailedItem, FailingBatch
from pulumi_dynamo_migrator.conversion.keys import KeySchema
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.lifecycle.tenure import LeaseGoneError
from pulumi_dynamo_migrator.model.history import (
    Entry,
    Fence,
    HistoryRow,
    OlderFeed,
    Retirement,
    RetireStage,
    Version,
)
from pulumi_dynamo_migrator.model.spec import Retire
from pulumi_dynamo_migrator.replicate.ports import Registration
from pulumi_dynamo_migrator.steps.fence import LapsedFenceError
from pulumi_dynamo_migrator.steps.retire import RetireVersion
from tests.fakes.fencing import FAULT, START, FencedWorld
from tests.fakes.ledger import MIGRATION
from tests.fakes.plans import entry, fed, table

ONE, TWO = entry().versions[0], Version(2, "orders_V2", table_id="id-of-orders_V2", arn="arn:orders_V2")
FEED = replace(MIGRATION, id="feed", finished_at="2026-11-23T13:00:00Z", chain=fed(2).chain)
AT = "2026-11-22T12:00:00Z"
ROWS = (HistoryRow(1, "orders", "create", AT), HistoryRow(2, "orders_V2", "successor", AT, cut_over="hand-over"))
ALL = RetireVersion(1, "orders", Retire(1))


@pytest.fixture
def world() -> FencedWorld:
    return FencedWorld(handed_over(), table(), table(name="orders_V2"))


def handed_over(**changes: object) -> Entry:
    known = entry(served=2, versions=(ONE, TWO), feeds=(FEED,), history=ROWS)
    return replace(known, **changes)  # type: ignore[arg-type]


WHOLE = [
    "ledger fence of 1",
    "fence arn:orders",
    "ledger FENCED retirement",
    "back up orders",
    "backup available",
    "ledger FENCED retirement",
    "fence arn:orders for good",
    "ledger no fence, DISCONNECTED retirement",
    "disable uuid",
    "disconnect uuid",
    "remove function f",
    "remove f",
    "remove r",
    "ledger",
    "ledger",
    "delete orders",
    "ledger no retirement",
]


def test_writes_are_denied_it_is_drained_backed_up_disconnected_and_deleted_in_this_order(world: FencedWorld) -> None:
    ALL.apply(world.site())
    assert world.did == WHOLE
    stored = world.books.stored
    assert (stored.versions, stored.fence, stored.retirement) == ((TWO,), None, None)
    assert [feed.ended_at is not None for feed in stored.feeds] == [True]


def test_the_history_says_when_it_ended_and_where_its_backup_is(world: FencedWorld) -> None:
    ALL.apply(world.site())
    first, second = world.books.stored.history
    assert first.retired_at is not None
    assert (first.backup or "").startswith("arn:backup/orders-retired-2027")
    assert second == ROWS[1]


def test_a_script_that_asked_gets_a_row_of_its_own(world: FencedWorld) -> None:
    RetireVersion(1, "orders", Retire(table="orders", step=5)).apply(world.site())
    row = world.books.stored.history[-1]
    assert (row.version, row.table, row.route) == (5, "orders", "retire")
    assert row.backup == world.books.stored.history[0].backup


def test_an_attempt_that_was_abandoned_and_a_return_are_no_beginnings(world: FencedWorld) -> None:
    others = (HistoryRow(1, "orders", "abandoned", AT), HistoryRow(1, "orders", "served again", AT))
    ALL.apply(world.site_in(history=(*others, *ROWS)))
    assert [row.retired_at is not None for row in world.books.stored.history] == [False, False, True, False]


def test_without_a_backup_none_is_made(world: FencedWorld) -> None:
    RetireVersion(1, "orders", Retire(1, backup=False)).apply(world.site())
    assert "back up orders" not in world.did
    assert world.books.stored.history[0].backup is None


def test_point_in_time_recovery_leaves_a_backup_by_itself(world: FencedWorld) -> None:
    world.tables.recovered.add("orders")
    ALL.apply(world.site())
    assert "back up orders" not in world.did
    assert "point-in-time recovery" in (world.books.stored.history[0].backup or "")


@pytest.mark.parametrize("act", [act for act in WHOLE[:7] if not act.startswith("ledger")])
def test_a_failure_before_its_replicator_goes_leaves_everything_as_it_was(world: FencedWorld, act: str) -> None:
    before = world.books.stored
    world.broken[act] = FAULT
    with pytest.raises(MigratorError, match="AWS said no"):
        ALL.apply(world.site())
    assert replace(world.books.stored, revision=before.revision) == before
    assert world.policies.ends == {}
    assert not any(one.startswith(("disable", "disconnect", "remove", "delete")) for one in world.did)


@pytest.mark.parametrize("act", [act for act in WHOLE[7:-1] if not act.startswith("ledger")])
def test_a_failure_after_it_leaves_writes_denied_and_the_next_one_goes_on(world: FencedWorld, act: str) -> None:
    world.broken[act] = FAULT
    with pytest.raises(MigratorError, match="AWS said no"):
        ALL.apply(world.site())
    assert world.policies.ends == {"arn:orders": None}
    assert world.books.stored.version(1).frozen
    del world.broken[act]
    backups = world.did.count("back up orders")
    RetireVersion(1, "orders", Retire(1, evidence=0.0)).apply(world.site())
    assert world.did.count("back up orders") == backups
    assert (world.books.stored.versions, world.books.stored.retirement) == ((TWO,), None)
    assert "orders" not in world.tables.seen
    assert world.books.stored.history[0].backup is not None


def test_a_lost_lease_changes_nothing_more(world: FencedWorld) -> None:
    world.after(45.0, lambda: setattr(world, "guard", interrupted))
    with pytest.raises(LeaseGoneError):
        ALL.apply(world.site())
    assert world.did == WHOLE[:3]
    world.guard = lambda: None
    ALL.apply(world.site())
    assert world.books.stored.versions == (TWO,)


def interrupted() -> None:
    raise LeaseGoneError("the lease was lost")


def test_a_fence_that_lapsed_in_the_meantime_deletes_nothing(world: FencedWorld) -> None:
    world.after(45.0, lambda: setattr(world.clock, "time", world.clock.time + 1800.0))
    with pytest.raises(MigratorError, match="ended before it could be renewed"):
        ALL.apply(world.site())
    assert "orders" in world.tables.seen
    assert "disable uuid" not in world.did


def test_who_falls_asleep_just_before_denying_for_good_deletes_nothing(world: FencedWorld) -> None:
    """Guards against a gap that the lasting fence closes: what was written in it would go with the table."""

    def sleep(what: str) -> None:
        world.clock.time += 1800.0 if what.endswith("for good") else 0.0
        world.act(what)

    world.policies.act = sleep
    with pytest.raises(LapsedFenceError):
        ALL.apply(world.site())
    stored = world.books.stored
    assert (stored.versions, stored.fence, stored.retirement) == ((ONE, TWO), None, None)
    assert world.policies.ends == {}


def test_a_fence_that_was_taken_away_deletes_nothing(world: FencedWorld) -> None:
    world.after(45.0, lambda: world.policies.lift("arn:orders"))
    with pytest.raises(MigratorError, match="somebody changed its resource policy"):
        ALL.apply(world.site())
    assert "disable uuid" not in world.did


def test_it_waits_until_the_replicator_has_nothing_left_to_do(world: FencedWorld) -> None:
    partition = world.books.migration("feed")
    partition.working = (Registration("one", START, START, 7),)
    world.after(100.0, lambda: setattr(partition, "working", ()))
    world.after(110.0, lambda: setattr(partition, "counted", Counters(records=3)))
    ALL.apply(world.site())
    assert world.clock.now() - START >= 110.0 + 30.0


def test_a_replicator_that_never_comes_to_rest_stops_it(world: FencedWorld) -> None:
    feed = world.books.migration("feed")

    def write(_slept: float) -> None:
        feed.counted = replace(feed.counted, last_at=world.clock.now())

    world.clock.on_sleep = write
    with pytest.raises(MigratorError, match="does not come to rest"):
        ALL.apply(world.site())
    assert world.policies.ends == {}


def test_a_batch_that_cannot_be_applied_stops_it(world: FencedWorld) -> None:
    world.books.migration("feed").breaking = (FailingBatch("e1", "item x is too large", START, 3),)
    with pytest.raises(MigratorError, match="item x is too large"):
        ALL.apply(world.site())
    assert world.policies.ends == {}
    assert "orders" in world.tables.seen


FAILED = FailedItem("S:x", "no country", START, "replicator", None)


@pytest.mark.parametrize("moment", [-1.0, 45.0])
@pytest.mark.parametrize(
    "what",
    [{"counted": Counters(records=1, conflicts=1)}, {"counted": Counters(gaps=1)}, {"failed_items": [FAILED]}],
    ids=["conflict", "gap", "failed"],
)
def test_a_late_write_that_did_not_go_over_since_the_plan_stops_it(
    world: FencedWorld, what: dict[str, object], moment: float
) -> None:
    """Guards against what came in between the plan's look and the fence."""
    partition = world.books.migration("feed")

    def happen() -> None:
        for name, value in what.items():
            setattr(partition, name, value)

    happen() if moment < 0 else world.after(moment, happen)
    with pytest.raises(MigratorError, match="became conflicts, or came so late"):
        ALL.apply(world.site())
    assert world.policies.ends == {}
    assert "orders" in world.tables.seen


def test_a_write_that_its_replicator_was_never_given_stops_it(world: FencedWorld) -> None:
    """Guards against a function that Lambda does not invoke: it is quiet, and its stream is not empty."""
    world.books.migration("feed").counted = Counters(records=9, last_at=START - 90_000.0)
    world.records.newest["arn"] = START - 5.0
    with pytest.raises(MigratorError, match="holds a write that f has not handled"):
        ALL.apply(world.site())
    assert world.policies.ends == {}
    assert "orders" in world.tables.seen
    world.books.migration("feed").counted = Counters(records=10, last_at=START)
    ALL.apply(world.site())
    assert "orders" not in world.tables.seen


IMAGE: WireItem = {"id": {"S": "x"}}
MENDED: WireItem = {"id": {"S": "x"}, "country": {"S": "AT"}}


@pytest.mark.parametrize(
    ("old", "new", "goes"),
    [
        ([], [], True),
        ([MENDED], [MENDED], True),
        ([MENDED], [], False),
        ([MENDED], [{**MENDED, "n": {"N": "1"}}], False),
        ([IMAGE], [], False),
    ],
    ids=["deleted", "mended", "not there yet", "another there", "as it was"],
)
def test_an_item_that_was_never_moved_stops_it_until_it_is_deleted_or_has_gone_over(
    world: FencedWorld, old: list[WireItem], new: list[WireItem], goes: bool
) -> None:
    """Guards against an end that was refused for ever: nothing struck what was mended after the cut-over."""
    world.books.migration("feed").failed_items = [replace(FAILED, image=IMAGE)]
    world.holds("orders", KeySchema(("id",), ("S",)), old)
    world.holds("orders_V2", KeySchema(("country", "id"), ("S", "S")), new)
    if goes:
        ALL.apply(world.site())
    else:
        with pytest.raises(MigratorError, match="could not go over"):
            ALL.apply(world.site())
    assert ("orders" in world.tables.seen) is not goes


def test_conflicts_that_were_accepted_go_and_new_ones_stop_it(world: FencedWorld) -> None:
    partition = world.books.migration("feed")
    partition.counted = Counters(records=9, conflicts=2)
    accepting = RetireVersion(1, "orders", Retire(1, accept_conflicts=True))
    world.after(45.0, lambda: setattr(partition, "counted", Counters(records=10, conflicts=3)))
    with pytest.raises(MigratorError, match="became conflicts"):
        accepting.apply(world.site())
    accepting.apply(world.site())
    assert world.books.stored.versions == (TWO,)


def test_a_table_that_is_gone_leaves_only_the_rest_to_be_done(world: FencedWorld) -> None:
    del world.tables.seen["orders"]
    ALL.apply(world.site())
    assert world.did == [
        "ledger DISCONNECTED retirement",
        "disable uuid",
        "disconnect uuid",
        "remove function f",
        "remove f",
        "remove r",
        "ledger",
        "ledger",
        "ledger no retirement",
    ]
    assert world.books.stored.history[0].backup is None


def test_a_backup_of_another_version_is_not_taken_for_its_own(world: FencedWorld) -> None:
    del world.tables.seen["orders"]
    ALL.apply(world.site_in(retirement=Retirement(7, RetireStage.FENCED, AT, backup="arn:backup/7")))
    assert world.books.stored.history[0].backup is None


def test_a_version_that_ended_already_and_one_that_is_served_are_let_be(world: FencedWorld) -> None:
    RetireVersion(7, "orders_V7", Retire(7)).apply(world.site())
    with pytest.raises(MigratorError, match="is served"):
        RetireVersion(2, "orders_V2", Retire(2)).apply(world.site())
    assert world.did == []


def test_a_frozen_version_is_proved_and_deleted(world: FencedWorld) -> None:
    world.policies.ends["arn:orders"], world.policies.since["arn:orders"] = None, START
    frozen, ended = replace(ONE, frozen=True), replace(FEED, ended_at=AT)
    ALL.apply(world.site_in(versions=(frozen, TWO), feeds=(ended,)))
    assert "disable uuid" not in world.did
    assert world.did[-2:] == ["delete orders", "ledger no retirement"]


def test_one_whose_frozen_table_became_writable_is_refused_and_stays_frozen(world: FencedWorld) -> None:
    site = world.site_in(versions=(replace(ONE, frozen=True), TWO), feeds=(replace(FEED, ended_at=AT),))
    with pytest.raises(MigratorError, match="go on although"):
        ALL.apply(site)
    assert "orders" in world.tables.seen
    assert world.books.stored.version(1).frozen


OLDER = OlderFeed(1, 2, ("copies",), ("m-1",), ("its-role",), ("arn:policy",))
NEXT = OlderFeed(2, 3, ("copies-on",), ("m-2",), ("its-next-role",), ("arn:next-policy",))


def test_the_older_librarys_helpers_go_with_the_version_that_they_read_and_only_they(world: FencedWorld) -> None:
    ALL.apply(world.site_in(feeds=(), older=(OLDER, NEXT)))
    assert world.clock.now() - START >= 30.0 + 30.0
    removed = [act for act in world.did if act.startswith(("disable", "disconnect", "remove"))]
    assert removed == [
        "disable m-1",
        "disconnect m-1",
        "remove function copies",
        "remove its-role",
        "remove policy arn:policy",
    ]
    assert world.books.stored.older == (NEXT,)
    assert world.did.index("remove policy arn:policy") < world.did.index("delete orders")


def test_a_killed_end_begins_anew_with_a_backup_of_its_own(world: FencedWorld) -> None:
    """What was written after the first fence had ended by itself is in no backup that was made behind it."""
    begun = Retirement(1, RetireStage.FENCED, AT, backup="arn:backup/before")
    ALL.apply(world.site_in(fence=Fence(1, START - 100.0), retirement=begun))
    assert (world.books.stored.history[0].backup or "").startswith("arn:backup/orders-retired-2027")
