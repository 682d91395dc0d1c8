"""What a part of the suite found: tables, goals met or not, and every sample. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """A target, and what was measured. `at_most`: less is better. `lowest` and `highest` are of single rounds."""

    what: str
    bound: float
    value: float
    lowest: float
    highest: float
    unit: str = "×"
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether the value is on the right side of the bound."""
        return self.value <= self.bound if self.at_most else self.value >= self.bound

    def row(self) -> str:
        """Its row of the closing table."""
        sign = "≤" if self.at_most else "≥"
        spread = f"{figure(self.lowest)} – {figure(self.highest)}"
        told = f"{figure(self.value)} {self.unit}"
        return (
            f"| {self.what} | {sign} {self.bound:g} {self.unit} | {told} | {spread} | {'yes' if self.met else 'no'} |"
        )

    def as_json(self) -> dict[str, Any]:
        """Everything, for a file."""
        return {**asdict(self), "met": self.met}


@dataclass(frozen=True, slots=True)
class Findings:
    """`tables`: Markdown, a list of lines each; `samples`: what they were made of, as JSON."""

    tables: Sequence[Sequence[str]]
    goals: Sequence[Goal] = ()
    samples: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Everything, for a file."""
        return {"goals": [goal.as_json() for goal in self.goals], **self.samples}


def goal_of(what: str, samples: Sequence[float], bound: float, *, unit: str = "×", at_most: bool = False) -> Goal:
    """A goal that the median is held to."""
    return Goal(what, bound, median(samples), min(samples), max(samples), unit, at_most)


def goal_of_worst(what: str, samples: Sequence[float], bound: float, *, unit: str) -> Goal:
    """A limit that no single sample may pass."""
    return Goal(what, bound, max(samples), min(samples), max(samples), unit, at_most=True)


def figure(value: float) -> str:
    """Three digits that count, or all of a larger number."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def closing_lines(goals: Sequence[Goal]) -> Iterator[str]:
    """The table at the end: every target, what was measured, whether it is met."""
    yield "| what | target | measured | in single rounds | met |"
    yield "| --- | ---: | ---: | ---: | --- |"
    yield from (goal.row() for goal in goals)
