"""A copy that stops with a request of unknown outcome: the ledger is told, or the lease is not given back."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.aws.wire_faults import WireError, WireFault
from pulumi_dynamo_migrator.conversion.keys import KeySchema
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.model.spec import Options
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.steps.backfill import Backfill
from tests.fakes.books import Books
from tests.fakes.fencing import START, FencedWorld
from tests.fakes.plans import NEW, asks, situation, table, under_way

FAILING = WireError("InternalServerError", "sorry", status=500, kind=WireFault.TRANSIENT)


class Copying(FencedWorld):
    """A copy whose first request fails without a sure outcome."""

    def __init__(self, failure: BaseException = FAILING) -> None:
        self.failure = failure
        self.spec = asks(NEW, options=Options(segments=1, workers=1))
        known = under_way(make_plan(self.spec, situation()), Stage.COPYING)
        super().__init__(known, table(), table(self.spec.structure, name="orders_V2"))
        self.books = Books(self.act, known)
        self.holds("orders", KeySchema(("id",), ("S",)), [{"id": {"S": "k"}, "country": {"S": "c"}}])
        self.items.before = self._fail

    def _fail(self, operation: str) -> None:
        if operation == "Scan":
            self.items.last_unknown = START - 1
            raise self.failure

    def copy(self) -> bool:
        """Copy until it fails; whether the ledger could not be told."""
        site = self.site(self.spec)
        with pytest.raises(type(self.failure)):
            Backfill("orders", "orders_V2", 1).apply(site)
        return site.untold


@pytest.mark.parametrize("failure", [FAILING, ValueError("a bug"), KeyboardInterrupt()], ids=repr)
def test_the_ledger_is_told_when_the_outcome_was_unknown(failure: BaseException) -> None:
    """Whatever ended it: its lease is given back, and the next owner would not wait."""
    world = Copying(failure)
    assert not world.copy()
    assert world.books.stored.migration is not None
    assert world.books.stored.migration.unknown_at == START - 1


def test_a_ledger_that_cannot_be_told_hides_nothing_and_the_lease_stays_for_the_next_owner() -> None:
    world = Copying()
    world.broken["ledger"] = MigratorError("no answer")
    assert world.copy()
