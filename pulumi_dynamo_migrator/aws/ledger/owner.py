"""Which process holds a lease, and whether one of this machine is dead. Without /proc nobody is ever said to be dead.

Dead is said only where it is sure: the same boot of the same kernel, the same process namespace, and no such process
any more (or another one under the number: processes have a start time). A machine's name proves nothing: containers
share it.
"""

from __future__ import annotations

import getpass
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Owner:
    """A process. `boot` and `namespace` are empty and `started` is 0 where the system does not tell."""

    host: str
    user: str
    pid: int
    boot: str = ""
    namespace: str = ""
    started: int = 0

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (process {self.pid})"


class Processes(Protocol):
    """What is known of processes."""

    def me(self) -> Owner:
        """This process."""

    def dead(self, owner: Owner) -> bool:
        """Whether it surely is no more."""


@dataclass(frozen=True, slots=True)
class LocalProcesses:
    """The processes of this machine."""

    proc: Path = Path("/proc")

    def me(self) -> Owner:
        """This process."""
        pid = os.getpid()
        return Owner(
            host=socket.gethostname(),
            user=_user(),
            pid=pid,
            boot=self._boot(),
            namespace=self._namespace(),
            started=self._started(pid) or 0,
        )

    def dead(self, owner: Owner) -> bool:
        """Whether it surely is no more."""
        here = (self._boot(), self._namespace())
        if not all(here) or not owner.started or here != (owner.boot, owner.namespace):
            return False
        started = self._started(owner.pid)
        return _unknown(owner.pid) if started is None else started != owner.started

    def _boot(self) -> str:
        try:
            return (self.proc / "sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return ""

    def _namespace(self) -> str:
        try:
            return str((self.proc / "self/ns/pid").readlink())
        except OSError:
            return ""

    def _started(self, pid: int) -> int | None:
        """Clock ticks since boot at which it started (proc(5), field 22); -1 for a zombie, None where it is unknown."""
        try:
            fields = (self.proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return -1 if fields[0] in "ZX" else int(fields[19])


def _unknown(pid: int) -> bool:
    """Whether the kernel knows no such process: /proc may hide those of other users (hidepid)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "someone"
