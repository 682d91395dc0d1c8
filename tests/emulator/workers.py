"""The worker processes of a copy, as the system lists them."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from tests.stacks.processes import descriptors

MODULE = b"pulumi_dynamo_migrator.fleet.worker"


@dataclass(frozen=True, slots=True)
class Worker:
    """One of them."""

    pid: int
    parent: int

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    @property
    def state(self) -> str:
        """R, S, T (stopped), …; nothing when it is no more."""
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return ""

    @property
    def alive(self) -> bool:
        """Whether it could still do something."""
        return self.state not in ("", "Z", "X")

    def at_work(self) -> None:
        """Assert that it speaks to AWS: it has begun, then, and is tied to its parent."""
        assert any(one.startswith("socket:") for one in descriptors(self.pid))

    def asleep(self) -> None:
        """Assert that it is stopped."""
        assert self.state == "T", self.state

    def gone(self) -> None:
        """Assert that it does nothing any more."""
        assert not self.alive


def workers_of(parent: int) -> list[Worker]:
    """Those that this process has started, and that live."""
    found = []
    for place in Path("/proc").iterdir():
        if not place.name.isdigit():
            continue
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if MODULE in words and str(parent).encode() in words:
            found.append(Worker(int(place.name), parent))
    return [worker for worker in found if worker.alive]
