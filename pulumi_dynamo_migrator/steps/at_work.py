"""Which invocations of a replicator may be at work. No clocks of two machines are compared.

One that Lambda ended (its time-out, its memory) leaves its registration, and nobody takes that away: one that was seen
for longer than the function's time-out is no more.
"""

from __future__ import annotations

from pulumi_dynamo_migrator.aws.ledger import MigrationLedger
from pulumi_dynamo_migrator.ports import Clock
from pulumi_dynamo_migrator.replicate.ports import Registration


class Working:
    """Looks at registrations from now on; `timeout`: seconds that the function may take."""

    def __init__(self, partition: MigrationLedger, *, timeout: float, clock: Clock) -> None:
        self._partition = partition
        self._timeout = timeout
        self._clock = clock
        self._first: dict[str, float] = {}

    def look(self) -> tuple[Registration, ...]:
        """Those that may be at work now."""
        now, seen = self._clock.monotonic(), self._partition.registrations()
        return tuple(one for one in seen if now - self._first.setdefault(one.invocation, now) <= self._timeout)

    def outlived(self) -> bool:
        """Whether one was seen that had to be ended, perhaps with a write on its way."""
        now, seen = self._clock.monotonic(), self._partition.registrations()
        return any(now - self._first.get(one.invocation, now) > self._timeout for one in seen)

    def names(self) -> set[str]:
        """Their names."""
        return {one.invocation for one in self.look()}
