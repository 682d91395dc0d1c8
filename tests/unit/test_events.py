"""One line of progress."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.events import Progress


@pytest.mark.parametrize(
    ("moment", "line"),
    [
        (Progress("waiting"), "waiting"),
        (Progress("backfill", done=7_000, total=28_000), "backfill, 25 %, 7,000 of about 28,000 items"),
        (Progress("backfill", done=30_000, total=28_000), "backfill, 100 %, 30,000 of about 30,000 items"),
        (Progress("backfill", done=7, total=0), "backfill, 7 items"),
        (Progress("verify", done=7), "verify, 7 items"),
        (Progress("x", rate=1234.5, left=59.4), "x, 1,234 items/s, 59 s left"),
        (Progress("x", left=61), "x, 1 min 1 s left"),
        (Progress("x", left=3600 + 120), "x, 1 h 2 min left"),
        (Progress("x", rate=0.0), "x"),
        (Progress("x", behind=3.4), "x, 3 s behind"),
    ],
)
def test_a_moment_is_one_line(moment: Progress, line: str) -> None:
    assert moment.line() == line
