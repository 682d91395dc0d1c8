"""The source's stream: which one a migration takes, and what it leaves as it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.model.history import Entry, MigrationRecord
from pulumi_dynamo_migrator.model.observed import ObservedStream, ObservedTable
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.model.spec import Stream
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.replicate.config import BOTH_IMAGES
from pulumi_dynamo_migrator.steps.create_replicator import replicator_config
from pulumi_dynamo_migrator.steps.enable_stream import EnableStream
from pulumi_dynamo_migrator.steps.step import Site
from tests.fakes.copying import JumpingClock
from tests.fakes.plans import INDEXED, NEW, asks, situation, table, under_way

OFF = ObservedStream(False, None, None)


@dataclass
class OneTable:
    """AWS with the source alone."""

    source: ObservedTable
    asked: list[Stream] = field(default_factory=list)

    def describe(self, _name: str) -> ObservedTable:
        return self.source

    def wait_active(self, _name: str, **_: object) -> ObservedTable:
        return self.source

    def update_stream(self, _name: str, stream: Stream) -> None:
        self.asked.append(stream)
        seen = ObservedStream(stream.enabled, stream.view_type, "arn:new" if stream.enabled else None)
        self.source = replace(self.source, stream=seen)

    def ttl(self, _name: str) -> Any:
        return self.source.settings.ttl


@dataclass(frozen=True)
class Quiet:
    """What answers at once: a ledger, streams and a listener."""

    def save(self, known: Entry, *, lease: object, still: object = None) -> Entry:
        return known

    def wait_enabled(self, _arn: str, **_: object) -> None:
        return None

    def progress(self, _event: Progress) -> None:
        return None


@dataclass(frozen=True)
class FewDoors:
    tables: OneTable
    ledger: Quiet = Quiet()
    streams: Quiet = Quiet()


def enabled(stream: ObservedStream, *, planned_for: str = BOTH_IMAGES) -> tuple[Site, OneTable]:
    """The site after the step, for a migration of a local index whose plan accepted a view type."""
    known = under_way(make_plan(asks(INDEXED), situation(table(NEW))), Stage.PLANNED)
    assert known.migration is not None
    known = replace(known, migration=replace(known.migration, view=planned_for))
    tables = OneTable(replace(table(NEW), stream=stream))
    doors = cast(Doors, FewDoors(tables))
    site = Site(known, asks(INDEXED), doors, JumpingClock(), Timing(), cast(Any, Quiet()), lambda: None)
    EnableStream("orders", already=stream.enabled).apply(site)
    return site, tables


def record(site: Site) -> MigrationRecord:
    return site.migration


@pytest.mark.parametrize("planned_for", [BOTH_IMAGES, "KEYS_ONLY"])
def test_a_table_without_a_stream_gets_one_with_both_images(planned_for: str) -> None:
    site, tables = enabled(OFF, planned_for=planned_for)
    assert tables.asked == [Stream(True, BOTH_IMAGES)]
    assert (record(site).objects.stream_arn, record(site).objects.stream_is_ours) == ("arn:new", True)
    assert replicator_config(site).view == BOTH_IMAGES


@pytest.mark.parametrize("view", ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", BOTH_IMAGES])
def test_a_stream_that_the_plan_accepted_is_taken_as_it_is(view: str) -> None:
    site, tables = enabled(ObservedStream(True, view, "arn:theirs"), planned_for=view)
    assert tables.asked == []
    assert (record(site).objects.stream_arn, record(site).objects.stream_is_ours) == ("arn:theirs", False)
    assert replicator_config(site).view == view


@pytest.mark.parametrize(("view", "planned_for"), [("KEYS_ONLY", BOTH_IMAGES), ("OLD_IMAGE", "KEYS_ONLY")])
def test_a_stream_that_the_plan_did_not_see_is_refused(view: str, planned_for: str) -> None:
    with pytest.raises(MigratorError, match=f"view type {view}; this migration was planned for .*{planned_for}"):
        enabled(ObservedStream(True, view, "arn:theirs"), planned_for=planned_for)


def test_a_stream_with_both_images_is_as_good_as_any_that_was_accepted() -> None:
    site, _ = enabled(ObservedStream(True, BOTH_IMAGES, "arn:theirs"), planned_for="KEYS_ONLY")
    assert replicator_config(site).has_images
