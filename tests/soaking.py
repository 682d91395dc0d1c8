"""How long a test goes on, and what it proved: a short profile in `make test`, a long one in `make soak`.

    @settings(max_examples=dose(200))                     # 200, and SOAK times as many in a soak

    def test_…(tally: Tally) -> None:
        tally.add("killed -9", 12)                        # faults that were injected, by kind
        tally.acknowledged(writes=3000, lost=0)           # writes that were compared one by one

The sums over all tests end the run, and in a soak they are kept in `soak-report.json`.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

REPORT = "soak-report.json"
PROPERTY = "tally"


def factor(said: str | None) -> int:
    """How many times the short profile is done: the environment's SOAK, 1 without it."""
    if said is None or said == "":
        return 1
    if not said.isdecimal() or int(said) < 1:
        raise ValueError(f"SOAK is {said!r}; give a whole number of at least 1, how many times more is done")
    return int(said)


SOAK = factor(os.environ.get("SOAK"))


def dose(count: int) -> int:
    """`count` of something in the short profile, SOAK times as many in a soak."""
    return count * SOAK


class Tally:
    """What one test injected and compared."""

    def __init__(self, record: Callable[[str, object], None]) -> None:
        self._record = record

    def add(self, fault: str, times: int = 1) -> None:
        """A fault was injected."""
        self._record(PROPERTY, ["faults", fault, times])

    def acknowledged(self, *, writes: int, lost: int) -> None:
        """So many acknowledged writes (or items) were looked for in the end, and so many of them were not there."""
        self._record(PROPERTY, ["compared", "writes", writes])
        self._record(PROPERTY, ["compared", "lost", lost])


def summed(reports: Iterable[Any]) -> dict[str, Counter[str]]:
    """All tallies of a run; pytest-xdist carries user properties from its workers."""
    sums: dict[str, Counter[str]] = {"faults": Counter(), "compared": Counter()}
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == PROPERTY and getattr(report, "when", "") == "call":
                kind, what, times = value
                sums[kind][what] += times
    return sums


def lines_of(sums: dict[str, Counter[str]]) -> list[str]:
    """The report, as text."""
    lines = [f"  {times:>9,}  {fault}" for fault, times in sorted(sums["faults"].items())]
    compared = sums["compared"]
    lines.append(f"  {compared['writes']:>9,}  acknowledged writes and items compared, {compared['lost']:,} lost")
    return lines


def keep(sums: dict[str, Counter[str]], folder: Path, *, failed: int) -> None:
    """Write the report of a soak."""
    told = {"soak": SOAK, "failed_tests": failed, **{kind: dict(sorted(found.items())) for kind, found in sums.items()}}
    (folder / REPORT).write_text(json.dumps(told, indent=2) + "\n")
