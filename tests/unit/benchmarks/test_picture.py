"""The picture of the copies: well-formed, fastest first, ceilings last."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from benchmarks.picture import bars, picture

SVG = "{http://www.w3.org/2000/svg}"


def row(name: str, rate: float, ratio: float | None) -> dict[str, Any]:
    return {"name": name, "lowest": rate * 0.9, "median": rate, "highest": rate * 1.1, "ratio": ratio}


REPORT = {
    "at": "2026-11-24T10:00:00+00:00",
    "machine": "2 cores & more",
    "parts": {
        "wire": {
            "fields": {
                "copy": [
                    row("ours", 170_000.0, None),
                    row("ours, telling an engine", 169_000.0, 1.0),
                    row("bare client, socket", 340_000.0, 0.5),
                    row("boto3 client", 9_100.0, 18.7),
                    row("pydynox", 70_000.0, 2.4),
                ]
            }
        }
    },
}


def test_the_fastest_comes_first_and_a_ceiling_last() -> None:
    found = bars(REPORT)
    assert [(bar.name, bar.kind) for bar in found] == [
        ("ours", "ours"),
        ("pydynox", "peer"),
        ("boto3 client", "peer"),
        ("bare client, socket", "bare"),
    ]
    assert [bar.told for bar in found] == ["170k", "70k, ours 2.4 ×", "9.1k, ours 18.7 ×", "340k"]


def test_it_is_well_formed_and_a_bar_is_as_long_as_its_rate() -> None:
    drawn = ET.fromstring(picture(REPORT))  # noqa: S314 - our own text
    widths = [float(one.attrib["width"]) for one in drawn.iter(f"{SVG}rect")][1:]
    assert [round(width / widths[-1], 2) for width in widths] == [0.5, 0.21, 0.03, 1.0]
    assert "boto3 client 9,100" in drawn.attrib["aria-label"]
    assert any("2 cores & more" in (one.text or "") for one in drawn.iter(f"{SVG}text"))
