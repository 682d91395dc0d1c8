"""Hand the stack over to the verified successor, while writers go on.

Order: verified → word `noting` in force → one function time-out without a failing batch (whatever `tail` applied and
the mapping had not noted comes again within it, and is noted) → word `late` in force → the ledger says that the
successor is served. Only then do the outputs move. Never fences, never waits for writers to stop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.steps.own import expect
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.words import bring_into_force, wait_without_failures

PATIENCE = 5
"""Function time-outs that a failing batch may take to succeed before the hand-over gives up (and stays resumable)."""


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
        timeout = site.migration.function_timeout
        expect(site, self.number)
        _nothing_left_behind(site)
        said = site.partition.word()
        if said is None or said.word is not Word.LATE:
            site.record_migration(stage=Stage.NOTING)
            bring_into_force(site, Word.NOTING)
            wait_without_failures(
                site, timeout, within=PATIENCE * timeout, what="hand-over: letting the stream's last repeats arrive"
            )
        bring_into_force(site, Word.LATE)
        site.record(served=self.number, migration=replace(site.migration, stage=Stage.LATE))


def _nothing_left_behind(site: Site) -> None:
    """Items that could not be moved are in the ledger; going on without them is the user's word to give."""
    left = site.partition.failed_count()
    if not left or site.spec.options.accept_failed_items:
        return
    shown = "; ".join(f"{item.key}: {item.reason}" for item in site.partition.failed(most=3))
    raise MigratorError(
        f"{left} item(s) of {site.entry.version(site.migration.source).table} could not be moved, such as {shown}",
        now=(
            "mend them at the source (the replicator then takes them along), or say that the successor may be served "
            "without them: Migration(accept_failed_items=True). Their images are in the ledger."
        ),
    )
