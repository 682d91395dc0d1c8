"""Hold a verified successor: two items may meet in it, so it is not served before a fenced cut-over exists for it."""

from __future__ import annotations

from dataclasses import dataclass

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
        site.record(phase=Phase.HELD)
        site.listener.warn(f"held, not served: {self.why}")
