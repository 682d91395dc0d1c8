"""The mark in the control table that it is being removed: one row, which every writer of something new checks.

Several processes and threads may find the table empty at once (a `destroy` of several resources ends each in a thread
of its own). Each writes its token over the one before; who looks and finds something in use takes back its own mark
alone; and before the table goes, the one that removes it says so in the mark, if it still is its own. Whoever comes
later joins the removal, and never takes the mark back. So nobody is let in while another is about to delete.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault, unless
from pulumi_dynamo_migrator.aws.last_look import last_look
from pulumi_dynamo_migrator.aws.ledger.rows import Condition, Row, Rows
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.ports import Clock

CONTROL, CLOSING = "control", "closing"
CLOSING_FOR = 300.0
"""Seconds for which a mark of closing counts: one that a dead process left must not keep everybody out for ever."""


class ClosingError(MigratorError):
    """Another process is removing the control table at this moment."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"The control table {table} is being removed by another process at this moment.",
            now=f"run again in a minute (if that one has died, its claim ends after {CLOSING_FOR / 60:.0f} minutes).",
        )


class OutOfTimeError(MigratorError):
    """The mark may count no longer: whoever wants in may be in."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark as one process has left it; `at` in epoch seconds. `joined`: another had said that the table goes."""

    token: str
    at: float
    joined: bool = False


class Closing:
    """The row. Safe to share between threads."""

    def __init__(self, rows: Rows, *, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock

    def open_action(self) -> Row:
        """A transaction's condition that nobody is removing the table at this moment."""
        return self._rows.check_action(CONTROL, CLOSING, self._unmarked())

    def mark(self) -> Mark:
        """Keep everybody out from now on."""
        while True:
            mark = Mark(secrets.token_hex(8), self._clock.now())
            row = {"pk": {"S": CONTROL}, "sk": {"S": CLOSING}, "token": {"S": mark.token}, "at": _n(mark.at)}
            with unless(Fault.CONDITION):
                self._rows.put(row, condition=self._unmarked(or_else="attribute_not_exists(removing)"))
                return mark
            with unless(Fault.CONDITION):
                return self._join(mark.token)

    def remove(self, mark: Mark) -> Mark | None:
        """Say that the table goes now; None where somebody has written over the mark: look again. OutOfTimeError when
        the mark has stood for too long.
        """
        said = replace(mark, at=self._clock.now())
        text = "SET #at = :at, removing = :yes"
        values = {":token": {"S": mark.token}, ":at": _n(said.at), ":yes": {"BOOL": True}}
        condition = Condition("#token = :token", {"#token": "token", "#at": "at"}, values)
        try:
            with self.in_time(mark):
                self._rows.update(CONTROL, CLOSING, text=text, condition=condition)
        except AwsError as error:
            if error.fault is not Fault.CONDITION:
                raise
            return None
        except OutOfTimeError:
            self.take_back(mark)
            raise
        return said

    def take_back(self, mark: Mark) -> bool:
        """Let everybody in again; False where that is not for this one to say: somebody else has written over the mark,
        or said before that the table goes, and may be about to delete it.
        """
        if mark.joined:
            return False
        condition = Condition("#token = :token", {"#token": "token"}, {":token": {"S": mark.token}})
        with unless(Fault.CONDITION):
            self._rows.delete(CONTROL, CLOSING, condition=condition)
            return True
        return False

    @contextmanager
    def in_time(self, mark: Mark) -> Iterator[None]:
        """Within it nothing is sent once the mark comes near to counting no longer: OutOfTimeError, now or after each
        signing. One that has slept must not delete what others have begun meanwhile.
        """
        self._expect_time(mark)
        with last_look(partial(self._expect_time, mark)):
            yield

    def _expect_time(self, mark: Mark) -> None:
        if self._clock.now() - mark.at > CLOSING_FOR / 2:
            raise OutOfTimeError(
                f"The empty control table {self._rows.table} was left: removing it took too long, or one that was "
                "removing it has died.",
                now="nothing: the next MigratedTable uses it, and the last `destroy` after that removes it.",
            )

    def _join(self, token: str) -> Mark:
        """Only the token is written: the time stays the one that whoever removes goes by."""
        stale = _n(self._clock.now() - CLOSING_FOR)
        condition = Condition(
            "attribute_exists(removing) AND #at >= :stale",
            {"#token": "token", "#at": "at"},
            {":token": {"S": token}, ":stale": stale},
        )
        row = self._rows.update(CONTROL, CLOSING, text="SET #token = :token", condition=condition)
        return Mark(token, float(row["at"]["N"]), joined=True)

    def _unmarked(self, *, or_else: str = "") -> Condition:
        stale = _n(self._clock.now() - CLOSING_FOR)
        text = "attribute_not_exists(pk) OR #at < :stale"
        return Condition(f"{text} OR {or_else}" if or_else else text, {"#at": "at"}, {":stale": stale})


def _n(seconds: float) -> Row:
    return {"N": f"{seconds:.3f}"}
