"""The parts of the benchmark that need an engine run, each with as little work as there can be. Nothing is timed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import bench

pytestmark = pytest.mark.stack


@pytest.mark.parametrize("part", ["preview", "whole-up"])
def test_a_part_of_the_benchmark_runs(part: str, engine: Path, tmp_path: Path) -> None:
    written = tmp_path / "bench.json"
    assert bench.main(["--quick", "--part", part, "--json", str(written)]) == 0
    found = json.loads(written.read_text())["parts"][part]
    assert found["samples"]
    assert all(goal["value"] > 0 for goal in found["goals"])
