"""What the engine tells while it works, as data, and who may listen. Nothing here prints or knows Pulumi."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of a long step: `done` of about `total` items, `rate` items a second, `left` seconds (None: unknown);
    `behind`: seconds of lag. `what` stays the same while one thing lasts.
    """

    what: str
    done: int | None = None
    total: int | None = None
    rate: float | None = None
    left: float | None = None
    behind: float | None = None

    def line(self) -> str:
        """The one line that a terminal shows."""
        parts = [self.what]
        if self.done is not None and self.total:
            parts.append(f"{min(100, 100 * self.done // self.total)} %")
            parts.append(f"{self.done:,} of about {max(self.total, self.done):,} items")
        elif self.done is not None:
            parts.append(f"{self.done:,} items")
        if self.rate:
            parts.append(f"{self.rate:,.0f} items/s")
        if self.behind is not None:
            parts.append(f"{_duration(self.behind)} behind")
        if self.left is not None:
            parts.append(f"{_duration(self.left)} left")
        return ", ".join(parts)


def _duration(seconds: float) -> str:
    whole = int(seconds + 0.5)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


class Listener(Protocol):
    """Who is told. Both may raise to stop the work: a console that is gone is how an orphan learns of it."""

    def progress(self, moment: Progress) -> None:
        """A moment that the next one replaces."""

    def note(self, text: str) -> None:
        """A line that stays."""

    def warn(self, text: str) -> None:
        """A line that stays and wants to be read."""


class Audience(Listener, Protocol):
    """A listener that can leave: `gone` is then true, and the work stops at its next checkpoint."""

    gone: bool
