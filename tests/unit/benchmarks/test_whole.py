"""A whole `up` taken apart: phases out of looks at the ledger, memory out of /proc, figures out of rounds."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from benchmarks.whole.figures import Round, goals, peer_lines, phase_lines
from benchmarks.whole.peak import Peak, family, peak_kb
from benchmarks.whole.phases import Look, Phase, phases_of
from benchmarks.whole.table import items
from pulumi_dynamo_migrator.model.phase import Stage

LOOKS = [
    Look(101.0, updating=False),
    Look(102.0, updating=True),
    Look(103.0, updating=True, stage=Stage.PLANNED),
    Look(104.0, updating=True, stage=Stage.COPYING),
    Look(114.0, updating=True, stage=Stage.CLOSING),
    Look(115.0, updating=True, stage=Stage.VERIFYING),
    Look(122.0, updating=True, stage=Stage.VERIFIED, verified_at=118.0),
    Look(125.0, updating=True, stage=Stage.LATE, verified_at=118.0, flipped_at=124.5),
]


def test_each_phase_lasts_from_what_begins_it_to_what_begins_the_next() -> None:
    assert phases_of(100.0, LOOKS, 126.0) == {
        Phase.PREVIEW: 2.0,
        Phase.PREPARE: 2.0,
        Phase.COPY: 10.0,
        Phase.CLOSE: 1.0,
        Phase.NOTING: 3.0,
        Phase.COMPARE: 4.0,
        Phase.HAND_OVER: 2.5,
        Phase.END: 1.5,
    }


@pytest.mark.parametrize("kept", [(), (1,), (1, 3, 7), (0, 2, 5), (7,)])
def test_whatever_was_not_seen_the_phases_are_never_negative_and_make_up_the_whole(kept: tuple[int, ...]) -> None:
    found = phases_of(100.0, [LOOKS[number] for number in kept], 126.0)
    assert min(found.values()) >= 0
    assert sum(found.values()) == pytest.approx(26.0)


def test_a_peak_counts_the_process_and_its_children() -> None:
    if sys.platform != "linux":
        return
    child = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(child, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert process.pid in list(family(os.getpid()))
        peak = Peak()
        assert peak.look(os.getpid())
        assert peak.processes >= 2
        assert peak.mb * 1000 >= peak_kb(process.pid) > 1000
        process.communicate(b"\n")
    assert not Peak().look(process.pid)


def one(seconds: float, *, bare: float | None = 10.0, items: int = 100_000) -> Round:
    phases = dict.fromkeys(Phase, seconds / len(Phase))
    return Round(items, 4.0, bare, (2.0, 2.1), phases, 140.0, 1)


def test_the_largest_table_is_held_to_the_targets_and_every_one_to_the_memory() -> None:
    copy, whole, plan, memory = goals([one(8.0, items=10_000), one(20.0), one(40.0), one(32.0)])
    assert (copy.value, copy.lowest) == (1.0, 0.8)
    assert (whole.value, whole.met) == (3.2, False)
    assert plan.value == pytest.approx(1.05)
    assert memory.value == 140.0


def test_without_pydynox_there_is_no_ratio_to_it() -> None:
    rounds = [one(20.0, bare=None)]
    assert not any("pydynox" in goal.what for goal in goals(rounds))
    assert "| pydynox's bare copy, seconds | not installed |" in list(peer_lines(rounds))


def test_a_phase_is_told_by_its_median_and_extremes_in_a_column_a_size() -> None:
    lines = list(phase_lines([one(8.0, items=10_000), one(16.0), one(24.0)]))
    assert lines[0] == "| `pulumi up`, seconds | 10,000 items | 100,000 items |"
    assert lines[-1] == "| **the whole** | 8.00 | 20.0 (16.0 – 24.0) |"


def test_the_items_are_those_of_the_race() -> None:
    found = list(items(4))
    assert len({(item["pk"]["S"], item["sk"]["S"]) for item in found}) == 4
    assert len(found[0]) == 8
