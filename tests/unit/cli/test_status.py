"""What `status` says of a table, to people and to programs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.aws.ledger import Conflict, Counters, FailedItem, FailingBatch, Lease, StopRequest
from pulumi_dynamo_migrator.aws.ledger.owner import Owner
from pulumi_dynamo_migrator.cli.standing import Replicator, Standing
from pulumi_dynamo_migrator.cli.status_json import as_json
from pulumi_dynamo_migrator.cli.status_text import text
from pulumi_dynamo_migrator.model.history import Raised
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.replicate.notes import Side
from pulumi_dynamo_migrator.replicate.word import Word
from tests.fakes.ledger import AT, GROWN, MIGRATION, SMALL

LEASE = Lease("orders-1", "t", 1, Owner("desk", "ann", 7), since=AT, beat=AT + 30, until=AT + 90)
REPLICATOR = Replicator(MIGRATION, Word.OPEN, Counters(records=1234, last_at=AT))


def test_one_that_has_just_begun() -> None:
    assert text(Standing(SMALL)).splitlines() == [
        "orders-1",
        "  resource    orders (project shop, stack dev)",
        f"  urn         {SMALL.urn}",
        "  phase       new",
        "  serves      nothing yet",
        "  at work     nobody",
    ]


def test_a_copy_under_way() -> None:
    entry = replace(GROWN, migration=MIGRATION, feeds=(), fence=None, retirement=None, pending=(), error=None)
    one = Standing(entry, LEASE, works=True, copied=1200, replicators=(REPLICATOR,))
    under_way = "to version 2, table orders_V2, at copying, 1,200 source items so far, since 2026-11-23 12:00:00 UTC"
    assert text(one).splitlines()[3:] == [
        "  phase       migrating",
        "  serves      version 1, table orders",
        "  table       1: orders (writes to it are denied for good)",
        "  table       2: orders_V2",
        f"  migration   {under_way}",
        f"  at work     {LEASE}",
        "  replicator  orders → orders_V2: word 'open', 1,234 records, the last at 2026-11-24 07:01:27 UTC",
    ]


def test_everything_that_may_be_wrong_or_yet_to_come() -> None:
    told = text(Standing(GROWN)).splitlines()
    assert (
        "  migration   to version 2, table orders_V2, at fencing, 28,000 items, since 2026-11-23 12:00:00 UTC" in told
    )
    assert "  fence       writes to orders are denied, until 2026-11-24 07:01:27 UTC unless it is renewed" in told
    assert "  retiring    version 1, orders: disconnected, since 2026-11-24 12:00:00 UTC" in told
    pending = "retire version 1 (table orders): it is served; not before 2026-11-24 07:01:27 UTC"
    assert f"  pending     {pending}" in told
    assert "  error       it stopped: käse 🧀" in told


def test_a_reason_of_several_lines_stays_in_its_column() -> None:
    told = text(Standing(replace(SMALL, phase=Phase.FAILED, error="it broke\n  what now: mend it")))
    assert told.endswith("  error       it broke\n                what now: mend it")


def test_why_a_migration_is_held() -> None:
    held = replace(MIGRATION, stage=Stage.VERIFIED, hold="two items may meet")
    assert "  held        two items may meet" in text(Standing(replace(GROWN, migration=held)))


def test_what_is_raised_for_a_copy_and_paid_for_while_it_stands_still() -> None:
    raised = replace(MIGRATION, raised=(Raised("", 300, back=5), Raised("by_at", 20, back=1), Raised("warm", 9)))
    standing = Standing(replace(GROWN, migration=raised))
    line = "  raised      write units until all is copied: 300 of orders_V2 in place of 5, 20 of by_at in place of 1"
    assert line in text(standing).splitlines()
    [first, _, warm] = as_json(standing)["migration"]["raised"]
    assert (first, warm["back"]) == ({"index": None, "write": 300, "back": 5}, None)


def test_who_was_asked_to_stop_and_by_whom() -> None:
    asked = replace(LEASE, stop=StopRequest("bob@home", at=AT, because="lunch"))
    said = "to stop by bob@home at 2026-11-24 07:01:27 UTC, because: lunch"
    assert f"  asked       {said}" in text(Standing(SMALL, asked, works=True))
    over = text(Standing(SMALL, replace(asked, released=True)))
    assert f"  at work     nobody: the last one was asked {said}" in over
    assert "  asked " not in over


def test_one_who_died_is_named() -> None:
    said = "nobody: ann@desk (process 7) died or was cut off, last heard of at 2026-11-24 07:01:57 UTC"
    assert f"  at work     {said}" in text(Standing(SMALL, LEASE))


def test_what_a_replicator_could_not_do_is_counted_and_some_of_it_named() -> None:
    conflict = Conflict("e1", Side.NEW, "{id='k1'}", "a newer write", AT, {})
    one = replace(
        REPLICATOR,
        counters=Counters(conflicts=2, gaps=1),
        failing=(FailingBatch("e0", "AccessDenied", AT, 9),),
        failed=(FailedItem("{id='k9'}", "no key", AT, "backfill", None),),
        failed_count=1,
        conflicts=(conflict, replace(conflict, side=Side.OLD)),
    )
    told = text(Standing(GROWN, replicators=(one,)))
    assert "  failing     since 2026-11-24 07:01:27 UTC: AccessDenied\n" in told
    assert "  failed      1 item(s) could not be moved\n              {id='k9'}: no key\n" in told
    assert "  gap         1 batch(es) of late changes came over 20 h or more late; others may be lost" in told
    assert "  conflicts   2 late change(s) were kept, not applied\n              {id='k1'}: a newer write\n" in told


@pytest.mark.parametrize(
    ("ended", "conflicts", "telling"), [(None, 0, True), ("2026-11-24T12:00:00Z", 0, False), ("2026-11-24", 1, True)]
)
def test_a_replicator_that_went_and_left_nothing_is_history(ended: str | None, conflicts: int, telling: bool) -> None:
    record = replace(MIGRATION, ended_at=ended)
    assert Replicator(record, Word.LATE, Counters(conflicts=conflicts)).telling is telling


def test_the_tables_of_an_ended_version_are_called_by_its_number() -> None:
    one = Standing(replace(GROWN, versions=GROWN.versions[1:], served=2), replicators=(REPLICATOR,))
    assert "replicator  version 1 (ended) → orders_V2" in text(one)


def test_programs_are_told_the_same() -> None:
    asked = replace(LEASE, stop=StopRequest("bob@home", at=AT))
    told = json.loads(json.dumps(as_json(Standing(GROWN, asked, works=True, replicators=(REPLICATOR,)))))
    assert (told["id"], told["resource"], told["served"], told["table"]) == ("orders-1", "orders", 1, "orders")
    assert told["tables"] == {"1": "orders", "2": "orders_V2"}
    assert told["frozen"] == [1]
    assert told["migration"]["stage"] == "fencing"
    assert told["at_work"] == {
        "user": "ann",
        "host": "desk",
        "process": 7,
        "since": "2026-11-24T07:01:27Z",
        "until": "2026-11-24T07:02:57Z",
        "asked_to_stop": {"by": "bob@home", "at": "2026-11-24T07:01:27Z", "because": ""},
    }
    assert told["replicators"][0]["records"] == 1234
    assert told["fence"] == {"version": 1, "until": "2026-11-24T07:01:27Z"}
    assert told["retiring"]["stage"] == "disconnected"
    assert told["pending"][0]["not_before"] == "2026-11-24T07:01:27Z"
    assert as_json(Standing(GROWN, LEASE))["at_work"] is None
    assert set(as_json(Standing(SMALL))) == set(told)
