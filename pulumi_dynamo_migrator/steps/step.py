"""What every step is, and what it may touch. Nothing here acts.

A `Site` is the whole outside as seen by a step: doors to AWS, the ledger's entry (written before each act), time, and
listeners. `record` writes the entry and answers only once it is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from pulumi_dynamo_migrator.events import Listener
from pulumi_dynamo_migrator.model.history import Entry, MigrationRecord
from pulumi_dynamo_migrator.model.spec import Spec
from pulumi_dynamo_migrator.model.terms import FOREVER, Terms
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock

if TYPE_CHECKING:
    from pulumi_dynamo_migrator.aws.doors import Doors
    from pulumi_dynamo_migrator.aws.ledger import Lease, MigrationLedger


@dataclass(slots=True)
class Site:
    """Where a step works. `guard` raises when this process may not go on (lease lost, engine gone, stop asked for).

    `lease`: under which it works; an earlier owner who had not given it back may have requests on their way until
    `lease.settles`. `untold`: the ledger could not be told of a request whose outcome is unknown: the lease is then not
    given back, so that the next owner waits for it too. `terms`: until when a process of ours may act without asking
    `guard`.
    """

    entry: Entry
    spec: Spec
    doors: Doors
    clock: Clock
    timing: Timing
    listener: Listener
    guard: Callable[[], None]
    lease: Lease | None = None
    untold: bool = False
    terms: Callable[[], Terms] = lambda: FOREVER

    def record(self, *, still: Callable[[], None] | None = None, **changes: Any) -> Entry:
        """Write the entry with `changes` to the ledger, and go on from what was stored.

        `still` raises when it may not be written any more: it is asked last of all, between signing and sending.
        """
        self.entry = self.doors.ledger.save(replace(self.entry, **changes), lease=self.lease, still=still)
        return self.entry

    def record_migration(self, **changes: Any) -> MigrationRecord:
        """Write the running migration's record with `changes`."""
        record = replace(self.migration, **changes)
        self.record(migration=record)
        return record

    @property
    def migration(self) -> MigrationRecord:
        """The running migration; a step that needs one is never planned without."""
        if self.entry.migration is None:
            raise LookupError(f"no migration is running for {self.entry.id}")
        return self.entry.migration

    @property
    def partition(self) -> MigrationLedger:
        """The running migration's own part of the ledger: word, registrations, failed items, conflicts."""
        return self.doors.ledger.migration(self.migration.id, lease=self.lease)


class Step(Protocol):
    """One act of a plan."""

    def describe(self) -> str:
        """One line for the preview."""

    def apply(self, site: Site) -> None:
        """Do it; twice is as good as once."""
