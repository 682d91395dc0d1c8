"""Hold a verified successor, kept in step and not served: two items may meet in it, or the program pins the old one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.words import bring_into_force


@dataclass(frozen=True, slots=True)
class Hold:
    """Stop here, settled, with the reason."""

    why: str

    def describe(self) -> str:
        """One line for the preview."""
        return "hold: the successor is kept in step and not served"

    def apply(self, site: Site) -> None:
        """Record the phase; an equal program has nothing to do from here.

        A cut-over that had begun is taken back: the replicator works as before, and all is verified again before one.
        """
        held = replace(site.migration, hold=self.why)
        said = site.partition.word()
        if said is not None and said.word in (Word.NOTING, Word.LATE):
            bring_into_force(site, Word.TAIL)
        if held.stage > Stage.VERIFIED:
            held = replace(held, stage=Stage.VERIFIED)
        site.record(phase=Phase.HELD, migration=held)
        site.listener.warn(f"held, not served: {self.why}")
