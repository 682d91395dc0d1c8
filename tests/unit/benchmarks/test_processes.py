"""The comparison of one process with several runs, and says what it saw. Nothing here is timed."""

from __future__ import annotations

import shutil

import pytest

from benchmarks import processes
from benchmarks.race import Sample


def test_one_is_compared_with_several_of_them_run_by_run() -> None:
    alone = [Sample("1", 100, wall=2.0, cpu=1.0, memory_kb=2048, written=100) for _ in range(3)]
    together = [Sample("2", 100, wall=wall, cpu=2.0, memory_kb=1024, written=100) for wall in (1.0, 2.0, 0.5)]
    assert processes.lines_of("as it is", 2, alone, together) == [
        "copy as it is, items a second:",
        "  wall  one process        50   2 processes       100   ratio 2.00 (1.00 to 4.00)",
        "  CPU   one process       100   2 processes        50   ratio 0.50 (0.50 to 0.50)",
    ]


def test_a_small_comparison_copies_everything_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    ended = processes.main(["--rounds", "1", "--pages", "20", "--items", "30"])
    if shutil.which("go") is None:
        assert ended == 1
        return
    told = capsys.readouterr()
    assert ended == 0, told.err
    assert "copy through a conversion, items a second:" in told.out
