"""What is said of late changes that did not go over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.aws.ledger import Conflict, Counters
from pulumi_dynamo_migrator.lifecycle.conflicts import conflict_texts
from pulumi_dynamo_migrator.model.history import Entry, Version
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.replicate.notes import Side
from tests.fakes.plans import NEW, asks, begun, entry, situation

KEPT = Conflict("e1", Side.NEW, '["S:k1"]', "a newer write", 0.0, {})


@dataclass(frozen=True)
class _Partition:
    told: Counters
    pk: str = "migration#orders-1"

    def counters(self) -> Counters:
        return self.told

    def conflicts(self, *, most: int) -> tuple[Conflict, ...]:
        return (KEPT, replace(KEPT, side=Side.OLD))[:most]


@dataclass(frozen=True)
class _Ledger:
    told: Counters

    @property
    def ledger(self) -> Any:
        return self

    def migration(self, _id: str, *, lease: object = None) -> _Partition:
        return _Partition(self.told)


def handed_over(*, ended_at: str | None = None) -> Entry:
    """Version 2 is served, and fed by version 1."""
    feed = replace(begun(make_plan(asks(NEW), situation())), ended_at=ended_at)
    return replace(entry(), served=2, versions=(*entry().versions, Version(2, "orders_V2")), feeds=(feed,))


def said(counters: Counters, *, ended_at: str | None = None) -> list[str]:
    return conflict_texts(handed_over(ended_at=ended_at), cast(Doors, _Ledger(counters)))


def test_nothing_is_said_where_all_went_over() -> None:
    assert said(Counters(records=9)) == []


def test_conflicts_are_counted_and_named_with_where_their_images_are() -> None:
    (text,) = said(Counters(conflicts=1))
    assert text.startswith("1 late change(s) to orders did not fit what orders_V2 holds")
    assert '\n  ["S:k1"]: a newer write\n  what now: ' in text
    assert "partition migration#orders-1, conflict#…" in text


def test_a_gap_is_told_with_what_it_means() -> None:
    (text,) = said(Counters(gaps=2))
    assert text.startswith("2 batch(es) of late changes to orders came to orders_V2 20 h or more after they were made")
    assert "may be lost to it\n  what now: compare both tables" in text


@pytest.mark.parametrize("counters", [Counters(conflicts=1), Counters(gaps=1)])
def test_a_replicator_that_has_gone_is_history(counters: Counters) -> None:
    assert said(counters, ended_at="2027-01-01T00:00:00Z") == []
