"""The peak resident size of a process and its children, from /proc: Linux only.

Each process remembers its own peak (VmHWM). The sum over those that live at one moment is never less than what they
really held together, and what they share is counted for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


class Peak:
    """The largest sum seen so far, in MB."""

    def __init__(self) -> None:
        self.mb = 0.0
        self.processes = 0

    def look(self, pid: int) -> bool:
        """Look at a process and all that it has started; whether it is still there."""
        found = [size for one in family(pid) if (size := peak_kb(one))]
        self.mb = max(self.mb, sum(found) / 1000)
        self.processes = max(self.processes, len(found))
        return bool(found)


def family(pid: int) -> Iterator[int]:
    """The process and its children, theirs too."""
    yield pid
    with suppress(OSError):  # it has ended
        for thread in (PROC / str(pid) / "task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from family(int(child))


def peak_kb(pid: int) -> int:
    """The largest resident size of one process so far, in kilobytes; 0 where it has ended."""
    with suppress(OSError):
        for line in (PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0
