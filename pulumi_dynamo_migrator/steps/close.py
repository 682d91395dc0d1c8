"""End the copy: a successor that was given more to write for it has its own units again, and tombstones end.

The word `tail` comes into force for every invocation; Verify sweeps what is left of the tombstones.
"""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_dynamo_migrator.model.history import Raised
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.steps.own import expect_source
from pulumi_dynamo_migrator.steps.put_back import put_back, what_is_put_back
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.words import bring_into_force


@dataclass(frozen=True, slots=True)
class Close:
    """Put back what of `table` was `raised` for the copy, and bring the word `tail` into force."""

    table: str = ""
    raised: tuple[Raised, ...] = ()

    def describe(self) -> str:
        """One line for the preview."""
        return "close: deletes leave no more tombstones" + what_is_put_back(self.table, self.raised)

    def apply(self, site: Site) -> None:
        """Put back, set the word, wait until every invocation heeds it, and let the verification begin."""
        expect_source(site)
        put_back(site)
        bring_into_force(site, Word.TAIL)
        site.record_migration(stage=Stage.VERIFYING)
