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


def duration(seconds: float) -> str:
    """A time in a unit that people read, two digits at most."""
    value = float(about(round(max(1.0, seconds))))
    for unit, many in (("s", 120.0), ("min", 120.0), ("h", 48.0)):
        if value < many:
            return f"{_two_digits(value)} {unit}"
        value /= 24 if unit == "h" else 60
    return f"{_two_digits(value)} days"


def money(dollars: float) -> str:
    """Dollars, two digits at most; less than a cent is not worth more words."""
    return f"${_two_digits(dollars)}" if dollars >= 0.01 else "less than $0.01"


def _two_digits(value: float) -> str:
    if value >= 10:
        return f"{about(round(value)):,}"
    return f"{value:.1f}".removesuffix(".0") if value >= 1 else f"{value:.2f}"
