"""Inputs that are known only when another resource has been made.

Pulumi marks them with an object of a class of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Pulumi's wire marker; an `Unknown` object is what usually arrives."""


def unknown_names(bag: Mapping[str, Any]) -> list[str]:
    """The visible arguments that hold an unknown, at any depth."""
    return sorted(name for name, value in bag.items() if not name.startswith("_") and _unknown(value))


def _unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_unknown(one) for one in value.values())
    if isinstance(value, list | tuple):
        return any(_unknown(one) for one in value)
    return type(value).__name__ == "Unknown" or value == UNKNOWN_TEXT
