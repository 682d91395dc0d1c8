"""Errors that a user is meant to read.

Every error says what, on which table or resource, and what to do now. Nothing here knows about AWS or Pulumi.
"""

from __future__ import annotations


class MigratorError(Exception):
    """An expected failure: `what` happened (one sentence that names the table), and what to do `now`."""

    def __init__(self, what: str, *, now: str = "") -> None:
        super().__init__(what if not now else f"{what}\n  what now: {now}")
        self.what = what
        self.now = now

    @property
    def passing(self) -> bool:
        """Whether the cause passes by itself: AWS limits, fails or is out of reach, and has done so for a while."""
        return False
