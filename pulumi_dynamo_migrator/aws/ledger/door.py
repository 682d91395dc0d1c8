"""The ledger: one entry for each MigratedTable, found by its URN, written with the revision that was read.

A reader finds no entry where there is no control table; only `create` makes one. Every read is consistent.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_dynamo_migrator.aws.control_retry import at_most
from pulumi_dynamo_migrator.aws.faults import AwsError, Fault, unless
from pulumi_dynamo_migrator.aws.last_look import Look
from pulumi_dynamo_migrator.aws.ledger.closing import ClosingError
from pulumi_dynamo_migrator.aws.ledger.control import ControlTable
from pulumi_dynamo_migrator.aws.ledger.copying import CopyLedger
from pulumi_dynamo_migrator.aws.ledger.entries import (
    ENTRY,
    POINTER,
    entry_of,
    entry_pk,
    entry_row,
    pointer_row,
    urn_pk,
)
from pulumi_dynamo_migrator.aws.ledger.finding import Finder
from pulumi_dynamo_migrator.aws.ledger.lease import LeaseLostError, Leases
from pulumi_dynamo_migrator.aws.ledger.lease_row import LEASE, Lease, StopRequest
from pulumi_dynamo_migrator.aws.ledger.owner import Processes
from pulumi_dynamo_migrator.aws.ledger.partition import MigrationLedger
from pulumi_dynamo_migrator.aws.ledger.rows import ABSENT, Condition, Rows
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.conversion.keys import KeySchema
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.names import CONTROL_TABLE
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock
from pulumi_dynamo_migrator.replicate.door import Caller
from pulumi_dynamo_migrator.replicate.handler import client_call
from pulumi_dynamo_migrator.replicate.ledger import LedgerTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class LedgerConflictError(MigratorError):
    """Somebody else has written the entry since it was read."""

    def __init__(self, entry: Entry, stored: Entry | None, holder: Lease | None) -> None:
        revision = "is gone" if stored is None else f"is at revision {stored.revision}"
        who = f"; its lease is held by {holder}" if holder and not holder.released else ""
        super().__init__(
            f"The ledger's entry of {entry.id} was changed by somebody else: it {revision}, "
            f"this process had read revision {entry.revision}{who}.",
            now="let the other one finish, and run again.",
        )
        self.stored = stored
        self.holder = holder


class Ledger:
    """One control table. Safe to share between threads."""

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        clock: Clock,
        timing: Timing,
        processes: Processes | None = None,
        table: str = CONTROL_TABLE,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._clock = clock
        self._timing = timing
        self._jitter = jitter
        self._rows = Rows(client, table, clock=clock, timing=timing)
        self._finder = Finder(client, table=table)
        self.control = ControlTable(Tables(client), self._rows, clock=clock, timing=timing, jitter=jitter)
        self._leases = Leases(self._rows, clock=clock, timing=timing, processes=processes)

    @property
    def table(self) -> str:
        """The control table's name."""
        return self._rows.table

    def exists(self) -> bool:
        """Whether there is a control table."""
        return self.control.exists()

    def find(self, urn: str) -> Entry | None:
        """The entry of a Pulumi resource."""
        return self._finder.find(urn)

    def read(self, entry_id: str) -> Entry | None:
        """The entry with this id."""
        return self._finder.read(entry_id)

    def entries(self) -> Iterator[Entry]:
        """Every entry, in no order (a scan)."""
        condition = Condition("sk = :entry", values={":entry": {"S": ENTRY}})
        return map(entry_of, self._rows.scan(condition))

    def create(self, entry: Entry) -> Entry:
        """Write a new entry and the pointer of its URN, making the control table first; the entry as it was stored."""
        stored = replace(entry, revision=1)
        pointer = self._rows.put_action(pointer_row(entry.urn, entry.id), _pointing(entry.id))

        def write() -> Entry:
            actions = [self._rows.put_action(entry_row(stored), ABSENT), pointer, self.control.open_action()]
            with _Conflict(self, entry, stored):
                self._rows.transact(actions)
            return stored

        return self.control.while_open(write)

    def save(
        self, entry: Entry, *, lease: Lease | None = None, ends: Lease | None = None, still: Look | None = None
    ) -> Entry:
        """Write the entry if it still is at the revision that was read (and the lease still ours); as it was stored.

        `ends`: a lease on something else, which goes in the same transaction. `still` raises when it may not be written
        any more: asked after each signing, just before the sending.
        """
        stored = replace(entry, revision=entry.revision + 1)
        condition = Condition("revision = :seen", values={":seen": {"N": str(entry.revision)}})
        put = self._rows.put_action(entry_row(stored), condition)
        checks = [] if lease is None else [self._leases.check_action(lease)]
        ending = [] if ends is None else [self._leases.end_action(ends)]
        with _Conflict(self, entry, stored, lease):
            self._rows.transact([put, *checks, *ending], still=still)
        return stored

    def point(self, urn: str, entry: Entry) -> None:
        """Let a URN (of a renamed resource, say) lead to the entry, whatever it led to."""
        self._rows.put(pointer_row(urn, entry.id))

    def delete(self, entry: Entry) -> None:
        """Remove the entry, its pointer and its lease; nothing where it is gone. Its migrations are purged before."""
        condition = Condition(
            "attribute_not_exists(pk) OR revision = :seen", values={":seen": {"N": str(entry.revision)}}
        )
        pk = entry_pk(entry.id)
        pointing = _pointing(entry.id)
        actions = [
            self._rows.delete_action(pk, ENTRY, condition),
            self._rows.delete_action(urn_pk(entry.urn), POINTER, pointing),
            self._rows.delete_action(pk, LEASE),
        ]
        with unless(Fault.GONE), _Conflict(self, entry, None):
            self._rows.transact(actions)

    def acquire(self, entry_id: str) -> Lease:
        """Take the lease of a MigratedTable (the control table is made first), or raise LeaseHeldError."""

        def take() -> Lease:
            try:
                return self._leases.acquire(entry_id, guard=self.control.open_action())
            except AwsError as error:
                if error.fault in {Fault.CONDITION, Fault.GONE}:  # the guard's: what the lease says was looked at
                    raise ClosingError(self.table) from error
                raise

        return self.control.while_open(take)

    def renew(self, lease: Lease) -> Lease:
        """Say that this process is alive, and hear what it was asked; LeaseLostError when the lease is another's.

        Not tried for long: what is renewed is the time of the first attempt, and a new call says a newer one.
        """
        with at_most(self._timing.heartbeat):
            return self._leases.renew(lease)

    def release(self, lease: Lease) -> None:
        """Give the lease back, however often."""
        self._leases.release(lease)

    def end(self, lease: Lease) -> None:
        """Give back a lease on something that has no entry, and leave nothing of it."""
        with unless(Fault.CONDITION):
            self._rows.transact([self._leases.end_action(lease)])

    def holder(self, entry_id: str) -> Lease | None:
        """The lease as it stands, held or released."""
        return self._leases.read(entry_id)

    def works(self, lease: Lease) -> bool:
        """Whether its holder is at work now: it was not given back, its time is not over, and nobody died."""
        return self._leases.held(lease)

    def ask_to_stop(self, lease: Lease, request: StopRequest) -> bool:
        """Ask whoever holds this lease to stop; False where it is over. Heard at the next heartbeat."""
        return self._leases.ask_to_stop(lease, request)

    def migration(self, migration_id: str, *, lease: Lease | None = None) -> MigrationLedger:
        """One migration's partition; words are said under the `lease`, where one is given."""
        now = "run `pulumi up` again; it continues where it stopped"
        caller = Caller(client_call(self._client), _Unhurried(self._clock), self._jitter, now=now)
        # The successor's name is for transactions with it, which only the replicator makes.
        notes = LedgerTable(caller, self._rows.table, migration_id, target_table="")
        under = None if lease is None else self._leases.under(lease)
        return MigrationLedger(self._rows, migration_id, notes=notes, under=under)

    def copying(self, migration_id: str, *, keys: KeySchema) -> CopyLedger:
        """The backfill's side of a migration's partition; `keys` of the source."""
        return CopyLedger(self._rows, self.migration(migration_id), keys=keys, clock=self._clock)

    def delete_if_empty(self) -> bool:
        """Remove the control table if it holds no entry and no live lease; whether there is none any more.

        OutOfTimeError where an empty one is left.
        """
        return self.control.delete_if_empty(self._leases.live)


