"""One resource's life without Pulumi's engine: every `up` is a process that a proxy can kill at a request."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.emulator.proxy import Proxy
from tests.soaking import Tally
from tools.embedded_aws import EmbeddedAws
from tools.shell_env import ROOT

TIMING = json.dumps(
    {
        "settle": 1,
        "lease": 20,
        "heartbeat": 1,
        "outcome": 0.2,
        "quiet": 0.3,
        "poll": 0.05,
        "poll_cap": 0.2,
        "lag_window": 0.2,
        "fence": 30,
        "fence_renewal": 1,
        "fence_margin": 5,
        "fence_proof": 0.3,
        "fence_patience": 3,
        "drain": 1.5,  # longer than the embedded AWS takes to begin with what a stream holds
        "signature": 3,
        "request": 5,
    }
)


KILLED = "kill -9 of the provider"


def urn_of(name: str) -> str:
    """The URN of a resource."""
    return f"urn:pulumi:dev::killed::pulumi-python:dynamic/dynamo:MigratedTable::{name}"


@dataclass
class Life:
    """One resource's life: every `up` is a process that may be killed."""

    aws: EmbeddedAws
    proxy: Proxy
    urn: str
    id: str = ""
    timing: str = TIMING
    tally: Tally | None = None

    def start(self, bag: Mapping[str, Any], *, extra: Mapping[str, str] = {}) -> subprocess.Popen[str]:
        """Begin an `up`; `extra` settings of its environment, without those that are empty."""
        told = {**self.aws.environment(), **extra}
        environment = {
            **{name: value for name, value in told.items() if value},
            "AWS_ENDPOINT_URL": self.proxy.endpoint,
            "PYTHONPATH": str(ROOT),
        }
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "emulator" / "one_up.py"), self.id],
            env={**environment, "PULUMI_DYNAMO_MIGRATOR_TIMING": self.timing, "PATH": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.proxy.victim = process
        assert process.stdin is not None
        process.stdin.write(json.dumps(bag))
        process.stdin.close()
        process.stdin = None
        return process

    def up(self, bag: Mapping[str, Any]) -> dict[str, Any]:
        """An `up` that nobody disturbs."""
        self.proxy.reset()
        process = self.start(bag)
        told, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        self.id, outputs = json.loads(told)
        return dict(outputs)

    def killed_up(self, bag: Mapping[str, Any], *, at: int, after: bool) -> None:
        """An `up` that is killed at its `at`-th request, or ends before it."""
        self.proxy.reset(kill_at=at, after=after)
        process = self.start(bag)
        process.communicate(timeout=120)
        if self.tally is not None and process.returncode == -signal.SIGKILL:
            self.tally.add(KILLED)

    def nothing_lost(self, items: int) -> None:
        """Take down that so many items were compared with what was written."""
        if self.tally is not None:
            self.tally.acknowledged(writes=items, lost=0)
