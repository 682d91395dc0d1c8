"""The one failure of a single item. It ships to Lambda, so it knows nothing of the package's other errors."""

from __future__ import annotations


class ItemError(Exception):
    """An item that cannot be converted or written: `reason` is one sentence, and does not name the item's key."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
