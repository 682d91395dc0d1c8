"""Reading single values of a bag. Pure; what cannot be read is a ProblemError with a sentence for the user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Bag = Mapping[str, Any]


class ProblemError(Exception):
    """One thing in a bag that cannot be read."""


def text(bag: Bag, name: str) -> str | None:
    """A text; None where there is none."""
    value = bag.get(name)
    return None if value is None else str(value)


def tag(value: object) -> str:
    """A tag's value. Pulumi hands a whole number over as a float; it is one all the same."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def whole(value: Any) -> int | None:
    """A whole number that arrived as a float or a text."""
    return None if value is None else int(value)


def number(value: Any, what: str) -> int:
    """A version's number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer() or value < 1:
        raise ProblemError(f"{what} must be the number of a version, 1 or above; it is {value!r}.")
    return int(value)
