"""`resume` carries a copy on and nothing else; how it goes on is told on a terminal and elsewhere."""

from __future__ import annotations

import io
from argparse import ArgumentError, ArgumentParser
from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.cli.resume import add_arguments, expect_copy, options_of
from pulumi_dynamo_migrator.cli.terminal import Terminal
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.spec import Options
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.resume import copy_plan
from tests.fakes.copying import JumpingClock
from tests.fakes.plans import NEW, asks, entry, situation, table, under_way

PLAN = make_plan(asks(NEW), situation())
LEFT = {
    Stage.COPYING: ["Backfill", "Close", "Verify"],
    Stage.CLOSING: ["Close", "Verify"],
    Stage.VERIFYING: ["Verify"],
}


@pytest.mark.parametrize("stage", LEFT)
def test_what_is_left_of_the_copy_is_done_and_nothing_moves(stage: Stage) -> None:
    known = under_way(PLAN, stage)
    plan = copy_plan(known, table(), expect_copy(known))
    assert [type(step).__name__ for step in plan.steps] == LEFT[stage]
    assert (plan.becomes, plan.complete, plan.again) == (plan.served, False, True)
    assert plan.headline == f"carry the copy to orders_V2 on at {stage.name.lower()}"


@pytest.mark.parametrize(
    ("stage", "why"),
    [
        (Stage.PLANNED, "is not fed yet"),
        (Stage.ABANDONING, "is being abandoned"),
        (Stage.VERIFIED, "was found equal"),
        (Stage.NOTING, "was found equal"),
        (Stage.FENCING, "was found equal"),
    ],
)
def test_what_only_pulumi_may_do_is_left_to_it(stage: Stage, why: str) -> None:
    with pytest.raises(MigratorError, match=why) as refused:
        expect_copy(under_way(PLAN, stage))
    assert refused.value.now.startswith("run `pulumi up`")


def test_where_no_copy_is_under_way_it_is_said() -> None:
    for known in (entry(phase=Phase.READY), replace(under_way(PLAN, Stage.LATE), phase=Phase.READY)):
        with pytest.raises(MigratorError, match="has no copy under way: its phase is ready"):
            expect_copy(known)


def told(*words: str) -> Options:
    """What a command line comes to."""
    parser = ArgumentParser(exit_on_error=False)
    add_arguments(parser)
    return options_of(parser.parse_args(["orders", *words]))


def test_how_it_is_carried_on_is_said_on_the_command_line() -> None:
    assert told() == Options()
    assert told("--processes", "3", "--workers", "12") == Options(processes=3, workers=12)
    for number in ("0", "65", "x"):
        with pytest.raises(ArgumentError):
            told("--processes", number)


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_one_line_changes_and_what_stays_has_its_own() -> None:
    out, clock = Screen(), JumpingClock(0.0)
    told = Terminal(out, clock=clock)
    told.progress(Progress("copying", done=1, total=4))
    told.progress(Progress("copying", done=2, total=4))
    clock.time += 1.0
    told.progress(Progress("copying", done=4, total=4))
    told.note("done")
    told.warn("mind it")
    first, last = "copying, 25 %, 1 of about 4 items", "copying, 100 %, 4 of about 4 items"
    blank = "\r" + " " * len(last) + "\r"
    assert out.getvalue() == f"\r{first}\r{last}{blank}done\nwarning: mind it\n"


def test_elsewhere_a_line_now_and_then() -> None:
    out, clock = io.StringIO(), JumpingClock(0.0)
    told = Terminal(out, clock=clock)
    for second in range(25):
        clock.time = float(second)
        told.progress(Progress("copying", done=second))
    told.progress(Progress("comparing"))
    assert out.getvalue().splitlines() == ["copying, 0 items", "copying, 10 items", "copying, 20 items", "comparing"]
