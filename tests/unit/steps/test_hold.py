"""A hold: the successor is verified and kept in step, whatever of a cut-over had begun."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.steps.hold import Hold
from tests.fakes.fencing import FencedWorld
from tests.fakes.plans import NEW, asks, begun, situation, table, under_way

PLAN = make_plan(asks(NEW), situation())


def held(stage: Stage, word: Word) -> FencedWorld:
    world = FencedWorld(under_way(PLAN, stage), table(), table(NEW, name="orders_V2"))
    world.books.migration(begun(PLAN).id).said = word
    Hold("serve=1 pins version 1").apply(world.site())
    return world


def test_it_is_settled_with_its_reason_and_nothing_else_is_touched() -> None:
    world = held(Stage.VERIFIED, Word.TAIL)
    stored = world.books.stored
    assert stored.migration is not None
    assert (stored.phase, stored.migration.hold, stored.migration.stage) == (
        Phase.HELD,
        "serve=1 pins version 1",
        Stage.VERIFIED,
    )
    assert world.did == ["ledger"]


@pytest.mark.parametrize(
    ("stage", "word"),
    [(Stage.VERIFIED, Word.NOTING), (Stage.NOTING, Word.NOTING), (Stage.NOTING, Word.LATE), (Stage.FENCING, Word.TAIL)],
)
def test_a_cut_over_that_had_begun_is_taken_back_and_all_is_verified_before_the_next(stage: Stage, word: Word) -> None:
    """Guards against a version that was held for weeks in late mode, and handed over then without a look at it."""
    world = held(stage, word)
    assert world.books.migration(begun(PLAN).id).said is Word.TAIL
    plan = make_plan(asks(NEW), situation(known=world.books.stored))
    assert [type(step).__name__ for step in plan.steps] == ["Verify", "HandOver", "Finish"]
