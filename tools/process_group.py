"""Process groups: who is in one, and ending all of it.

Signals only the group that it is given. Needs the standard library alone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

PROC = Path("/proc")


def end_group(group: int, *, collect: Callable[[], object], within: float = 10.0) -> None:
    """Kill every process of a group and wait until none runs; `collect` is called on the way to reap our own child."""

    def nothing_left() -> bool:
        collect()
        return not group_members(group)

    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    wait_for(nothing_left, within=within)


def group_members(group: int) -> list[int]:
    """List the processes of a group that still run. Where there is no /proc, the group's number stands for them all."""
    if not (PROC / "self" / "stat").exists():
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return []
        return [group]
    members = []
    for stat in PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended while we looked
            fields = stat.read_text().rpartition(")")[2].split()
            state, belongs, threads = fields[0], int(fields[2]), int(fields[17])
            # a zombie with threads that are still ending holds its sockets open
            if belongs == group and (state not in "ZX" or threads > 1):
                members.append(int(stat.parent.name))
    return members


def wait_for(condition: Callable[[], bool], *, within: float) -> None:
    """Wait until a condition holds; TimeoutError when it does not in time."""
    until = time.monotonic() + within
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"nothing happened in {within:.0f} s")
        time.sleep(0.02)


def heed_interrupts() -> None:
    """Undo what a shell does to what runs in its background, for this process and all that it starts: SIGINT ignored.

    Pulumi ends its plugins by that signal. Where they ignore it, each command waits five seconds for them.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
