"""The suite's parts: all of them can be loaded, and those that need no engine run. Nothing here is timed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import bench, cold_start, memory, simulate
from benchmarks.findings import Findings
from benchmarks.parts import PARTS, Asked, CannotRunError, Part, Tell, about, chosen

QUICK = Asked(rounds=1, pages=1, items=60, quick=True)


def test_all_parts_are_chosen_in_order_or_those_that_are_named() -> None:
    assert [part.name for part in chosen(["scale", "wire"])] == ["wire", "scale"]
    assert [part for part in PARTS if part.there] == list(chosen([]))


def test_a_part_whose_module_is_missing_is_left_out() -> None:
    assert not Part("nothing", "Nothing", "no_such_module").there
    assert Part("tls", "Copies", "wire:measure_tls").there


def test_what_is_said_about_the_run_can_be_written_to_a_file() -> None:
    told = json.loads(json.dumps(about(QUICK)))
    assert set(told) >= {"at", "machine", "versions", "rounds"}


@pytest.mark.parametrize("part", [cold_start, memory, simulate], ids=lambda one: one.__name__)
def test_a_part_without_an_engine_runs_and_tells_a_table(part: Part) -> None:
    found = part.measure(QUICK, lambda _text: None)
    assert all(table[1].startswith("| ---") for table in found.tables)
    json.dumps(found.as_json())


def test_what_was_measured_is_written_to_the_file_and_ends_with_the_targets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "bench.json"
    assert bench.main(["--quick", "--part", "cold-start", "--json", str(written)]) == 0
    (goal,) = json.loads(written.read_text())["parts"]["cold-start"]["goals"]
    assert goal["bound"] == 400
    assert f"| {goal['what']} | ≤ 400 ms |" in capsys.readouterr().out


def test_a_million_items_are_compared_with_as_many_as_fill_the_pages() -> None:
    rows = [{"items": float(items), "copy": mb, "verify": mb} for items, mb in ((1, 50.0), (10, 90.0), (100, 99.0))]
    limit, growth = memory.goals(rows)
    assert limit.value == 99.0
    assert growth.value == pytest.approx(1.1)


def test_a_part_that_cannot_run_is_told_with_its_reason_and_the_others_go_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found: dict[str, Findings] = {}
    bench.run([Failing("failing", "Fails", "nowhere"), PARTS[-1]], QUICK, found)
    assert list(found) == ["scale"]
    assert "failing is left out: there is no Go" in capsys.readouterr().err


def test_a_module_that_is_no_part_is_told_by_its_name() -> None:
    with pytest.raises(CannotRunError, match=r"benchmarks/site\.py has no measure"):
        Part("site", "No part", "site").measure(QUICK, lambda _text: None)


class Failing(Part):
    """A part that needs what is not there."""

    def measure(self, asked: Asked, tell: Tell) -> Findings:
        raise CannotRunError("there is no Go")
