"""A proxy in front of the embedded AWS that does to requests what rules say: by operation, by number, by seeded chance.

The draw for the n-th request of an operation depends on seed, operation and n alone, so that a seed means the same
again however threads interleave. Never repeats a request by itself, but for one whose effect is to come late.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit

from tests.emulator.aws_rules import StrictUpstream
from tests.emulator.faults import Fault, Scene
from tests.emulator.operations import operation_of
from tests.emulator.proxy import Proxy
from tools.forwarding import LOOPBACK, Message, Upstream


@dataclass
class Rule:
    """`fault` for requests of `on` (none named: of every operation): of those after the first `spared` at most `times`,
    each with this `chance`."""

    fault: Fault
    on: frozenset[str] = frozenset()
    chance: float = 1.0
    spared: int = 0
    times: int | None = None
    asked: int = field(default=0, init=False)
    done: int = field(default=0, init=False)

    @property
    def name(self) -> str:
        """What it does, for a report."""
        return getattr(self.fault, "__name__", type(self.fault).__name__).replace("_", " ").lower()

    def strikes(self, operation: str, draw: float) -> bool:
        """Whether it is this request's turn."""
        if self.on and operation not in self.on:
            return False
        self.asked += 1
        if self.asked <= self.spared or self.done == self.times or draw >= self.chance:
            return False
        self.done += 1
        return True


def on(*operations: str) -> frozenset[str]:
    """Operations by name."""
    return frozenset(operations)


class Faulty(Proxy):
    """Forwards to `endpoint` but for what `rules` strike; `later`: seconds until a late effect or a slow answer."""

    def __init__(self, endpoint: str, *, seed: int = 0, later: float = 0.5, port: int = 0) -> None:
        super().__init__(endpoint, port=port)
        self._seed, self._later = seed, later
        self._rules: list[Rule] = []
        self._counts: Counter[str] = Counter()
        self._struck: Counter[str] = Counter()
        self._rule_lock = threading.Lock()
        self._late: list[threading.Thread] = []
        self._address = (LOOPBACK, urlsplit(endpoint).port or 80)

    def afflict(self, rules: Iterable[Rule], *, seed: int | None = None) -> None:
        """From now on these rules, and no others."""
        with self._rule_lock:
            self._rules = list(rules)
            self._counts.clear()
            self._seed = self._seed if seed is None else seed

    def heal(self) -> None:
        """From now on no fault."""
        self.afflict(())

    def struck(self) -> Counter[str]:
        """How many requests met each kind of fault so far, by the kind's name."""
        with self._rule_lock:
            return Counter(self._struck)

    def settle(self) -> None:
        """Wait until every late effect has landed."""
        while self._late:
            self._late.pop().join()

    def forward(self, request: Message, upstream: Upstream) -> Message | None:
        """Let the first rule that strikes have it, or go on."""
        operation = operation_of(request)
        with self._rule_lock:
            self._counts[operation] += 1
            chance = Random(f"{self._seed}/{operation}/{self._counts[operation]}")
            rule = next((one for one in self._rules if one.strikes(operation, chance.random())), None)
            if rule is not None:
                self._struck[rule.name] += 1
        strict = StrictUpstream(upstream)
        if rule is None:
            return strict.ask(request)
        return rule.fault(Scene(request, strict, chance, self._later, self._another, self._late))

    def _another(self) -> StrictUpstream:
        return StrictUpstream(Upstream(self._address))
