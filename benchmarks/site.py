"""Where a contender works, and what everyone copies: the same tables, keys and conversion for all. Does nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

SEGMENTS = 1

# Work on so many pages of the source (or of records); gives the items that were handled.
Work = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Site:
    """The stub, as a contender sees it. botocore finds it in the environment, as it would find AWS."""

    endpoint: str
    items: int
    """On a page."""

    @classmethod
    def here(cls) -> Site:
        """The site that the harness has put into the environment."""
        return cls(os.environ["AWS_ENDPOINT_URL"], int(os.environ["BENCH_ITEMS"]))


def source(pages: int) -> str:
    """The name of a table with so many pages."""
    return f"source-{pages}"


def target(pages: int) -> str:
    """The table that is written to; read again, it has as many pages."""
    return f"target-{pages}"


# What the stub's items hold: pk "customer#0000001", sk "order#2026-02-02#000001", count, city, and others.
CONVERSION = """
def convert(item):
    day, number = item["sk"].removeprefix("order#").split("#")
    item["day"] = day
    item["number"] = int(number)
    item["double"] = item["count"] * 2
    item["town"] = item.pop("city")
    return item
"""
