"""Cut over behind a fence: no write is accepted by two tables, and nothing is left to chance.

Order: writes to the source denied and proved so → the replicator drained → it stops (a TTL removal, which no policy
denies, must not run against what is being proved) → a verify of the source that stands still is clean → the ledger says
that the successor is served. Writes stay denied from then on. Whatever fails before the flip lifts the fence, and the
replicator works again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.steps.drain import wait_drained
from pulumi_dynamo_migrator.steps.fence import FenceHold, fenced
from pulumi_dynamo_migrator.steps.leftovers import nothing_left_behind
from pulumi_dynamo_migrator.steps.own import expect, expect_source
from pulumi_dynamo_migrator.steps.proof import expect_listening
from pulumi_dynamo_migrator.steps.replicator import remove_replicator
from pulumi_dynamo_migrator.steps.stamp import stamp
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.verify import prove_equal
from pulumi_dynamo_migrator.steps.waiting import wait_for_earlier_owners, wait_for_outcome
from pulumi_dynamo_migrator.steps.words import bring_into_force, registered


@dataclass(frozen=True, slots=True)
class CutOverFenced:
    """Move the outputs from `source` to `target`, version `number`, while nobody can write to the source."""

    source: str
    target: str
    number: int

    def describe(self) -> str:
        """One line for the preview."""
        return (
            f"cut over behind a fence: writes to {self.source} are refused from here on; drain, compare once more, "
            f"outputs move to {self.target}"
        )

    def apply(self, site: Site) -> None:
        """Fence, drain, stop, compare, flip."""
        expect(site, self.number)
        source = site.entry.version(site.migration.source)
        expect_source(site)
        nothing_left_behind(site)
        expect_listening(site)
        site.record_migration(stage=Stage.FENCING)
        bring_into_force(site, Word.TAIL)  # an `up` that was killed may have left another word
        wait_for_earlier_owners(site)  # and a repair of its own may be on its way
        with fenced(site, source, undo=lambda: self._let_work(site)) as hold:
            self._drain_and_stop(site, hold)
            self._prove_and_flip(site, hold)
            hold.keep()
        site.record(fence=None)

    def _drain_and_stop(self, site: Site, hold: FenceHold) -> None:
        """Nothing is applied any more, nor may anything land late: what a time to live removes goes on coming."""
        unsure, known = site.partition.counters().unsure, registered(site)
        wait_drained(site, site.partition, guard=hold.guard, feed=site.migration)
        ended = bring_into_force(site, Word.STOP) - known
        if ended or site.partition.counters().unsure != unsure:
            wait_for_outcome(site, site.clock.now(), guard=hold.guard)

    def _let_work(self, site: Site) -> None:
        """The replicator works again. Nothing waits for that: whoever still heeds `stop` gets its batch again."""
        site.partition.set_word(Word.TAIL)

    def _prove_and_flip(self, site: Site, hold: FenceHold) -> None:
        prove_equal(site, guard=hold.guard, repair=site.migration.meeting is Meeting.MAY_MEET, still=True)
        nothing_left_behind(site)  # the last writes before the fence may have been of items that cannot be moved
        hold.flip_is_safe()
        site.record(
            still=hold.outlasts_what_is_signed,
            served=self.number,
            moved_from=site.entry.told,
            migration=replace(site.migration, stage=Stage.FLIPPED, flipped_at=site.clock.now()),
            versions=site.entry.with_frozen(site.migration.source),
        )


@dataclass(frozen=True, slots=True)
class Freeze:
    """After a fenced cut-over: writes to `source` stay denied, and its replicator `function` goes."""

    source: str
    function: str

    def describe(self) -> str:
        """One line for the preview."""
        return f"leave writes to {self.source} denied, take the replicator {self.function} away"

    def apply(self, site: Site) -> None:
        """Make the fence lasting (a process may have died before it did), then remove what has done its work."""
        site.doors.policies.fence(expect(site, site.migration.source).arn, until=None)
        if site.entry.fence is not None:
            site.record(fence=None)
        self._tell_unapplied(site)
        remove_replicator(site, site.migration, stopped=True)
        site.record_migration(ended_at=stamp(site.clock))

    def _tell_unapplied(self, site: Site) -> None:
        """A fence that ended by itself before it was made lasting let writes in: they stand in the old table alone."""
        failing = site.partition.failing()
        if failing:
            site.listener.warn(
                f"{self.source} changed after the outputs had moved ({len(failing)} batch(es) from "
                f"{failing[0].first_event_id} on): removals by its time to live, or writes of a time in which no `up` "
                "was there to renew the fence. They are in the old table, and not in the new one."
            )
