"""The race's copies as a picture: one bar a contender, ours and the bare clients (ceilings) in colours of their own.

    python benchmarks/picture.py bench.json docs/copy-speed.svg

Plain SVG with its own ground and style, for light and for dark; no font, script or picture from elsewhere.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

WIDTH, LEFT, RIGHT = 760, 190, 130
TOP, BAR, STEP, BOTTOM = 64, 22, 34, 30

STYLE = """
  text { font: 14px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24292f; }
  .ground { fill: #ffffff; }
  .title { font-size: 16px; font-weight: 600; }
  .quiet { font-size: 12px; fill: #59636e; }
  .ours { fill: #0a7d4f; }
  .peer { fill: #8c959f; }
  .bare { fill: none; stroke: #8c959f; stroke-width: 1.5; stroke-dasharray: 4 3; }
  .spread { stroke: #24292f; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .ground { fill: #0d1117; }
    .quiet { fill: #9198a1; }
    .ours { fill: #2ea87a; }
    .peer { fill: #656d76; }
    .bare { stroke: #9198a1; }
    .spread { stroke: #e6edf3; }
  }
"""

WORDS = {
    "ours": "Pulumi Dynamo Migrator",
    "pydynox": "pydynox (Rust)",
    "boto3 client": "boto3 client",
    "boto3 client, unchecked": "boto3 client, unchecked",
    "boto3 resource": "boto3 resource",
    "bare client, socket": "bare client, socket",
    "bare client, http.client": "bare client, http.client",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One contender; rates are items per second of the client's CPU."""

    name: str
    lowest: float
    median: float
    highest: float
    ratio: float | None

    @property
    def kind(self) -> str:
        """Its class in the style."""
        return "ours" if self.ratio is None else "bare" if self.name.startswith("bare") else "peer"

    @property
    def told(self) -> str:
        """The figure behind it."""
        rate = f"{self.median / 1000:,.0f}k" if self.median >= 9_500 else f"{self.median / 1000:.1f}k"
        return f"{rate}, ours {self.ratio:.1f} ×" if self.ratio is not None and self.kind == "peer" else rate


def bars(report: Mapping[str, Any]) -> list[Bar]:
    """The copies of a report of `make bench`, fastest first, the ceilings last."""
    rows = report["parts"]["wire"]["fields"]["copy"]
    found = [
        Bar(row["name"], row["lowest"], row["median"], row["highest"], row["ratio"])
        for row in rows
        if row["name"] in WORDS
    ]
    return sorted(found, key=lambda bar: (bar.kind == "bare", -bar.median))


def picture(report: Mapping[str, Any]) -> str:
    """The SVG."""
    found = bars(report)
    height = TOP + STEP * len(found) + BOTTOM
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(_said(found))}">',
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}" rx="6"/>',
        '<text class="title" x="16" y="26">Copying a table: items per second of the client\'s CPU</text>',
        '<text class="quiet" x="16" y="46">higher is better; the line is the slowest to the fastest run</text>',
        *_drawn(found),
        f'<text class="quiet" x="16" y="{height - 10}">{escape(_origin(report))}</text>',
        "</svg>",
    ]
    return "\n".join(lines)


def _drawn(found: list[Bar]) -> Iterator[str]:
    scale = (WIDTH - LEFT - RIGHT) / max(bar.highest for bar in found)
    for number, bar in enumerate(found):
        top = TOP + STEP * number
        middle, text = top + BAR / 2, top + BAR - 6
        end = LEFT + scale * bar.highest
        yield f'<text x="{LEFT - 10}" y="{text}" text-anchor="end">{escape(WORDS.get(bar.name, bar.name))}</text>'
        yield (
            f'<rect class="{bar.kind}" x="{LEFT}" y="{top}" width="{scale * bar.median:.1f}" height="{BAR}" rx="3"/>'
        )
        yield (
            f'<line class="spread" x1="{LEFT + scale * bar.lowest:.1f}" x2="{end:.1f}" y1="{middle}" y2="{middle}"/>'
        )
        yield f'<text x="{end + 8:.1f}" y="{text}">{escape(bar.told)}</text>'


def _said(found: list[Bar]) -> str:
    return "Items per second of the client's CPU: " + ", ".join(
        f"{WORDS.get(bar.name, bar.name)} {bar.median:,.0f}" for bar in found
    )


def _origin(report: Mapping[str, Any]) -> str:
    return f"make bench, {str(report['at'])[:10]}, {report['machine']}; dashed: a client that checks nothing"


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(picture(json.loads(source.read_text(encoding="utf-8"))) + "\n", encoding="utf-8")
