"""What a verification is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.backfill.segments import ITEMS_PER_SEGMENT, Segment, Tally
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.verify import verify_job
from tests.fakes.books import Partition
from tests.fakes.copying import FakeLedger, JumpingClock
from tests.fakes.plans import INDEXED, NEW, SEEN, asks, situation, table, under_way


@dataclass(frozen=True)
class Known:
    """A ledger that knows how far the copy came, and a source's time to live."""

    segments: tuple[Segment, ...]

    def copying(self, _migration: str, **_: object) -> FakeLedger:
        return FakeLedger({segment.number: segment for segment in self.segments})

    def migration(self, _migration: str, **_: object) -> Partition:
        return Partition(lambda _act: None)

    def ttl(self, _name: str) -> Any:
        return SEEN.ttl


@dataclass(frozen=True)
class FewDoors:
    tables: Known
    ledger: Known


@pytest.mark.parametrize(("said", "copied"), [(0, 10), (10, 0), (10, 3)])
def test_a_table_is_as_large_as_the_copy_found_it_or_as_dynamodb_says(said: int, copied: int) -> None:
    """A table that was loaded an hour ago has no items yet by DynamoDB's count."""
    source = replace(table(NEW), items=said * 100 * ITEMS_PER_SEGMENT)
    read = Segment(0, 1, done=True, tally=Tally(read=copied * 100 * ITEMS_PER_SEGMENT))
    known = under_way(make_plan(asks(INDEXED), situation(table(NEW))), Stage.CLOSING)
    doors = cast(Doors, FewDoors(Known((read,)), Known((read,))))
    site = Site(known, asks(INDEXED), doors, JumpingClock(), Timing(), cast(Any, None), lambda: None)
    job = verify_job(site, source, source, repair=False)
    assert job.estimate == 1000 * ITEMS_PER_SEGMENT
    assert job.segments == 256