@dataclass(frozen=True, slots=True)
class _Unhurried:
    """The replicator's clock where no invocation ends: the client has waited already for whatever passes."""

    clock: Clock

    def now(self) -> float:
        return self.clock.now()

    def remaining(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)


def _pointing(entry_id: str) -> Condition:
    """The pointer is absent or leads to this entry: one that leads elsewhere is not overwritten."""
    return Condition("attribute_not_exists(pk) OR #entry = :id", {"#entry": "entry"}, {":id": {"S": entry_id}})


class _Conflict:
    """Turns a condition that did not hold into what it means, after a look at what is stored.

    What is stored may be exactly what was to be written: then an earlier attempt, whose answer was lost, has done it.
    """

    def __init__(self, ledger: Ledger, entry: Entry, wanted: Entry | None, lease: Lease | None = None) -> None:
        self._ledger = ledger
        self._entry = entry
        self._wanted = wanted
        self._lease = lease

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, AwsError):
            return False
        if error.fault is Fault.INVALID and "size has exceeded" in error.message:
            raise MigratorError(
                f"The ledger's entry of {self._entry.id} is larger than the 400 KB that DynamoDB takes.",
                now="the conversions' source is most of it: move what they do not need out of their modules.",
            ) from error
        if error.fault is Fault.GONE and self._wanted is not None and self._wanted.revision == 1:
            raise ClosingError(self._ledger.table) from error
        return error.fault is Fault.CONDITION and self._judged(error)

    def _judged(self, error: AwsError) -> bool:
        stored, holder = self._ledger.read(self._entry.id), self._ledger.holder(self._entry.id)
        if stored == self._wanted:
            return True
        if self._lease and not (holder and holder.token == self._lease.token and not holder.released):
            raise LeaseLostError(self._lease, holder) from error
        if stored is None and self._wanted is not None and self._wanted.revision == 1:
            raise ClosingError(self._ledger.table) from error
        raise LedgerConflictError(self._entry, stored, holder) from error
