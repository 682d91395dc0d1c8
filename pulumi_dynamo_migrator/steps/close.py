"""End the time of tombstones: the word `tail`, in force for every invocation. Verify sweeps what is left of them."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.steps.own import expect_source
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.words import bring_into_force


@dataclass(frozen=True, slots=True)
class Close:
    """Bring the word `tail` into force."""

    def describe(self) -> str:
        """One line for the preview."""
        return "close: deletes leave no more tombstones"

    def apply(self, site: Site) -> None:
        """Set the word, wait until every invocation heeds it, and let the verification begin."""
        expect_source(site)
        bring_into_force(site, Word.TAIL)
        site.record_migration(stage=Stage.VERIFYING)
