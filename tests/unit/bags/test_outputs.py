"""What Pulumi's state keeps, and when an update is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_dynamo_migrator.bags.outputs import differs, outputs
from pulumi_dynamo_migrator.model.history import Entry, HistoryRow, Version
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.spec import Stream
from pulumi_dynamo_migrator.plan.planner import make_plan
from tests.fakes.plans import ELSEWHERE, IDENTITY, NEW, SEEN, asks, entry, situation, table, under_way

BAG: dict[str, Any] = {
    "hash_key": "id",
    "attributes": {"id": "S"},
    "tags": {"team": "shop"},
    "__urn": IDENTITY.urn,
    "__aws": {"region": "eu-west-1"},
}


def told(known: Entry, served: Any = None, bag: dict[str, Any] = BAG) -> dict[str, Any]:
    return outputs(known, served or table(), bag, stream_arns={"1": "arn:stream"}, conflicts=1, failed_items=2)


def test_the_served_version_is_named() -> None:
    known = entry(served=2, versions=(*entry().versions, Version(2, "orders_V2", arn="arn:2")))
    found = told(known, table(NEW, name="orders_V2"))
    assert (found["name"], found["arn"], found["version"]) == ("orders_V2", "arn:2", 2)
    assert (found["hash_key"], found["range_key"]) == ("country", "id")
    assert found["tables"] == {"1": "orders", "2": "orders_V2"}
    assert (found["conflicts"], found["failed_items"], found["stream_arns"]) == (1, 2, {"1": "arn:stream"})


def test_a_stream_has_an_arn_while_it_is_on() -> None:
    on = table(settings=replace(SEEN, stream=Stream(True, "NEW_IMAGE")))
    assert told(entry(), on)["stream_arn"] == "arn:stream"
    assert told(entry())["stream_arn"] is None


def test_inputs_come_back_under_their_own_names() -> None:
    assert told(entry())["tags"] == {"team": "shop"}
    assert "billing_mode" not in told(entry())


def test_history_has_a_row_each_without_what_is_unknown() -> None:
    row = HistoryRow(1, "orders", "create", "2026-11-22T12:00:00Z", conversions=(2,))
    (found,) = told(entry(history=(row,)))["history"]
    assert found == {
        "version": 1,
        "table": "orders",
        "route": "create",
        "started_at": "2026-11-22T12:00:00Z",
        "conversions": [2],
        "why": "",
    }


def test_a_held_migration_says_why() -> None:
    held = under_way(make_plan(asks(ELSEWHERE), situation()), Stage.VERIFIED, phase=Phase.HELD)
    assert told(held)["hold"].startswith("two items may meet")
    assert told(entry())["hold"] is None


def test_a_table_that_was_never_made_has_no_arn() -> None:
    found = outputs(
        entry(served=None, versions=(), phase=Phase.FAILED, error="no"),
        None,
        BAG,
        stream_arns={},
        conflicts=0,
        failed_items=0,
    )
    assert (found["name"], found["arn"], found["version"], found["error"]) == ("orders", None, None, "no")
    assert found["hash_key"] == "id"


def test_the_same_program_needs_no_update() -> None:
    assert not differs(told(entry()), BAG, now=0.0)


def test_the_plan_of_the_last_preview_is_no_change() -> None:
    assert not differs(told(entry()), {**BAG, "plan": {"route": "successor"}, "migration": {"workers": 3}}, now=0.0)


@pytest.mark.parametrize("news", [{**BAG, "tags": {}}, {**BAG, "range_key": "x"}, {**BAG, "__urn": "urn:other"}])
def test_another_program_does(news: dict[str, Any]) -> None:
    assert differs(told(entry()), news, now=0.0)


@pytest.mark.parametrize("phase", list(Phase))
def test_an_unsettled_phase_does_whatever_is_asked(phase: Phase) -> None:
    assert differs(told(entry(phase=phase)), BAG, now=0.0) is (phase not in (Phase.READY, Phase.HELD))


def test_a_state_that_knows_no_phase_does() -> None:
    assert differs({}, BAG, now=0.0)
