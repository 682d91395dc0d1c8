"""The one failure of capturing."""

from __future__ import annotations

from pulumi_dynamo_migrator.errors import MigratorError

MOVE_INSIDE = (
    "keep what the conversion needs in literals, functions and classes of your program, or make it inside the function."
)


class CaptureError(MigratorError):
    """A conversion that cannot be shipped: `what` names the function, and the variable that stands in the way."""


class NotShippable(Exception):  # noqa: N818  (never leaves this folder: `capture` makes a CaptureError of it)
    """Why a value cannot be shipped; the function that was asked for is not known this deep."""

    def __init__(self, reason: str, *, now: str = MOVE_INSIDE) -> None:
        super().__init__(reason)
        self.reason = reason
        self.now = now
