"""Where a command tells how its work goes on: one line that changes on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import shutil
from typing import TextIO

from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.ports import Clock

SELDOM = 10.0
"""Seconds between two lines where each of them stays."""
OFTEN = 0.2


class Terminal:
    """A listener over a stream. Never gone: who closes the window ends the process."""

    gone = False

    def __init__(self, out: TextIO, *, clock: Clock) -> None:
        self._out = out
        self._clock = clock
        self._last: float | None = None
        self._what = ""
        self._open = 0

    def progress(self, moment: Progress) -> None:
        """A moment that the next one replaces."""
        now = self._clock.monotonic()
        every = OFTEN if self._out.isatty() else SELDOM
        if self._last is not None and moment.what == self._what and now - self._last < every:
            return
        self._last, self._what = now, moment.what
        if not self._out.isatty():
            self._say(moment.line())
            return
        line = moment.line()[: shutil.get_terminal_size().columns - 1]
        self._out.write(f"\r{line:<{self._open}}")
        self._out.flush()
        self._open = len(line)

    def note(self, text: str) -> None:
        """A line that stays."""
        self._say(text)

    def warn(self, text: str) -> None:
        """A line that stays and wants to be read."""
        self._say(f"warning: {text}")

    def _say(self, text: str) -> None:
        if self._open:
            self._out.write("\r" + " " * self._open + "\r")
            self._open = 0
        self._out.write(text + "\n")
        self._out.flush()
