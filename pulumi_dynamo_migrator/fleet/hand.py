"""The parent's hold on one worker process: start it, say something, hear something, end it. Decides nothing.

A worker inherits nothing that speaks for the parent: neither its standard streams (Pulumi reads the plugin's) nor AWS
settings of the environment. Start it from a thread that outlives it: on Linux it ends with that thread.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self, cast

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.fleet.messages import Renewed, Setup, ToParent, ToWorker
from pulumi_dynamo_migrator.fleet.pipe import Pipe
from pulumi_dynamo_migrator.model.terms import Terms

UNHEARD = 16
"""Renewals that may lie in the pipe of a worker that is asleep; it holds thousands, and must never be full."""


class Hand:
    """One worker process. `told`: it has said how it ended."""

    def __init__(self, process: subprocess.Popen[bytes], words: IO[bytes], *, terms: Terms) -> None:
        self.process = process
        self.told = False
        self._words = words
        self._terms = terms
        self._renewals = self._heard = 0  # each counted by one thread alone
        assert process.stdin is not None
        assert process.stdout is not None
        self._pipe: Pipe[ToWorker, ToParent] = Pipe(
            cast(Any, process.stdout), cast(Any, process.stdin), expects=ToParent
        )

    @classmethod
    def start(cls, setup: Setup) -> Self:
        """A worker that has been told its share."""
        words = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the hand
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pulumi_dynamo_migrator.fleet.worker", str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                env=environment(os.environ),
            )
        except OSError as error:
            words.close()
            raise MigratorError(
                f"No worker process could be started for the copy of table {setup.source}: {error}.",
                now="give Migration(processes=...) a smaller number, and run `pulumi up` again; it continues.",
            ) from error
        hand = cls(process, words, terms=setup.terms)
        hand.send(setup)
        return hand

    def send(self, message: ToWorker) -> None:
        """Say it; nothing happens where the worker is gone: its silence is heard by whoever listens."""
        self._pipe.send(message)

    def renew(self, terms: Terms) -> None:
        """Tell new terms, unless the worker is asleep."""
        if terms != self._terms and self._renewals - self._heard < UNHEARD:
            self._terms = terms
            self._renewals += 1
            self._pipe.send(Renewed(terms))

    def heard(self) -> None:
        """A renewal has arrived."""
        self._heard += 1

    def receive(self) -> ToParent | None:
        """The next thing that it says; None when it is gone."""
        return self._pipe.receive()

    def hang_up(self) -> None:
        """Let it end."""
        self._pipe.hang_up()

    def kill(self) -> None:
        """End it, asleep or not."""
        if self.process.poll() is None:
            self.process.kill()

    def reap(self) -> int:
        """Wait for its end; how it ended."""
        return self.process.wait()

    def close(self) -> None:
        """Nothing of it is left when this returns."""
        self.hang_up()
        self.kill()
        self.reap()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._words.close()

    def last_words(self) -> str:
        """The last line that it wrote for people, and how it ended."""
        code = self.reap()
        self._words.seek(0)
        lines = self._words.read().decode("utf-8", "replace").strip().splitlines()
        ended = f"it was killed by signal {-code} ({_name(-code)})" if code < 0 else f"it ended with {code}"
        return f"{ended}: {lines[-1]}" if lines else ended


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """A worker's: it imports what this process can import, and knows AWS only from its parent."""
    kept = {name: value for name, value in ours.items() if not name.startswith(("AWS_", "PULUMI_"))}
    package = str(Path(__file__).resolve().parents[2])
    places = dict.fromkeys([package, *(str(Path(place).resolve()) for place in sys.path if place)])
    return {**kept, "PYTHONPATH": os.pathsep.join(places)}


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
