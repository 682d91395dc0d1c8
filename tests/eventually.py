"""Waiting in tests: an assertion that becomes true, or fails with its own message. Never hides another exception."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def eventually(
    assertion: Callable[[], Result],
    *,
    within: float,
    every: float = 0.05,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Result:
    """Call the assertion until it raises no AssertionError, and give its result; after `within` seconds let it fail."""
    until = clock() + within
    while True:
        try:
            return assertion()
        except AssertionError:
            if clock() >= until:
                raise
        sleep(every)
