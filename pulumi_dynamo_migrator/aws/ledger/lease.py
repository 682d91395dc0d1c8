"""Who may work on a MigratedTable: one process at a time, by a lease in the control table. Never waits for one.

- A lease is held while its owner's deadline has not passed (each side by its own clock) and it was not released; one of
  a process that surely died on this machine is taken over at once.
- Each taking raises the fencing number. A released lease stays as an item, so that the number never falls.
- Whoever takes over one that was not released learns when the last request of its owner will have taken effect: one
  who may only be asleep signs nothing after its deadline, and AWS takes nothing that was signed too long ago; one who
  surely died sends nothing more.
- Anybody may ask the holder to stop; the holder reads it when it renews.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault
from pulumi_dynamo_migrator.aws.ledger.entries import entry_pk
from pulumi_dynamo_migrator.aws.ledger.lease_row import (
    LEASE,
    Lease,
    StopRequest,
    decimal,
    lease_of,
    lease_row,
    stop_fields,
    time_text,
)
from pulumi_dynamo_migrator.aws.ledger.owner import LocalProcesses, Processes
from pulumi_dynamo_migrator.aws.ledger.rows import ABSENT, Condition, Row, Rows
from pulumi_dynamo_migrator.conversion.values import encode
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock

ATTEMPTS = 5
"""How often a lease is asked for that came and went between the look and the taking."""

STANDING = "#token = :token AND released = :no"
"""The condition that a lease is still the one that was seen."""


class LeaseHeldError(MigratorError):
    """Somebody else is at work."""

    def __init__(self, lease: Lease) -> None:
        super().__init__(
            f"{lease.entry_id} is being worked on by {lease}.",
            now=f"wait until it has ended (a dead one's claim ends at {time_text(lease.until)}), and run again.",
        )
        self.lease = lease


class LeaseLostError(MigratorError):
    """This process held the lease and holds it no more: it must stop."""

    def __init__(self, lease: Lease, holder: Lease | None) -> None:
        who = f"it is held by {holder}" if holder and not holder.released else "nobody holds it"
        super().__init__(
            f"This process lost its lease on {lease.entry_id}: {who}.",
            now="if another `pulumi up` took over, let it finish; else run `pulumi up` again.",
        )
        self.lease = lease


@dataclass(frozen=True, slots=True)
class Under:
    """A lease that a write stands under: the condition for its transaction, and the error where it does not hold."""

    check: Row
    lost: Callable[[], LeaseLostError]


class Leases:
    """All leases of a control table."""

    def __init__(
        self,
        rows: Rows,
        *,
        clock: Clock,
        timing: Timing,
        processes: Processes | None = None,
        token: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._rows = rows
        self._clock = clock
        self._timing = timing
        self._processes = processes or LocalProcesses()
        self._token = token

    def read(self, entry_id: str) -> Lease | None:
        """The lease as it stands, held or released."""
        row = self._rows.get(entry_pk(entry_id), LEASE)
        return None if row is None else lease_of(entry_id, row)

    def acquire(self, entry_id: str, *, guard: Row | None = None) -> Lease:
        """Take the lease, or raise LeaseHeldError. `guard`: one more action of the same transaction.

        Who took it first and has given it back meanwhile is in nobody's way: it is asked for anew.
        """
        seen = self.read(entry_id)
        left = ATTEMPTS
        while True:
            if seen is not None and self.held(seen):
                raise LeaseHeldError(seen)
            left -= 1
            lease = self._next(entry_id, seen)
            put = self._rows.put_action(lease_row(lease), ABSENT if seen is None else _unchanged(seen))
            try:
                self._rows.transact([put] if guard is None else [put, guard])
                return lease
            except AwsError as error:
                if error.fault is not Fault.CONDITION:
                    raise
                holder = self.read(entry_id)
                if holder is not None and holder.token == lease.token:
                    return lease
                if holder == seen or not left:
                    raise
                seen = holder

    def renew(self, lease: Lease) -> Lease:
        """Say that this process is alive, and hear what it was asked; LeaseLostError when the lease is another's."""
        now = self._clock.now()
        renewed = replace(lease, beat=now, until=now + self._timing.lease)
        condition = Condition(
            STANDING,
            {"#token": "token", "#beat": "beat", "#until": "until"},
            {**_standing(lease), ":beat": _n(now), ":until": _n(renewed.until)},
        )
        row = self._change(lease, "SET #beat = :beat, #until = :until", condition)
        return replace(renewed, stop=lease_of(lease.entry_id, row).stop)

    def ask_to_stop(self, lease: Lease, request: StopRequest) -> bool:
        """Ask the holder to stop; False where that lease is over. The last of several requests stands."""
        condition = Condition(
            STANDING,
            {"#token": "token", "#stop": "stop"},
            {**_standing(lease), ":stop": encode({"stop": stop_fields(request)})["stop"]},
        )
        try:
            self._change(lease, "SET #stop = :stop", condition)
        except LeaseLostError:
            return False
        return True

    def release(self, lease: Lease) -> None:
        """Give it back, however often; nothing where it was lost."""
        condition = Condition(
            "#token = :token", {"#token": "token"}, {":token": {"S": lease.token}, ":yes": {"BOOL": True}}
        )
        try:
            self._change(lease, "SET released = :yes", condition)
        except LeaseLostError:
            return

    def check_action(self, lease: Lease) -> Row:
        """A transaction's condition that the lease is still this one."""
        condition = Condition(STANDING, {"#token": "token"}, _standing(lease))
        return self._rows.check_action(entry_pk(lease.entry_id), LEASE, condition)

    def end_action(self, lease: Lease) -> Row:
        """A transaction's delete of the lease, if it still is this one."""
        condition = Condition("#token = :token", {"#token": "token"}, {":token": {"S": lease.token}})
        return self._rows.delete_action(entry_pk(lease.entry_id), LEASE, condition)

    def under(self, lease: Lease) -> Under:
        """What a write takes with it that is made under this lease, or not at all."""
        return Under(self.check_action(lease), lambda: LeaseLostError(lease, self.read(lease.entry_id)))

    def live(self, row: Row) -> bool:
        """Whether a lease's item is of one that is held now."""
        return self.held(lease_of(row["pk"]["S"].removeprefix("table#"), row))

    def held(self, lease: Lease) -> bool:
        """Whether somebody works under it now."""
        if lease.released or lease.until <= self._clock.now():
            return False
        return not self._processes.dead(lease.owner)

    def _next(self, entry_id: str, seen: Lease | None) -> Lease:
        now = self._clock.now()
        return Lease(
            entry_id=entry_id,
            token=self._token(),
            fence=1 if seen is None else seen.fence + 1,
            owner=self._processes.me(),
            since=now,
            beat=now,
            until=now + self._timing.lease,
            settles=self._settles(seen, now),
        )

    def _settles(self, seen: Lease | None, now: float) -> float | None:
        """What was inherited stays so through owners who ended, well or not, before they could make good of it."""
        if seen is None or seen.released:
            return None if seen is None else seen.settles
        timing = self._timing
        asleep = seen.until + timing.signature + timing.request
        own = min(asleep, now + timing.outcome) if self._processes.dead(seen.owner) else asleep
        return own if seen.settles is None else max(own, seen.settles)

    def _change(self, lease: Lease, text: str, condition: Condition) -> Row:
        try:
            return self._rows.update(entry_pk(lease.entry_id), LEASE, text=text, condition=condition)
        except AwsError as error:
            if error.fault not in (Fault.CONDITION, Fault.GONE):
                raise
            raise LeaseLostError(lease, self.read(lease.entry_id)) from error


def _unchanged(seen: Lease) -> Condition:
    values = {":token": {"S": seen.token}, ":beat": _n(seen.beat)}
    return Condition("#token = :token AND #beat = :beat", {"#token": "token", "#beat": "beat"}, values)


def _standing(lease: Lease) -> Row:
    return {":token": {"S": lease.token}, ":no": {"BOOL": False}}


def _n(seconds: float) -> Row:
    return encode({"n": decimal(seconds)})["n"]  # type: ignore[no-any-return]
