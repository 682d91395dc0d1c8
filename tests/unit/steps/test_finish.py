"""What the ledger calls applied is what the items went through, whatever the program says by then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.spec import Spec
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.steps.finish import Finish
from pulumi_dynamo_migrator.steps.step import Site
from tests.fakes.copying import JumpingClock
from tests.fakes.plans import applied, asks, conversion, situation, under_way

TWO, THREE = conversion(2), conversion(3, "return {**item, 'n': 1}")


@dataclass(frozen=True)
class Empty:
    """A ledger that keeps what it is given, and an AWS in which nothing is left to switch on."""

    def save(self, known: Entry, *, lease: object, still: object = None) -> Entry:
        return known

    def observe(self, _name: str) -> Any:
        return None

    def read(self, _arn: str) -> Any:
        return None


@dataclass(frozen=True)
class EmptyDoors:
    ledger: Empty = Empty()
    tables: Empty = Empty()
    policies: Empty = Empty()


def finished(asked: Spec) -> Entry:
    """The entry after a migration through two conversions was finished by a program that asks this."""
    begun = make_plan(asks(conversions=(TWO, THREE)), situation())
    known = replace(under_way(begun, Stage.LATE), served=3)
    site = Site(known, asked, cast(Doors, EmptyDoors()), JumpingClock(), Timing(), cast(Any, None), lambda: None)
    Finish("orders_V3").apply(site)
    return site.entry


def fingerprints(known: Entry) -> list[tuple[int, str]]:
    return [(one.number, one.fingerprint) for one in known.applied]


EXPECTED = [(one.number, one.fingerprint) for one in (applied(TWO), applied(THREE))]


def test_conversions_that_the_items_went_through_are_applied() -> None:
    known = finished(asks(conversions=(TWO, THREE)))
    assert fingerprints(known) == EXPECTED
    assert (known.phase, known.migration, known.served) == (Phase.READY, None, 3)
    assert [one.target for one in known.feeds] == [3]
    assert known.history[-1].conversions == (2, 3)


def test_an_edit_after_the_flip_is_not_taken_for_what_was_applied() -> None:
    assert fingerprints(finished(asks(conversions=(conversion(2, "return None"), THREE)))) == EXPECTED


def test_a_removal_after_the_flip_forgets_nothing() -> None:
    assert fingerprints(finished(asks())) == EXPECTED
