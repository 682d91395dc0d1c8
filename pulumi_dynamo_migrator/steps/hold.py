"""Hold a verified successor, kept in step and not served: two items may meet in it, or the program pins the old one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.steps.step import Site


@dataclass(frozen=True, slots=True)
class Hold:
    """Stop here, settled, with the reason."""

    why: str

    def describe(self) -> str:
        """One line for the preview."""
        return "hold: the successor is kept in step and not served"

    def apply(self, site: Site) -> None:
        """Record the phase; an equal program has nothing to do from here."""
        site.record(phase=Phase.HELD, migration=replace(site.migration, hold=self.why))
        site.listener.warn(f"held, not served: {self.why}")
