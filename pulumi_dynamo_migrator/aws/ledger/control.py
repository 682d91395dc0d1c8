"""The control table itself: made when the first MigratedTable needs it, removed with the last. Never by a preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault, TakenError, unless
from pulumi_dynamo_migrator.aws.ledger.rows import Condition, Row, Rows
from pulumi_dynamo_migrator.aws.tables import Tables
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

CONTROL, CLOSING = "control", "closing"
CLOSING_FOR = 300.0
"""Seconds for which a mark of closing counts: one that a dead process left must not keep everybody out for ever."""


class ControlTable:
    """The table under the ledger. Safe to share between threads."""

    def __init__(self, tables: Tables, rows: Rows, *, clock: Clock, timing: Timing) -> None:
        self._tables = tables
        self._rows = rows
        self._clock = clock
        self._timing = timing
        self._ready = False

    @property
    def name(self) -> str:
        """Its name."""
        return self._rows.table

    def exists(self) -> bool:
        """Whether there is one (that is not being deleted)."""
        seen = self._tables.describe(self.name)
        return seen is not None and seen.status is not TableStatus.DELETING

    def ensure(self) -> None:
        """Make it if there is none, and wait until it can be used. Any number of processes may do so at once."""
        if self._ready:
            return
        seen = self._tables.describe(self.name)
        if seen is not None and seen.status is TableStatus.DELETING:
            self._tables.wait_gone(self.name, clock=self._clock, timing=self._timing)
            seen = None
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
        stale = f"{self._clock.now() - CLOSING_FOR:.3f}"
        condition = Condition("attribute_not_exists(pk) OR #at < :stale", {"#at": "at"}, {":stale": {"N": stale}})
        return self._rows.check_action(CONTROL, CLOSING, condition)

    def delete_if_empty(self, live: Callable[[Row], bool]) -> bool:
        """Delete the table if no entry and no `live` lease is left; whether there is none any more.

        First a mark says so: whoever makes an entry or takes a lease checks it in the same transaction. What was made
        before the mark, the scan after it sees.
        """
        seen = self._tables.describe(self.name)
        if seen is None or seen.status is TableStatus.DELETING:
            return True
        self._check(seen)
        try:
            return self._close(seen, live)
        except AwsError:
            # Two that find it empty at the same time both remove it: the second one finds nothing.
            if self._there():
                raise
            return True

    def _close(self, seen: ObservedTable, live: Callable[[Row], bool]) -> bool:
        began = self._clock.now()
        self._rows.put({"pk": {"S": CONTROL}, "sk": {"S": CLOSING}, "at": {"N": f"{began:.3f}"}})
        if self._in_use(live) or self._clock.now() - began > CLOSING_FOR / 2:
            self._rows.delete(CONTROL, CLOSING)
            return False
        self._ready = False
        return self._remove(seen)

    def _there(self) -> bool:
        seen = self._tables.describe(self.name)
        return seen is not None and seen.status is not TableStatus.DELETING

    def _in_use(self, live: Callable[[Row], bool]) -> bool:
        condition = Condition("sk = :entry OR sk = :lease", values={":entry": {"S": "entry"}, ":lease": {"S": "lease"}})
        return any(row["sk"]["S"] == "entry" or live(row) for row in self._rows.scan(condition))

    def _remove(self, seen: ObservedTable) -> bool:
        if seen.settings.deletion_protection:
            # Refused: an attempt whose answer was lost has done it, or another process; else the deletion says so.
            with unless(Fault.IN_USE, Fault.INVALID):
                self._tables.update_deletion_protection(self.name, enabled=False)
            if self._there():
                self._tables.wait_active(self.name, clock=self._clock, timing=self._timing)
        try:
            self._tables.delete(self.name, table_id=seen.table_id)
        except AwsError:
            # Still there, and still the ledger: protect it again and let others in.
            self._tables.update_deletion_protection(self.name, enabled=True)
            self._rows.delete(CONTROL, CLOSING)
            raise
        self._tables.wait_gone(self.name, clock=self._clock, timing=self._timing)
        return True
