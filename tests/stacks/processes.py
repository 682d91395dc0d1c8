"""The processes of one stack test: the CLI, its language host, its plugins, orphans too. Reads /proc: Linux only.

Each test's commands carry a mark in their environment; children inherit it. Never touches a process without the mark.
A command's own mark lies below its program's: `a1b2/07` is the seventh command of `a1b2`.
"""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

MARK = "PDM_STACK_TEST"
PLUGIN = "pulumi.dynamic"  # python -m pulumi.dynamic: the process that runs a dynamic provider


@dataclass(frozen=True, slots=True)
class Process:
    """One running process and its command line."""

    pid: int
    command: str

    def kill(self) -> None:
        """End it as `kill -9` does."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def marked(mark: str) -> list[Process]:
    """List the running processes that carry this mark, or one below it."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended while we looked, or is not ours
            settings = (folder / "environ").read_bytes().split(b"\0")
            if any(one == wanted or one.startswith(wanted + b"/") for one in settings):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found.append(Process(int(folder.name), command.strip()))
    return found


def descriptors(pid: int) -> list[str]:
    """List what a process's file descriptors lead to; nothing when it is no more."""
    found = []
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed since it was listed
                found.append(str(link.readlink()))
    return found


def plugins(mark: str) -> list[Process]:
    """List the dynamic providers among them."""
    return [process for process in marked(mark) if PLUGIN in process.command and "/bin/sh" not in process.command]
