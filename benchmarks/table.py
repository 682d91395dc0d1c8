"""Samples → figures and a table. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.contenders.names import Contender, Field
from benchmarks.race import Sample


@dataclass(frozen=True, slots=True)
class Row:
    """One contender's items per CPU-second over all rounds, and how many times as many ours makes."""

    name: str
    lowest: float
    median: float
    highest: float
    wall: float
    memory_mb: float
    ratio: float | None


def rows_of(field: Field, contenders: Sequence[Contender], samples: Sequence[Sample]) -> list[Row]:
    """The rows of one field, ours first."""
    mine = [one for one in contenders if one.field is field]
    rates = {one.name: [sample.rate for sample in samples if sample.contender == one.name] for one in mine}
    ours = next((median(rates[one.name]) for one in mine if one.ours and rates[one.name]), None)
    return [_row(one, samples, ours) for one in mine if rates[one.name]]


def _row(contender: Contender, samples: Sequence[Sample], ours: float | None) -> Row:
    own = [sample for sample in samples if sample.contender == contender.name]
    rates = [sample.rate for sample in own]
    return Row(
        name=contender.name,
        lowest=min(rates),
        median=median(rates),
        highest=max(rates),
        wall=median(sample.items / sample.wall for sample in own),
        memory_mb=max(sample.memory_kb for sample in own) / 1024,
        ratio=None if contender.ours or ours is None else ours / median(rates),
    )


def ratios(ours: str, peer: str, samples: Sequence[Sample]) -> list[float]:
    """How many times as fast ours was, round by round; none where either has not run."""
    mine, theirs = ([one.rate for one in samples if one.contender == name] for name in (ours, peer))
    return [own / other for own, other in zip(mine, theirs, strict=False)]


def lines_of(field: Field, rows: Sequence[Row]) -> Iterator[str]:
    """The table of one field, in Markdown."""
    yield f"| {field.value} | min | median | max | wall | memory | ours is |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f} ×"
        rates = " | ".join(f"{rate / 1000:,.1f}k" for rate in (row.lowest, row.median, row.highest, row.wall))
        yield f"| {row.name} | {rates} | {row.memory_mb:.0f} MB | {ratio} |"
