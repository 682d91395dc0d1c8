"""`stop` asks whoever is at work, waits, and says how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from pulumi_dynamo_migrator.aws.ledger import Lease, StopRequest
from pulumi_dynamo_migrator.aws.ledger.owner import Owner
from pulumi_dynamo_migrator.cli.command import Exit
from pulumi_dynamo_migrator.cli.stop import Stopping
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.model.timing import Timing
from tests.fakes.copying import JumpingClock
from tests.fakes.ledger import FULL

NOW = 1_000_000.0
HELD = Lease("orders-1", "first", 1, Owner("desk", "ann", 7), since=NOW - 60, beat=NOW, until=NOW + 3600)
NEXT = replace(HELD, token="second", owner=Owner("home", "bob", 8))
ASK = StopRequest("cyd@phone", at=NOW, because="lunch")


@dataclass
class Book:
    """A ledger with one lease; `then` is what happens after so many seconds of waiting."""

    lease: Lease | None = HELD
    entry: Entry | None = FULL
    clock: JumpingClock = field(default_factory=lambda: JumpingClock(NOW))
    asked: list[StopRequest] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    refuses: Callable[[], bool] = lambda: False

    def read(self, entry_id: str) -> Entry | None:
        return self.entry

    def holder(self, entry_id: str) -> Lease | None:
        return self.lease

    def works(self, lease: Lease) -> bool:
        return not lease.released and lease.until > self.clock.now()

    def ask_to_stop(self, lease: Lease, request: StopRequest) -> bool:
        if self.refuses():
            return False
        self.asked.append(request)
        return True

    def after(self, seconds: float, then: Callable[[], None]) -> None:
        self.clock.on_sleep = lambda _: then() if self.clock.time >= NOW + seconds else None

    def becomes(self, lease: Lease | None) -> None:
        self.lease = lease

    def stop(self, *, wait: float = 60.0) -> Exit:
        return Stopping(self, clock=self.clock, timing=Timing(), say=self.said.append).stop("orders-1", ASK, wait=wait)


def test_it_asks_and_waits_until_the_lease_is_given_back() -> None:
    book = Book()
    book.after(12.0, lambda: book.becomes(replace(HELD, released=True)))
    assert book.stop() is Exit.DONE
    assert book.asked == [ASK]
    assert 12.0 <= book.clock.now() - NOW < 20.0
    assert "ann@desk (process 7), at work since 1970-01-12 13:45:40 UTC, was asked to stop." in book.said[0]
    assert "within 3 s" in book.said[1]
    assert book.said[2:] == [
        "It gave its lease back: nobody is at work on it any more.",
        "  Its phase is migrating (to version 2, table orders_V2, at copying), and it serves version 1, table orders.",
        "  The next `pulumi up` goes on from there.",
    ]


@pytest.mark.parametrize("lease", [None, replace(HELD, released=True), replace(HELD, until=NOW - 1)], ids=str)
def test_where_nobody_is_at_work_nobody_is_asked(lease: Lease | None) -> None:
    book = Book(lease)
    assert book.stop() is Exit.DONE
    assert (book.asked, book.said[0]) == ([], "orders-1: nobody is at work on it.")
    assert book.clock.now() == NOW


def test_one_that_does_not_stop_in_time_is_still_asked() -> None:
    book = Book()
    assert book.stop(wait=30.0) is Exit.NOT_YET
    assert book.clock.now() == NOW + 30.0
    assert book.said[-1].startswith("Still at work: it stops at its next checkpoint")


def test_without_waiting_it_looks_once() -> None:
    book = Book()
    assert book.stop(wait=0.0) is Exit.NOT_YET
    assert (book.asked, book.clock.now()) == ([ASK], NOW)


def test_one_that_dies_meanwhile_is_waited_for_until_its_claim_is_over() -> None:
    book = Book(replace(HELD, until=NOW + 25.0))
    assert book.stop() is Exit.DONE
    assert "It ended without a word, last heard of at 1970-01-12 13:46:40 UTC" in book.said[2]


def test_whoever_took_over_meanwhile_is_named_and_was_not_asked() -> None:
    book = Book()
    book.after(5.0, lambda: book.becomes(NEXT))
    assert book.stop() is Exit.NOT_YET
    assert book.asked == [ASK]
    assert "bob@home (process 8) is at work on it" in book.said[-1]


def test_a_lease_that_ends_as_it_is_asked_is_looked_at_again() -> None:
    book = Book()

    def refuses() -> bool:
        book.becomes(None)
        return True

    book.refuses = refuses
    assert book.stop() is Exit.DONE
    assert book.said[0] == "orders-1: nobody is at work on it."


def test_a_destroy_that_ended_leaves_no_entry() -> None:
    book = Book()

    def gone() -> None:
        book.lease = book.entry = None

    book.after(5.0, gone)
    assert book.stop() is Exit.DONE
    assert book.said[-1] == "  It is not in the ledger any more: it was destroyed."


def test_an_up_that_had_finished_already_is_not_said_to_go_on() -> None:
    book = Book(replace(HELD, released=True), replace(FULL, phase=Phase.READY, migration=None))
    assert book.stop() is Exit.DONE
    assert book.said[1:] == ["  Its phase is ready, and it serves version 1, table orders."]
