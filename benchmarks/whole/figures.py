"""What rounds of a whole `up` come to: tables and goals. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from statistics import median
from typing import Any

from benchmarks.findings import Goal, figure, goal_of, goal_of_worst
from benchmarks.whole.phases import PAUSE, Phase


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds of everything. `bare`: pydynox's copy; None where it is not installed."""

    items: int
    inserts: float
    bare: float | None
    previews: tuple[float, float]
    """Of the change: with an empty table, with a full one."""
    phases: dict[Phase, float]
    memory_mb: float
    processes: int

    @property
    def whole(self) -> float:
        """The `up`, from the command to its end."""
        return sum(self.phases.values())

    @property
    def copying(self) -> float:
        """The copy phase's rate by that of the bare inserts."""
        return self.inserts / self.copy_seconds

    @property
    def copy_seconds(self) -> float:
        """Of the copy phase, which is never told more exactly than it is looked at."""
        return max(PAUSE, self.phases[Phase.COPY])

    @property
    def by_bare(self) -> float | None:
        """The `up` by pydynox's copy."""
        return None if self.bare is None else self.whole / self.bare

    @property
    def floor(self) -> float | None:
        """The bare inserts by pydynox's copy: less no `up` can reach that writes over nothing."""
        return None if self.bare is None else self.inserts / self.bare

    def as_json(self) -> dict[str, Any]:
        """Everything, for a file."""
        phases = {phase.name.lower(): seconds for phase, seconds in self.phases.items()}
        return {**asdict(self), "phases": phases, "whole": self.whole}


def goals(rounds: Sequence[Round]) -> Iterator[Goal]:
    """What the largest table is held to; the memory of all of them."""
    most = max(one.items for one in rounds)
    last = [one for one in rounds if one.items == most]
    yield goal_of(f"copy phase of an `up` of {most:,} items ÷ bare PartiQL inserts", [one.copying for one in last], 0.8)
    ratios = [one.by_bare for one in last if one.by_bare is not None]
    if ratios:
        yield goal_of(f"whole `up` of {most:,} items ÷ pydynox's bare copy", ratios, 2.5, at_most=True)
    plans = [one.previews[1] / one.previews[0] for one in last]
    yield goal_of(f"plan of a change with {most:,} items ÷ with none", plans, 1.1, at_most=True)
    yield goal_of_worst("memory of the whole plugin", [one.memory_mb for one in rounds], 250, unit="MB")


def phase_lines(rounds: Sequence[Round]) -> Iterator[str]:
    """A row a phase, a column a size."""
    yield from _head("`pulumi up`, seconds", rounds)
    for phase in Phase:
        yield _row(phase.value, rounds, partial(_seconds, phase))
    yield _row("**the whole**", rounds, lambda one: one.whole)


def peer_lines(rounds: Sequence[Round]) -> Iterator[str]:
    """The same, beside bare clients."""
    yield from _head("beside bare clients", rounds)
    yield _row("PartiQL inserts by a bare client, items/s", rounds, lambda one: one.items / one.inserts)
    yield _row("copy phase, items/s", rounds, lambda one: one.items / one.copy_seconds)
    yield _row("copy phase ÷ bare inserts", rounds, lambda one: one.copying)
    yield _row("pydynox's bare copy, seconds", rounds, lambda one: one.bare)
    yield _row("bare inserts ÷ that: an `up` that did nothing else", rounds, lambda one: one.floor)
    yield _row("the whole `up` ÷ that", rounds, lambda one: one.by_bare)
    yield _row("plan of the change while the table is empty, seconds", rounds, lambda one: one.previews[0])
    yield _row("plan of the change with these items, seconds", rounds, lambda one: one.previews[1])
    yield _row("peak memory of the plugin and its children, MB", rounds, lambda one: one.memory_mb)


def _seconds(phase: Phase, one: Round) -> float:
    return one.phases[phase]


def _head(what: str, rounds: Sequence[Round]) -> Iterator[str]:
    sizes = _sizes(rounds)
    yield f"| {what} | {' | '.join(f'{items:,} items' for items in sizes)} |"
    yield f"| --- | {' | '.join('---:' for _ in sizes)} |"


def _row(what: str, rounds: Sequence[Round], read: Callable[[Round], float | None]) -> str:
    found = [[read(one) for one in rounds if one.items == items] for items in _sizes(rounds)]
    return f"| {what} | {' | '.join(_told([one for one in some if one is not None]) for some in found)} |"


def _told(found: Sequence[float]) -> str:
    """The median; with the extremes, where there are several."""
    if not found:
        return "not installed"
    middle = figure(median(found))
    return middle if len(found) == 1 else f"{middle} ({figure(min(found))} – {figure(max(found))})"


def _sizes(rounds: Sequence[Round]) -> list[int]:
    return sorted({one.items for one in rounds})
