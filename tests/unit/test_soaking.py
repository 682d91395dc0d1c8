"""The long profile's arithmetic and its report."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.soaking import REPORT, Tally, factor, keep, lines_of, summed


def test_without_a_word_everything_is_done_once() -> None:
    assert (factor(None), factor(""), factor("20")) == (1, 1, 20)


@pytest.mark.parametrize("said", ["0", "-1", "many", "1.5"])
def test_what_is_no_number_of_times_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="SOAK is"):
        factor(said)


def test_the_tallies_of_all_tests_are_summed_once() -> None:
    noted: list[tuple[str, object]] = []
    tally = Tally(lambda name, value: noted.append((name, value)))
    tally.add("killed -9", 3)
    tally.add("killed -9")
    tally.acknowledged(writes=40, lost=1)
    reports = [SimpleNamespace(user_properties=noted, when=when) for when in ("setup", "call", "teardown")]
    sums = summed([*reports, SimpleNamespace(user_properties=[("other", 1)], when="call"), object()])
    assert sums == {"faults": Counter({"killed -9": 4}), "compared": Counter({"writes": 40, "lost": 1})}
    assert lines_of(sums)[-1].split() == ["40", "acknowledged", "writes", "and", "items", "compared,", "1", "lost"]


def test_the_report_is_kept(tmp_path: Path) -> None:
    keep({"faults": Counter({"a": 2}), "compared": Counter({"writes": 5, "lost": 0})}, tmp_path, failed=0)
    told = json.loads((tmp_path / REPORT).read_text())
    assert told["faults"] == {"a": 2}
    assert told["compared"] == {"lost": 0, "writes": 5}
    assert told["failed_tests"] == 0
