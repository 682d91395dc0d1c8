"""Hand the stack over to the verified successor, while writers go on.

Order: word `noting` in force, and one function time-out without a failing batch (whatever `tail` applied and the
mapping had not noted comes again within it, and is noted) → verified, and not too long ago → that time again → word
`late` in force → the replicator close behind the writers → the ledger says that the successor is served. Only then do
the outputs move. Never fences, never waits for writers to stop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.steps.lag import wait_until_close_behind
from pulumi_dynamo_migrator.steps.leftovers import nothing_left_behind
from pulumi_dynamo_migrator.steps.own import expect, expect_source
from pulumi_dynamo_migrator.steps.proof import expect_listening, why_stale
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.verify import Verify
from pulumi_dynamo_migrator.steps.words import begin_noting, bring_into_force


@dataclass(frozen=True, slots=True)
class HandOver:
    """Move the outputs from `source` to `target`, version `number`."""

    source: str
    target: str
    number: int

    def describe(self) -> str:
        """One line for the preview."""
        return (
            f"hand over: outputs move to {self.target}; late writes to {self.source} go on arriving, newer ones are "
            "never overwritten"
        )

    def apply(self, site: Site) -> None:
        """Noting, settle, late, flip; each in force before the next."""
        expect(site, self.number)
        expect_source(site)
        nothing_left_behind(site)
        expect_listening(site)
        self._prove_again(site)
        said = site.partition.word()
        if said is None or said.word is not Word.LATE:
            site.record_migration(stage=Stage.NOTING)
            begin_noting(site)
        bring_into_force(site, Word.LATE)
        wait_until_close_behind(site)
        nothing_left_behind(site)
        self._expect_proof(site)
        site.record(
            served=self.number,
            moved_from=site.entry.told,
            migration=replace(site.migration, stage=Stage.LATE, flipped_at=site.clock.now()),
        )

    def _prove_again(self, site: Site) -> None:
        """Compare anew where the last comparison has become too old, or something may be lost since."""
        why = why_stale(site) or _why_unsettled(site)
        if not why:
            return
        site.listener.note(f"comparing {self.source} and {self.target} again: {why}")
        site.record_migration(stage=Stage.VERIFYING)
        Verify(self.source, self.target, noting=True).apply(site)

    def _expect_proof(self, site: Site) -> None:
        """Nothing may have been lost, nor the mapping switched off, while this step waited."""
        expect_listening(site)
        why = why_stale(site)
        if why:
            raise MigratorError(
                f"{self.target} was not handed over: {why}.",
                now="run `pulumi up` again: it compares both tables again, and goes on from there.",
            )


def _why_unsettled(site: Site) -> str:
    """Why what was compared may have been overwritten with something older since; "" where it cannot."""
    said = site.partition.word()
    if said is not None and said.word in (Word.NOTING, Word.LATE):
        return ""
    return "they were compared while changes that came twice were applied twice"
