"""`noting` where one source item gives more than one transaction can hold: each record still takes effect once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.replicate.config import OnItemError
from pulumi_dynamo_migrator.replicate.invocation import BatchFailedError, run
from pulumi_dynamo_migrator.replicate.tombstone import Item
from pulumi_dynamo_migrator.replicate.word import Word
from tests.fakes.conversions import ID, ID_PLACE, PER_PLACE, config_of, written
from tests.fakes.stream import entry
from tests.fakes.tables import FakeWorld, KilledError

KEY = {"id": {"S": "1"}}
PLACES = [f"p{n:02}" for n in range(20)]
CHAIN = written(PER_PLACE, meeting=Meeting.SEPARATE, target=ID_PLACE)
CALLS = range(1, 7)


def source(a: int, places: list[str]) -> Item:
    return {**KEY, "a": {"N": str(a)}, "places": {"L": [{"S": place} for place in places]}}


FIRST = entry(1, KEY, None, source(1, PLACES))
SECOND = entry(2, KEY, source(1, PLACES), source(2, PLACES[:15]))


class Setting:
    """A replicator under `noting`."""

    def __init__(self, refuses: Callable[[Item], str | None] = lambda _: None) -> None:
        self.config = config_of(CHAIN, on_item_error=OnItemError.SKIP)
        self.world = FakeWorld.make(ID, CHAIN.target.keys, word=Word.NOTING, refuses=refuses)

    def deliver(self, *entries: dict[str, Any], invocation: str = "i") -> None:
        event = {"Records": list(entries)}
        world = self.world
        run(event, lambda: self.config, ports=world.ports, clock=world.clock, invocation=invocation)

    @property
    def held(self) -> dict[str, str]:
        return {item["place"]["S"]: item["a"]["N"] for item in self.world.target.table.items.values()}


def test_all_of_it_goes_over() -> None:
    setting = Setting()
    setting.deliver(FIRST, SECOND)
    assert setting.held == dict.fromkeys(PLACES[:15], "2")
    assert setting.world.ledger.sort_keys("seen") == {"seen#e1", "seen#e2"}


@pytest.mark.parametrize("moment", CALLS)
def test_one_that_lambda_has_given_up_writes_nothing_over_what_came_after_it(moment: int) -> None:
    """What was compared meanwhile would not have been looked at again, and the outputs would have moved."""
    setting = Setting()

    def overtake() -> None:
        setting.world.calls.plan({})
        setting.deliver(FIRST, invocation="again")
        setting.deliver(SECOND, invocation="next")

    setting.world.calls.plan({moment: [overtake]})
    setting.deliver(FIRST, invocation="given up")
    assert setting.held == dict.fromkeys(PLACES[:15], "2")


@pytest.mark.parametrize("dies", CALLS)
def test_one_that_is_killed_at_any_call_is_finished_by_the_next(dies: int) -> None:
    setting = Setting()
    setting.world.calls.plan({}, dies_after=dies)
    try:
        setting.deliver(FIRST, invocation="first")
    except KilledError:
        setting.world.calls.plan({})
        setting.deliver(FIRST, invocation="second")
    assert setting.held == dict.fromkeys(PLACES, "1")


def test_a_part_that_is_refused_is_an_item_error() -> None:
    setting = Setting(refuses=lambda item: "too large" if item["place"] == {"S": "p12"} else None)
    setting.world.source.table.put(source(1, PLACES))
    setting.deliver(FIRST)
    assert len(setting.world.ledger.sort_keys("failed")) == 1
    assert "p12" not in setting.held
    stopping = Setting(refuses=lambda item: "too large")
    stopping.config = config_of(CHAIN)
    stopping.world.source.table.put(source(1, PLACES))
    with pytest.raises(BatchFailedError, match="too large"):
        stopping.deliver(FIRST)
