"""What is seen of a version that is asked to end: its replicator's word, and the stream's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.aws.ledger import Counters, FailedItem, FailingBatch
from pulumi_dynamo_migrator.aws.mappings import MappingState, ObservedMapping
from pulumi_dynamo_migrator.lifecycle.look_back import retire_sights
from pulumi_dynamo_migrator.model.history import Entry, Objects, Version
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.model.spec import Retire, Stream
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.situation import RetireSight
from pulumi_dynamo_migrator.steps.own import held_by
from tests.fakes.plans import NEW, SEEN, asks, begun, entry, situation, table

NOW = 1_800_000_000.0
STREAMING = replace(SEEN, stream=Stream(True, "NEW_AND_OLD_IMAGES"))


@dataclass
class World:
    """One old table, its replicator and its stream, as each of them is asked."""

    old: ObservedTable | None = field(default_factory=lambda: table(settings=STREAMING))
    state: MappingState = MappingState.ENABLED
    said: str = "OK"
    last_at: float | None = NOW - 100_000
    in_stream: float | None = None
    fails: str = ""
    left: tuple[FailedItem, ...] = ()
    asked_stream: list[float] = field(default_factory=list)

    def describe(self, _name: str) -> ObservedTable | None:
        return self.old

    def describe_mapping(self, uuid: str) -> ObservedMapping:
        return ObservedMapping(uuid, self.state, "arn:f", "arn:stream", self.said)

    def migration(self, _id: str, *, lease: object = None) -> World:
        return self

    def counters(self) -> Counters:
        return Counters(records=5, last_at=self.last_at, conflicts=2, gaps=3)

    def failed_count(self) -> int:
        return len(self.left)

    def each_failed(self) -> Iterator[FailedItem]:
        return iter(self.left)

    def failing(self) -> tuple[FailingBatch, ...]:
        return (FailingBatch("e1", error=self.fails, at=0.0, records=1),) if self.fails else ()

    def last_write(self, _arn: str, *, since: float) -> float | None:
        self.asked_stream.append(since)
        return self.in_stream

    def stream_readers(self, _arn: str) -> tuple[str, ...]:
        return ("search", "f")

    @property
    def doors(self) -> Doors:
        return cast(Doors, _Doors(self))


@dataclass
class _Doors:
    world: World

    def __getattr__(self, _name: str) -> Any:
        return self.world

    def stream_readers(self, arn: str) -> tuple[str, ...]:
        return self.world.stream_readers(arn)


def handed_over(**changes: Any) -> Entry:
    """Version 2 is served; version 1 still feeds it."""
    record = replace(
        begun(make_plan(asks(NEW), situation())),
        stage=Stage.LATE,
        objects=Objects("f", "f", mapping="uuid", stream_arn="arn:stream"),
        started_at="2027-01-01T00:00:00Z",
    )
    versions = (*entry().versions, Version(2, "orders_V2", table_id="2", arn="arn:2"))
    return replace(entry(), served=2, versions=versions, feeds=(record,), **changes)


def sight(world: World, known: Entry | None = None) -> RetireSight:
    asked = asks(NEW, retire=(Retire(version=1),))
    (found,) = retire_sights(asked, known or handed_over(), world.doors, now=NOW)
    return found


def test_a_quiet_version_may_go_and_its_helpers_are_named() -> None:
    found = sight(World())
    assert (found.stopped, found.last_write, found.conflicts, found.gaps) == ("", NOW - 100_000, 2, 3)
    assert found.removes == ("function f with its mapping and role",)
    assert found.readers == ("search",)


def test_a_replicator_that_lambda_never_invokes_is_no_evidence() -> None:
    found = sight(World(in_stream=NOW - 3600))
    assert "its stream holds a write of" in found.stopped
    assert "find out why Lambda does not invoke it" in found.stopped


def test_the_stream_is_read_only_when_the_replicators_word_would_let_the_table_go() -> None:
    busy = World(last_at=NOW - 10)
    assert sight(busy).stopped == ""
    assert busy.asked_stream == []


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (World(state=MappingState.DISABLED), "is Disabled"),
        (World(said="PROBLEM: Function call failed"), "Lambda says of f: PROBLEM"),
        (World(fails="no access"), "cannot apply a batch: no access"),
        (World(old=table(settings=SEEN)), "switched off or made anew"),
        (World(old=table(settings=STREAMING, table_id="another")), "another table has the name"),
    ],
)
def test_a_replicator_that_may_have_missed_writes_is_told(world: World, words: str) -> None:
    assert words in sight(world).stopped


def test_a_table_that_is_gone_leaves_its_helpers_to_be_removed() -> None:
    found = sight(World(old=None))
    assert (found.table, found.stopped) == (None, "")
    assert found.removes == ("function f with its mapping and role",)


def test_what_a_frozen_version_alone_holds_is_counted_though_its_replicator_has_gone() -> None:
    known = handed_over()
    frozen = tuple(replace(one, frozen=one.number == 1) for one in known.versions)
    ended = tuple(replace(feed, ended_at="2027-01-02T00:00:00Z") for feed in known.feeds)
    alone = World(left=(FailedItem("S:x", "too large", NOW, "backfill", None),))
    found = sight(alone, replace(known, versions=frozen, feeds=ended))
    assert (found.failed, found.stopped, found.removes) == (1, "", ())


def test_a_version_that_is_served_is_not_looked_at() -> None:
    asked = asks(NEW, retire=(Retire(version=2),))
    assert retire_sights(asked, handed_over(), World().doors, now=NOW) == ()


def test_a_table_that_another_resource_has_is_found_by_its_id() -> None:
    mine, other = entry(), entry(id="other", urn="urn:other")

    class Books(World):
        def entries(self) -> tuple[Entry, ...]:
            return (mine, other)

    doors = Books().doors
    assert held_by(doors, mine, {"id-of-orders", None}) == "urn:other"
    assert held_by(doors, mine, {"id-of-another"}) == ""
    assert held_by(doors, mine, {None}) == ""
    assert held_by(doors, None, {"id-of-orders"}) == mine.urn
