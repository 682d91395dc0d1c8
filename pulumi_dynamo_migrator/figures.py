"""Numbers for people. Pure."""

from __future__ import annotations


def about(number: int) -> int:
    """Two significant digits: what a plan says of a figure that moves, so that a saved plan holds a minute later."""
    step = int(10 ** max(0, len(str(abs(number))) - 2))
    return round(number / step) * step


def size(number: int) -> str:
    """Bytes in a unit that people read."""
    value = float(number)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000:
            return f"{value:,.0f} {unit}" if unit == "B" else f"{value:,.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"
