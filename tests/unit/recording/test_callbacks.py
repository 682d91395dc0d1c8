"""Callbacks after an `up`: which are called, with what, and what is told of those that raise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import closing
from typing import Any

import pytest

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.recording.callbacks import call_back
from pulumi_dynamo_migrator.recording.recorder import Convert, Step

HISTORY = [
    {"version": 1.0, "table": "first_table", "route": "create"},
    {"version": 4.0, "table": "first_table_V4", "route": "abandoned"},
    {"version": 4.0, "table": "first_table_V4", "operation": "convert", "items": 27.0, "conversions": [4.0]},
]


def applied(*versions: int, by: str = "") -> list[dict[str, Any]]:
    return [
        {"version": float(n), "operation": "update", "table": "first_table_V4", "at": "now", "where": "", "by": by}
        for n in versions
    ]


def step(callback: Callable[..., Any], version: int = 1, operation: str = "update", **more: Any) -> dict[int, Step]:
    return {version: Step(version, operation, {}, "__main__.py, line 3", callback=callback, **more)}


def outputs(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"name": "first_table_V4", "steps": list(steps), "history": HISTORY}


def call(steps: dict[int, Step], new: dict[str, Any], old: dict[str, Any] | None = None) -> list[str]:
    return finish(call_back(steps, new, old or {}, describe=lambda table: {"TableName": table, "ItemCount": 3}))


def finish(calls: Coroutine[Any, Any, list[str]]) -> list[str]:
    """Run it in a loop of its own; the thread's loop, which Pulumi's mocks need, stays as it is."""
    with closing(asyncio.new_event_loop()) as loop:
        return loop.run_until_complete(calls)


def test_what_this_up_has_applied_is_called_in_order_with_the_served_table_and_nothing_else_is() -> None:
    called: list[Any] = []
    steps = {
        **step(lambda table: called.append((3, table)), version=3),
        **step(lambda table: called.append((1, table)), version=1),
        **step(lambda table: called.append((2, table)), version=2),
        **step(lambda table: called.append((4, table)), version=4),
    }
    new = outputs(*applied(3, 2, 1), *applied(4, by="dynamodb-migrator"))
    assert call(steps, new, outputs(*applied(1))) == []
    table = {"TableName": "first_table_V4", "ItemCount": 3}
    assert called == [(2, table), (3, table)]
    assert call(steps, new, new) == []
    assert len(called) == 2


@pytest.mark.parametrize(
    ("operation", "convert"), [("convert", Convert(None)), ("change_key", Convert(None)), ("delete_table", None)]
)
def test_migrate_tells_what_was_done_as_often_as_it_is_called(operation: str, convert: Convert | None) -> None:
    told: list[Any] = []

    def v4(migrate: Any) -> None:
        migrate()["items"] = "spoilt"
        told.append(migrate())

    assert call(step(v4, 4, operation, convert=convert), outputs(*applied(4))) == []
    assert told == [{"version": 4, "table": "first_table_V4", "operation": "convert", "items": 27, "conversions": [4]}]


def test_a_version_without_history_reports_its_step() -> None:
    told: list[Any] = []
    assert call(step(lambda migrate: told.append(migrate()), 7, "delete_table"), outputs(*applied(7))) == []
    assert told[0]["version"] == 7


def test_a_key_change_without_a_conversion_gets_the_table() -> None:
    told: list[Any] = []
    assert call(step(told.append, 2, "change_key"), outputs(*applied(2))) == []
    assert told[0]["TableName"] == "first_table_V4"


def test_an_async_callback_is_waited_for() -> None:
    told: list[Any] = []

    async def v1(table: Any) -> None:
        await asyncio.sleep(0)
        told.append(table["TableName"])

    assert call(step(v1), outputs(*applied(1))) == []
    assert told == ["first_table_V4"]


def test_callbacks_that_raise_are_told_by_name_version_and_line_and_stop_no_other() -> None:
    called: list[int] = []

    def helper() -> None:
        raise ValueError("no such shelf")

    def v1(table: Any) -> None:
        helper()

    def v2() -> None: ...

    def v3(table: Any) -> None:
        called.append(3)
        raise SystemExit

    steps = {**step(v1, 1), **step(v2, 2), **step(v3, 3), **step(lambda table: called.append(4), 4)}
    first, second, third = call(steps, outputs(*applied(1, 2, 3, 4)))
    assert called == [3, 4]
    line = helper.__code__.co_firstlineno + 1
    assert first == (
        f"the callback v1 of version 1 failed at tests/unit/recording/test_callbacks.py, line {line}: "
        "ValueError: no such shelf\n"
        "  what now: version 1 stays applied, and its callback is not called again: do by hand what it left undone."
    )
    assert second.startswith("the callback v2 of version 2 failed at tests/unit/recording/test_callbacks.py, line ")
    assert "TypeError" in second
    assert "positional argument" in second
    assert "SystemExit" in third


def test_a_table_that_cannot_be_described_is_told_and_its_callback_is_not_called() -> None:
    def refuse(table: str) -> dict[str, Any]:
        raise MigratorError(f"Access to {table} is denied.", now="allow dynamodb:DescribeTable.")

    called: list[Any] = []
    given = call_back(step(called.append), outputs(*applied(1)), None, describe=refuse)
    [told] = finish(given)
    assert called == []
    assert told.startswith("the callback append of version 1 was not called: Access to first_table_V4 is denied.")
    assert "allow dynamodb:DescribeTable" in told
