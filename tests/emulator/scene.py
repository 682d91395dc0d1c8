"""A life on a stage: one resource whose every `up` is a process of its own, and an account that is seen past it.

    with scene_in(aws, timing={"settle": 3}) as scene:
        old = scene.begin(ITEMS)                      # version 1 holds the items
        scene.stage.cue("Scan", plant, table=scene.new)
        outputs = scene.up(hash_key="team", ...)

Never asks Pulumi's engine, and never looks into the package.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from tests.emulator.life import TIMING, Life, urn_of
from tests.emulator.staging import Stage
from tests.stacks.account import Account, text
from tools.embedded_aws import EmbeddedAws

_numbers = count(1)

FIRST: dict[str, Any] = {"hash_key": "id", "attributes": {"id": "S"}}
"""What every scene begins with."""

PATIENT = {"request": 60, "settle": 5}
"""Timing for a scene whose cues hold a request back until the replicator has brought something."""


@dataclass
class Scene:
    """`account` asks as the process does (through the policy proxy, if there is one), `behind` past all proxies."""

    life: Life
    stage: Stage
    account: Account
    behind: Account
    old: str = ""

    @property
    def new(self) -> str:
        """The second version's table."""
        return f"{self.old}_V2"

    def bag(self, *, migration: Mapping[str, Any] | None = None, **arguments: Any) -> dict[str, Any]:
        """What the program asks."""
        return {**arguments, "migration": {"function_timeout": 1, **(migration or {})}, "__urn": self.life.urn}

    def begin(self, items: Iterable[Mapping[str, Any]], **more: Any) -> str:
        """The first version, with items; its table's name."""
        self.old = self.life.up(self.bag(**{**FIRST, **more}))["name"]
        self.behind.put(self.old, items)
        return self.old

    def up(self, **arguments: Any) -> dict[str, Any]:
        """One `up`; its outputs."""
        return self.life.up(self.bag(**arguments))

    def start(self, **arguments: Any) -> subprocess.Popen[str]:
        """One `up` that goes on in the background."""
        self.stage.reset()
        return self.life.start(self.bag(**arguments))

    def ended(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        """The outputs of an `up` that was started."""
        told, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        self.life.id, outputs = json.loads(told)
        return dict(outputs)


@contextmanager
def scene_in(aws: EmbeddedAws, *, timing: Mapping[str, float] | None = None) -> Iterator[Scene]:
    """A scene in an account of its own."""
    aws.reset()
    with Stage(aws.endpoint) as stage:
        told = json.dumps({**json.loads(TIMING), **(timing or {})})
        life = Life(aws, stage, urn_of(f"scene{next(_numbers)}"), timing=told)
        yield Scene(life, stage, Account(aws), Account(replace(aws, front=0)))
    aws.reset()


def differing(found: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]]) -> list[str]:
    """What only one side has, as texts: nothing when both hold the same."""
    here, there = set(map(text, found)), set(map(text, wanted))
    return [f"lost or changed: {one}" for one in sorted(there - here)] + [
        f"nobody wrote: {one}" for one in sorted(here - there)
    ]
