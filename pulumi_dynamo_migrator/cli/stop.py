"""`stop NAME`: ask the `up` that is at work on a MigratedTable to stop, and wait until it has. Kills nothing.

The request goes into the lease's item; the process hears it at its next heartbeat and stops at its next checkpoint, a
fence lifted, the lease given back. The next `up` goes on from there.
"""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pulumi_dynamo_migrator.aws.ledger import Lease, StopRequest
from pulumi_dynamo_migrator.aws.ledger.lease_row import time_text
from pulumi_dynamo_migrator.aws.ledger.owner import LocalProcesses
from pulumi_dynamo_migrator.aws.waiting import pauses
from pulumi_dynamo_migrator.cli.account import add_account_arguments, open_books
from pulumi_dynamo_migrator.cli.command import Exit
from pulumi_dynamo_migrator.cli.find import find
from pulumi_dynamo_migrator.cli.status_text import served, under_way
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock
from pulumi_dynamo_migrator.system import SystemClock, timing_from_environment

NAME = "stop"
HELP = "ask the `pulumi up` that is at work on a MigratedTable to stop at its next checkpoint"
WAIT = 60.0
LONGEST = 500
"""Characters of a reason: it is shown in one line."""


class LeaseBook(Protocol):
    """What is needed of the ledger."""

    def read(self, entry_id: str) -> Entry | None:
        """The entry with this id."""

    def holder(self, entry_id: str) -> Lease | None:
        """The lease as it stands, held or released."""

    def works(self, lease: Lease) -> bool:
        """Whether its holder is at work now."""

    def ask_to_stop(self, lease: Lease, request: StopRequest) -> bool:
        """Ask whoever holds this lease to stop; False where it is over."""


def add_arguments(parser: ArgumentParser) -> None:
    """Say what may follow the command's name."""
    parser.add_argument("name", metavar="NAME", help="a resource's name, an entry's id, a table's name or a URN")
    parser.add_argument("--because", default="", metavar="TEXT", help="why; whoever is stopped is told")
    parser.add_argument(
        "--wait", type=seconds, default=WAIT, metavar="SECONDS", help="how long to wait for it (default: 60)"
    )
    add_account_arguments(parser)


def run(told: Namespace) -> int:
    """Ask, wait, and say how it ended: 0 when nobody is at work any more, 3 when somebody still is."""
    books = open_books(told)
    entry = find(told.name, books.ledger, region=books.region)
    clock = SystemClock()
    me = LocalProcesses().me()
    request = StopRequest(f"{me.user}@{me.host}", at=clock.now(), because=" ".join(told.because.split())[:LONGEST])
    asking = Stopping(books.ledger, clock=clock, timing=timing_from_environment(), say=print)
    return asking.stop(entry.id, request, wait=told.wait)


@dataclass(frozen=True, slots=True)
class Stopping:
    """One request and its end."""

    ledger: LeaseBook
    clock: Clock
    timing: Timing
    say: Callable[[str], None]

    def stop(self, entry_id: str, request: StopRequest, *, wait: float) -> Exit:
        """Ask whoever is at work, and wait."""
        asked = self._ask(entry_id, request)
        if asked is None:
            self.say(f"{entry_id}: nobody is at work on it.")
            self._where(entry_id)
            return Exit.DONE
        self.say(f"{entry_id}: {asked.owner}, at work since {time_text(asked.since)}, was asked to stop.")
        self.say(f"  It hears of it within {self.timing.heartbeat:g} s; the request stands, whether or not you wait.")
        return self._told(entry_id, asked, self._await(entry_id, asked, wait=wait))

    def _ask(self, entry_id: str, request: StopRequest) -> Lease | None:
        """The lease whose holder was asked; one that ends at this very moment is looked at again."""
        while True:
            seen = self.ledger.holder(entry_id)
            if seen is None or not self.ledger.works(seen):
                return None
            if self.ledger.ask_to_stop(seen, request):
                return seen

    def _await(self, entry_id: str, asked: Lease, *, wait: float) -> Lease | None:
        """The lease as it stands when the one that was asked is over, or when the time is."""
        ends = self.clock.monotonic() + wait
        pause = pauses(self.timing)
        while True:
            seen = self.ledger.holder(entry_id)
            if seen is None or seen.token != asked.token or not self.ledger.works(seen):
                return seen
            left = ends - self.clock.monotonic()
            if left <= 0:
                return seen
            self.clock.sleep(min(next(pause), left))

    def _told(self, entry_id: str, asked: Lease, seen: Lease | None) -> Exit:
        if seen is not None and self.ledger.works(seen):
            if seen.token == asked.token:
                self.say("Still at work: it stops at its next checkpoint; ask `status` later, or `stop` again.")
            else:
                self.say(
                    f"It has ended; but {seen.owner} is at work on it since {time_text(seen.since)}: `stop` asks again."
                )
            return Exit.NOT_YET
        if seen is None or seen.released or seen.token != asked.token:
            self.say("It gave its lease back: nobody is at work on it any more.")
        else:
            self.say(f"It ended without a word, last heard of at {time_text(seen.beat)}: nobody is at work on it.")
        self._where(entry_id)
        return Exit.DONE

    def _where(self, entry_id: str) -> None:
        entry = self.ledger.read(entry_id)
        if entry is None:
            self.say("  It is not in the ledger any more: it was destroyed.")
            return
        going = under_way(entry)
        self.say(f"  Its phase is {entry.phase}{going and f' ({going})'}, and it serves {served(entry)}.")
        if not entry.phase.settled:
            self.say("  The next `pulumi up` goes on from there.")


def seconds(text: str) -> float:
    """An argument's seconds; argparse names this function when the text is no number."""
    found = float(text)
    if not 0 <= found < float("inf"):
        raise argparse.ArgumentTypeError("a number of seconds, 0 or more")
    return found
