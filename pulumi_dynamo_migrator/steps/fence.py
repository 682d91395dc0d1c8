"""Deny writes to a table for a while: a statement in its resource policy that ends by itself unless it is renewed.

Order: the ledger says so, then the policy does, then probes (deletes on an impossible condition, which change nothing)
must be denied without a break for a while: only then is the fence in force. If we die it lifts itself; if it lapsed
once, or somebody took it away (a probe before each renewal tells), nothing that was proved behind it counts. It is
lifted on every failure and interruption, but for one: a process that lost its lease may not act any more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.items import probe_key
from pulumi_dynamo_migrator.lifecycle.tenure import LeaseGoneError
from pulumi_dynamo_migrator.model.history import Fence, Version
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.plan.chain import key_schema
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.steps.own import expect
from pulumi_dynamo_migrator.steps.step import Site


class LapsedFenceError(MigratorError):
    """The fence ended before it was renewed, or was taken away: writes may have come in behind it."""


class FenceHold:
    """A fence that is up. `guard` is for whatever is done behind it: it renews the fence, and raises once it lapsed."""

    def __init__(self, site: Site, version: Version, table: ObservedTable) -> None:
        self._site, self._version, self._table = site, version, table
        self._lock = threading.Lock()
        self._until = 0.0
        self._proved = False
        self.kept = version.frozen

    def guard(self) -> None:
        """Raise when this process may not go on, or the fence is not up any more; renew it where it is time."""
        self._site.guard()
        if self.kept:
            return
        with self._lock:
            now, timing = self._site.clock.now(), self._site.timing
            self._not_ended()
            if now >= self._until - timing.fence + timing.fence_renewal:
                self._renew(now + timing.fence)

    def _renew(self, until: float) -> None:
        """A process may have been asleep in the middle of it: what came too late was a gap."""
        if self._proved:
            self._still_denied()
        self._site.doors.policies.fence(self._table.arn, until=until)
        self._not_ended()
        self._until = until

    def _not_ended(self) -> None:
        if self._until <= self._site.clock.now():
            raise LapsedFenceError(
                f"The fence of {self._table.name} ended before it could be renewed.",
                now="nothing was moved and writes are allowed again; run `pulumi up` again.",
            )

    def _still_denied(self) -> None:
        if not self._denied():
            raise LapsedFenceError(
                f"Writes to {self._table.name} are not denied any more: somebody changed its resource policy.",
                now="nothing was moved. Find out what keeps that policy, let it rest, and run `pulumi up` again.",
            )

    def still_up(self) -> None:
        """Raise when this process may not go on, or a probe is not denied any more."""
        self.guard()
        self._still_denied()

    def flip_is_safe(self) -> None:
        """Raise unless writes are denied now, and will be for longer than a request that is signed now can arrive."""
        self.still_up()
        self.outlasts_what_is_signed()

    def outlasts_what_is_signed(self) -> None:
        """Raise unless the fence holds for longer than any request that was signed before now can still arrive.

        For the flip's own request this is asked once it is signed: who sleeps before is stopped here, who sleeps after
        is refused by AWS for an old signature.
        """
        left = self._until - self._site.clock.now()
        if not self.kept and left <= self._site.timing.fence_margin:
            raise LapsedFenceError(
                f"The fence of {self._table.name} holds for {left:.0f} s more, which is too short to move the outputs.",
                now="run `pulumi up` again.",
            )

    def put_up(self) -> None:
        """Deny writes, and wait until every probe is denied."""
        if not self.kept:
            self._refuse_unseeing()
            until = self._site.clock.now() + self._site.timing.fence
            self._site.record(fence=Fence(self._version.number, until))
            self._site.doors.policies.fence(self._table.arn, until=until)
            self._until = until
        self._prove()
        self._proved = True

    def keep(self) -> None:
        """Deny writes for good."""
        self._site.doors.policies.fence(self._table.arn, until=None)
        self.kept = True

    def keep_unbroken(self) -> None:
        """Deny writes for good, and raise when they were allowed for a moment before: nothing proved counts then."""
        if self.kept:
            return
        self._site.doors.policies.fence(self._table.arn, until=None)
        self._not_ended()
        self.kept = True

    def lift(self) -> None:
        """Allow writes again, and strike the fence from the ledger."""
        self._site.doors.policies.lift(self._table.arn)
        self._site.record(fence=None)

    def _denied(self) -> bool:
        return self._site.doors.items.write_denied(self._table.name, probe_key(key_schema(self._table.structure)))

    def _refuse_unseeing(self) -> None:
        """Whoever may not write anyway cannot see a fence: unless it is one that a dead process left."""
        left = self._site.entry.fence
        if (left is None or left.version != self._version.number) and self._denied():
            raise MigratorError(
                f"The credentials in use may not delete items of {self._table.name}: they cannot see a fence.",
                now=f"allow dynamodb:DeleteItem on {self._table.name} (nothing of it is deleted), and run again.",
            )

    def _prove(self) -> None:
        """Counted from the first probe of an unbroken row: between two that differ nothing is known."""
        site, clock = self._site, self._site.clock
        began, denied_since = clock.monotonic(), None
        while True:
            self.guard()
            now = clock.monotonic()
            if self._denied():
                denied_since = now if denied_since is None else denied_since
            else:
                denied_since = None
                self._give_up_after(now - began)
            left = site.timing.fence_proof - (0.0 if denied_since is None else now - denied_since)
            if left <= 0:
                return
            site.listener.progress(Progress(f"denying writes to {self._table.name}: probing", left=left))
            clock.sleep(site.timing.tick)

    def _give_up_after(self, tried: float) -> None:
        if tried > self._site.timing.fence_patience and self.kept:
            raise MigratorError(
                f"Writes to {self._table.name} go on although they were denied for good: somebody changed its resource "
                "policy.",
                now=(
                    "nothing was deleted. What was written since is in this table alone: copy what you need of it, "
                    "then delete the table by hand, and `pulumi up` takes away the rest."
                ),
            )
        if tried > self._site.timing.fence_patience:
            raise MigratorError(
                f"Writes to {self._table.name} go on although its resource policy denies them (tried for "
                f"{tried:.0f} s).",
                now=(
                    "the policy is as it was before, and nothing was moved. An emulator that only stores policies "
                    "cannot fence; on AWS look for what allows them."
                ),
            )


@contextmanager
def fenced(site: Site, version: Version, *, undo: Callable[[], object] = lambda: None) -> Iterator[FenceHold]:
    """A fence around `version`, in force; lifted at the end unless it was kept.

    After a failure `undo` is called and the fence lifted, unless the ledger says (or may say) that the outputs moved
    behind it: then it stays, and the next `up` goes on.
    """
    hold = FenceHold(site, version, expect(site, version.number))
    served = site.entry.served
    try:
        hold.put_up()
        yield hold
    except Exception as error:
        if not isinstance(error, LeaseGoneError) and not hold.kept and _stands(site, served):
            _lift_after(hold, undo, error)
        raise
    if not hold.kept:
        hold.lift()


def _stands(site: Site, served: int | None) -> bool:
    """Whether the ledger surely says that the same version is served as before.

    It is written once more: a flip whose outcome is not known, and that may still be on its way, names a revision that
    is over from then on. Refused where the flip was stored, or the lease is another's.
    """
    if site.entry.served != served:
        return False
    try:
        site.record()
    except MigratorError:
        return False
    return True


def _lift_after(hold: FenceHold, undo: Callable[[], object], error: Exception) -> None:
    try:
        undo()
        hold.lift()
    except MigratorError as second:
        raise MigratorError(
            f"{error}\n  lifting the fence failed as well: {second.what}", now="it ends by itself within half an hour."
        ) from error


@dataclass(frozen=True, slots=True)
class LiftFence:
    """Allow writes to `table` again: a fence that an `up` left when it was killed."""

    version: int
    table: str

    def describe(self) -> str:
        """One line for the preview."""
        return f"allow writes to {self.table} again: an `up` that was killed had denied them"

    def apply(self, site: Site) -> None:
        """Take our statement out of the policy; a table that is gone has none. The replicator works again."""
        migration = site.entry.migration
        if migration is not None and migration.stage is Stage.FENCING:
            site.partition.set_word(Word.TAIL)
        lift_left_fence(site)


def lift_left_fence(site: Site) -> None:
    """Take away whatever fence the ledger knows of."""
    fence = site.entry.fence
    if fence is None:
        return
    version = next((one for one in site.entry.versions if one.number == fence.version), None)
    if version is not None and version.arn is not None and not version.frozen:
        site.doors.policies.lift(version.arn)
    site.record(fence=None)


def thaw(site: Site, number: int) -> None:
    """Allow writes again to a version to which they were denied for good."""
    site.doors.policies.lift(expect(site, number).arn)
    site.record(versions=site.entry.with_frozen(number, frozen=False))
