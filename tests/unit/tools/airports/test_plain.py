"""What is left of the engine's output where nobody watches it move."""

from __future__ import annotations

from tools.airports.plain import thinned

TABLE = "pulumi-python:dynamic/dynamo:MigratedTable airports"


def live(second: int, said: str) -> str:
    return f" ~  {TABLE} updating ({second}s) [diff: +conversions~plan]; {said}\n"


def test_live_lines_come_every_few_seconds_and_without_the_list_of_changes() -> None:
    lines = [live(0, "a"), live(1, "b"), live(3, "c"), live(4, "d"), live(9, "e")]
    assert list(thinned(lines)) == [
        " ~  airports updating (0s): a\n",
        " ~  airports updating (4s): d\n",
        " ~  airports updating (9s): e\n",
    ]


def test_dots_that_grow_and_rows_of_the_stack_are_left_out() -> None:
    lines = ["@ updating....\n", "@ previewing update.......\n", "    pulumi:pulumi:Stack airports-demo  \n"]
    assert list(thinned(lines)) == []


def test_everything_else_stays_as_it_is() -> None:
    lines = ["Diagnostics:\n", "  warning: hazard: something\n", "\n", "Resources:\n"]
    assert list(thinned(lines)) == lines


def test_the_end_of_an_update_is_told_in_short() -> None:
    assert list(thinned([f" ~  {TABLE} updated (67s) [diff: ~plan]; done\n"])) == [" ~  airports updated\n\n"]
    assert list(thinned([f" ~  {TABLE} update [diff: ~plan]; plan: x\n"])) == [" ~  airports update\n\n"]
