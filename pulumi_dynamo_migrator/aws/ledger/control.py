"""The control table itself: made when the first MigratedTable needs it, removed with the last. Never by a preview."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault, TakenError, unless
from pulumi_dynamo_migrator.aws.ledger.closing import Closing, ClosingError, Mark, OutOfTimeError
from pulumi_dynamo_migrator.aws.ledger.rows import Condition, Row, Rows
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.aws.waiting import pauses, wait_for
from pulumi_dynamo_migrator.model.names import TAG_PREFIX
from pulumi_dynamo_migrator.model.observed import ObservedTable, TableStatus
from pulumi_dynamo_migrator.model.spec import BillingMode, PointInTimeRecovery, Settings, Structure, Ttl
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

TAG_LEDGER = f"{TAG_PREFIX}ledger"
STRUCTURE = Structure("pk", "sk", (("pk", "S"), ("sk", "S")))
SETTINGS = Settings(billing_mode=BillingMode.PAY_PER_REQUEST, deletion_protection=True)
EXPIRES = Ttl(enabled=True, attribute="expires")

T = TypeVar("T")
_WHILE_REMOVED = {Fault.GONE, Fault.IN_USE}
"""What is answered about a table that somebody removes at this moment."""


class ControlTable:
    """The table under the ledger. Safe to share between threads."""

    def __init__(
        self, tables: Tables, rows: Rows, *, clock: Clock, timing: Timing, jitter: Callable[[], float]
    ) -> None:
        self._tables = tables
        self._rows = rows
        self._clock = clock
        self._timing = timing
        self._jitter = jitter
        self._closing = Closing(rows, clock=clock)
        self._ready = False
        self._bare = False

    @property
    def name(self) -> str:
        """Its name."""
        return self._rows.table

    def exists(self) -> bool:
        """Whether there is one (that is not being deleted)."""
        return self._standing() is not None

    def ensure(self) -> None:
        """Make it if there is none, and wait until it can be used. Any number of processes may do so at once."""
        if self._ready:
            return
        seen = self._tables.describe(self.name)
        if seen is not None and seen.status is TableStatus.DELETING:
            self._wait(lambda now: now.status is not TableStatus.DELETING)
            seen = self._tables.describe(self.name)
        if seen is None:
            # Lost against another process: that one's is as good, and is waited for below.
            with unless(Fault.IN_USE, Fault.EXISTS):
                self._tables.create(self.name, STRUCTURE, settings=SETTINGS, tags={TAG_LEDGER: "control-table"})
        if seen is None or seen.status is not TableStatus.ACTIVE:
            seen = self._tables.wait_active(self.name, clock=self._clock, timing=self._timing)
        self._check(seen)
        self._tables.set_ttl(self.name, EXPIRES)
        recovery = PointInTimeRecovery(enabled=True)
        self._tables.set_point_in_time_recovery(self.name, recovery, clock=self._clock, timing=self._timing)
        self._bare = not seen.settings.deletion_protection
        self._ready = True

    def _check(self, seen: ObservedTable) -> None:
        if seen.structure != STRUCTURE:
            raise TakenError(
                f"The table {self.name} exists but is not this package's ledger: its keys are {seen.structure.keys}.",
                fault=Fault.EXISTS,
                action="dynamodb:DescribeTable",
                resource=f"table {self.name}",
                now="rename or remove that table: the name is needed for the ledger.",
            )

    def open_action(self) -> Row:
        """A transaction's condition that nobody is removing the table at this moment."""
        return self._closing.open_action()

    def while_open(self, attempt: Callable[[], T]) -> T:
        """Do what a table needs that nobody is removing, made first where there is none.

        A `destroy` marks the table, looks whether it is empty, and takes the mark back: a ClosingError of `attempt` is
        waited for, and raised only when it lasts.
        """
        waited, growing = 0.0, pauses(self._timing)
        while True:
            try:
                self.ensure()
                done = attempt()
            except (ClosingError, AwsError) as error:
                passes = isinstance(error, ClosingError) or error.fault in _WHILE_REMOVED
                if not passes or waited >= self._timing.control:
                    raise
            else:
                self._protect_again()
                return done
            self._ready = False  # it may go
            pause = next(growing)
            self._clock.sleep(pause)
            waited += pause

    def _protect_again(self) -> None:
        """What one that was killed while it removed the table has left bare: now that somebody is in, it stays."""
        if self._bare:
            self._bare = False
            self._protect()

    def delete_if_empty(self, live: Callable[[Row], bool]) -> bool:
        """Delete the table if no entry and no `live` lease is left; whether there is none any more.

        OutOfTimeError where an empty one is left.

        First a mark says so: whoever makes an entry or takes a lease checks it in the same transaction. What was made
        before the mark, the scan after it sees.
        """
        try:
            return self._close(live)
        except AwsError as error:
            # Two that find it empty at the same time both remove it: the second one finds nothing, or another's.
            gone = self._standing() is None
            if not gone and error.fault is not Fault.GONE:
                raise
            return gone

    def _close(self, live: Callable[[Row], bool]) -> bool:
        growing = pauses(self._timing)
        while (seen := self._standing()) is not None:
            self._check(seen)
            mark = self._closing.mark()
            if not self._is(seen):  # the mark is in one that was made meanwhile
                self._closing.take_back(mark)
            elif self._in_use(live):
                self._closing.take_back(mark)
                return False
            elif (removing := self._closing.remove(mark)) is not None:
                self._ready = False
                return self._remove(seen, removing)
            self._clock.sleep(next(growing) * self._jitter())  # or two might write over each other in step
        return True

    def _standing(self) -> ObservedTable | None:
        seen = self._tables.describe(self.name)
        return None if seen is None or seen.status is TableStatus.DELETING else seen

    def _is(self, table: ObservedTable) -> bool:
        seen = self._standing()
        return seen is not None and seen.table_id == table.table_id

    def _in_use(self, live: Callable[[Row], bool]) -> bool:
        condition = Condition("sk = :entry OR sk = :lease", values={":entry": {"S": "entry"}, ":lease": {"S": "lease"}})
        return any(row["sk"]["S"] == "entry" or live(row) for row in self._rows.scan(condition))

    def _remove(self, seen: ObservedTable, mark: Mark) -> bool:
        growing = pauses(self._timing)
        while True:
            try:
                self._delete(seen, mark)
                self._wait(lambda now: now.table_id != seen.table_id)
                return True
            except (AwsError, OutOfTimeError) as error:
                now = self._standing()
                if now is None:
                    return True  # by another, or by an attempt whose answer was lost
                if now.table_id != seen.table_id:
                    self._protect()
                    return False
                if not isinstance(error, AwsError) or error.fault is not Fault.IN_USE:
                    if self._closing.take_back(mark):
                        self._protect()
                    raise
            self._clock.sleep(next(growing))  # it is being changed: by another that removes it

    def _delete(self, seen: ObservedTable, mark: Mark) -> None:
        if seen.settings.deletion_protection:
            # Refused: an attempt whose answer was lost has done it, or another process; else the deletion says so.
            with unless(Fault.IN_USE, Fault.INVALID):
                self._tables.update_deletion_protection(self.name, enabled=False)
            self._wait(lambda now: now.table_id != seen.table_id or now.status is not TableStatus.UPDATING)
        with self._closing.in_time(mark):
            self._tables.delete(self.name, table_id=seen.table_id)

    def _protect(self) -> None:
        with unless(Fault.GONE, Fault.IN_USE, Fault.INVALID):
            self._tables.update_deletion_protection(self.name, enabled=True)

    def _wait(self, so: Callable[[ObservedTable], bool]) -> None:
        """Until the table is so, or gone."""

        def look() -> bool | None:
            seen = self._tables.describe(self.name)
            return True if seen is None or so(seen) else None

        limit, what = self._timing.table, f"The table {self.name} was not removed"
        wait_for(look, clock=self._clock, timing=self._timing, limit=limit, what=what)
