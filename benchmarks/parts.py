"""The parts of the suite, in order, and what all of them are asked. Imports none before it is run.

A part is a function `measure(asked, tell) -> Findings` of a module of this folder. One that cannot run here (no Go, no
engine) raises `CannotRunError`, is told with its reason, and the others go on.
"""

from __future__ import annotations

import importlib
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from benchmarks.findings import Findings

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says. `quick`: as little as there can be, to see that everything runs; measures nothing."""

    rounds: int
    pages: int
    items: int
    tls: bool = False
    only: Sequence[str] = ()
    quick: bool = False

    def times(self, most: int) -> int:
        """How many rounds a slow part makes."""
        return 1 if self.quick else min(self.rounds, most)


Measure = Callable[[Asked, Tell], Findings]


class CannotRunError(Exception):
    """A part cannot run on this machine; the text says why, and what to do now."""


@dataclass(frozen=True, slots=True)
class Part:
    """`road`: its module, and its function where that is not called `measure`."""

    name: str
    headline: str
    road: str

    @property
    def there(self) -> bool:
        """Whether its module is."""
        return find_spec(f"benchmarks.{self.road.partition(':')[0]}") is not None

    def measure(self, asked: Asked, tell: Tell) -> Findings:
        """Load it and run it."""
        module, _, function = self.road.partition(":")
        measure: Measure | None = getattr(importlib.import_module(f"benchmarks.{module}"), function or "measure", None)
        if measure is None:
            raise CannotRunError(f"benchmarks/{module}.py has no {function or 'measure'}()")
        return measure(asked, tell)


PARTS = (
    Part("wire", "The data path beside its peers, on a wire stub", "wire"),
    Part("tls", "The same copies over TLS", "wire:measure_tls"),
    Part("processes", "Two worker processes beside one", "processes"),
    Part("cold-start", "The replicator's cold start", "cold_start"),
    Part("memory", "Memory, by the number of items", "memory"),
    Part("preview", "`pulumi preview` of an unchanged stack", "preview"),
    Part("whole-up", "A whole `pulumi up`, on the embedded AWS", "whole_up"),
    Part("scale", "Large tables, simulated", "simulate"),
)
LIBRARIES = ("boto3", "botocore", "msgspec", "pulumi", "pydynox", "ministack")


def chosen(names: Sequence[str]) -> Iterator[Part]:
    """The parts with these names, or all; only those that are there."""
    return (part for part in PARTS if part.there and (not names or part.name in names))


def about(asked: Asked) -> dict[str, object]:
    """When and where and with what this runs."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "versions": {name: _version(name) for name in LIBRARIES},
        "load": os.getloadavg()[0],
        "rounds": asked.rounds,
        "pages": asked.pages,
        "items_per_page": asked.items,
        "quick": asked.quick,
    }


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"
