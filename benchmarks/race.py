"""Contenders side by side: each round runs every one of them once, one after the other, on a stub of this run alone.

A contender whose library is not installed, or that fails, is told and left out; nothing is asserted about time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders.names import Contender
from benchmarks.wire_stub import WireStub

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of one contender. `written`: what the stub counted, whatever the contender says."""

    contender: str
    items: int
    wall: float
    cpu: float
    memory_kb: int
    written: int

    @property
    def rate(self) -> float:
        """Items per second of the contender's own CPU."""
        return self.items / self.cpu


class ContenderError(Exception):
    """A contender could not run; the text ends with what it said."""


def race(
    contenders: Sequence[Contender], stub: WireStub, *, rounds: int, pages: int, tell: Callable[[str], None]
) -> list[Sample]:
    """All samples, round by round."""
    samples: list[Sample] = []
    running = list(contenders)
    for number in range(rounds):
        for contender in list(running):
            try:
                sample = run(contender, stub, pages=pages * contender.weight)
            except ContenderError as error:
                tell(f"{contender.name} is left out: {error}")
                running.remove(contender)
                continue
            samples.append(sample)
            tell(f"round {number + 1}: {contender.name}: {sample.rate:,.0f} items per CPU-second")
    return samples


def run(contender: Contender, stub: WireStub, *, pages: int) -> Sample:
    """Run one contender once."""
    stub.order()
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.racer", contender.road, str(pages)],
        cwd=ROOT,
        env=environment(stub),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise ContenderError((ended.stderr.strip().splitlines() or [f"it ended with {ended.returncode}"])[-1])
    return Sample(contender.name, written=stub.counts()["written"], **json.loads(ended.stdout.splitlines()[-1]))


def environment(stub: WireStub) -> dict[str, str]:
    """The stub in AWS's place, and nothing of the user's AWS settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    trusted = (
        {} if stub.certificate is None else dict.fromkeys(("AWS_CA_BUNDLE", "SSL_CERT_FILE"), str(stub.certificate))
    )
    return {
        **kept,
        **trusted,
        "AWS_ENDPOINT_URL": stub.endpoint,
        "AWS_ACCESS_KEY_ID": "AKIDBENCHMARK",
        "AWS_SECRET_ACCESS_KEY": "not a secret",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "BENCH_ITEMS": str(stub.items),
    }
