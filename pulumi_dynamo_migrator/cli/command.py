"""What a command is: a module with these four names. Nothing here acts."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from enum import IntEnum
from typing import Protocol


class Exit(IntEnum):
    """What the shell is told. 2 is argparse's own, for a line that it does not understand."""

    DONE = 0
    FAILED = 1
    NOT_YET = 3
    INTERRUPTED = 130


class Command(Protocol):
    """A module of this folder. `__main__` lists them."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: ArgumentParser, /) -> None:
        """Say what may follow the command's name."""

    def run(self, told: Namespace, /) -> int:
        """Do it; the exit code. A MigratorError is told by whoever called."""
