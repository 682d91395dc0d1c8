"""The demo's Pulumi project: a copy in a folder of its own, commands on it, and the end of all that they started.

Commands show their own output, live. Everything started carries a mark in its environment, so that `end` finds the
engine's plugins too, which have process groups of their own. Never touches a process without the mark.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.airports.plain import thinned
from tools.airports.screen import command
from tools.process_group import PROC, wait_for

MARK = "PDM_DEMO"
STACK = "demo"
QUIET = {
    "up": ["--skip-preview", "--suppress-outputs"],
    "preview": ["--suppress-outputs"],
    "destroy": ["--skip-preview", "--remove"],
}


class StackError(Exception):
    """A command of the engine failed; its output says why."""


class Stack:
    """One program, one stack, one file backend."""

    def __init__(self, source: Path, *, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder / "airports"
        self._mark = uuid.uuid4().hex
        self.environment = {
            **environment,
            MARK: self._mark,
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "",
        }
        (folder / "state").mkdir()
        shutil.copytree(source, self.folder, ignore=shutil.ignore_patterns("__pycache__", "Pulumi.*.yaml"))
        self._ask("stack", "init", STACK)

    def program(self) -> str:
        """Give the program as it is now."""
        return self._main().read_text()

    def edit(self, text: str) -> None:
        """Rewrite the program."""
        self._main().write_text(text)

    def _main(self) -> Path:
        return self.folder / "step1" / "__main__.py"

    def run(self, name: str) -> None:
        """Run a command and let it speak for itself."""
        command(f"pulumi {name}")
        yes = [] if name == "preview" else ["--yes"]
        terminal = sys.stdout.isatty()
        process = self._start(name, *yes, *QUIET[name], stdout=None if terminal else subprocess.PIPE)
        for line in thinned(process.stdout or ()):
            print(line, end="", flush=True)
        if process.wait():
            raise StackError(f"`pulumi {name}` failed")

    def output(self, name: str) -> Any:
        """Give one of the stack's outputs."""
        return json.loads(self._ask("stack", "output", name, "--json"))

    def _ask(self, *arguments: str) -> str:
        process = self._start(*arguments, "--non-interactive", stdout=subprocess.PIPE)
        told, _ = process.communicate()
        if process.returncode:
            raise StackError(f"`pulumi {' '.join(arguments)}` failed")
        return str(told)

    def _start(self, *arguments: str, stdout: int | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["pulumi", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL if stdout is not None else None,
            stdout=stdout,
            text=True,
        )

    def end(self) -> None:
        """End every process that is left."""

        def none_left() -> bool:
            left = marked(self._mark)
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return not left

        wait_for(none_left, within=10)


def marked(mark: str) -> list[int]:
    """List the processes that carry the mark; without /proc none can be seen, and plugins end after the CLI."""
    wanted, found = f"{MARK}={mark}".encode(), []
    for folder in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended while we looked, or is not ours
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found
