"""Which invocations of a replicator may be at work: registered, and not for longer than the function's time-out.

One that was killed leaves its registration for good: nobody but itself takes it back. So who has been seen registered
for as long as an invocation can last is dead, and is waited for no longer. Only this process's own clock is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pulumi_dynamo_migrator.aws.ledger import MigrationLedger
from pulumi_dynamo_migrator.ports import Clock
from pulumi_dynamo_migrator.replicate.ports import Registration


@dataclass(slots=True)
class AtWork:
    """The registrations of one replicator, looked at again and again."""

    partition: MigrationLedger
    clock: Clock
    timeout: float
    _since: dict[str, float] = field(default_factory=dict)

    def look(self) -> tuple[Registration, ...]:
        """Those that may be at work now."""
        now, there = self.clock.monotonic(), self.partition.registrations()
        self._since = {one.invocation: self._since.get(one.invocation, now) for one in there}
        return tuple(one for one in there if now - self._since[one.invocation] < self.timeout)

    def names(self) -> set[str]:
        """Their invocations."""
        return {one.invocation for one in self.look()}
