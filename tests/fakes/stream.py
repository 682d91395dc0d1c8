"""A source table with a stream: records as Lambda gets them, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pulumi_dynamo_migrator.conversion.keys import key_of
from pulumi_dynamo_migrator.replicate.config import BOTH_IMAGES
from pulumi_dynamo_migrator.replicate.tombstone import Item
from tests.fakes.tables import Memory

BEGAN = 1_000_000.0  # seconds since the epoch, when a FakeClock begins
TTL_SERVICE = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def entry(
    number: int, keys: Item, old: Item | None, new: Item | None, *, ttl: bool = False, view: str = BOTH_IMAGES
) -> dict[str, Any]:
    """One record of an event."""
    change: dict[str, Any] = {"Keys": keys, "ApproximateCreationDateTime": BEGAN + number}
    if old is not None and view in (BOTH_IMAGES, "OLD_IMAGE"):
        change["OldImage"] = old
    if new is not None and view in (BOTH_IMAGES, "NEW_IMAGE"):
        change["NewImage"] = new
    name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    return {
        "eventID": f"e{number}",
        "eventName": name,
        "dynamodb": change,
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s",
        **({"userIdentity": TTL_SERVICE} if ttl else {}),
    }


@dataclass
class StreamedTable:
    """Writes that leave records; whoever reads them says how far it has come."""

    table: Memory
    records: list[dict[str, Any]] = field(default_factory=list)
    acknowledged: int = 0
    view: str = BOTH_IMAGES

    def put(self, item: Item) -> None:
        """Put; the same item again leaves no record."""
        old = self.table.get(item)
        if old != item:
            self._record(item, old, item)
        self.table.put(item)

    def delete(self, key: Item) -> None:
        """Delete what is there."""
        old = self.table.remove(key)
        if old is not None:
            self._record(key, old, None)

    def next_batch(self, size: int) -> list[dict[str, Any]]:
        """The records after the last acknowledged one."""
        return self.records[self.acknowledged : self.acknowledged + size]

    def _record(self, key: Item, old: Item | None, new: Item | None) -> None:
        self.records.append(entry(len(self.records), key_of(key, self.table.keys), old, new, view=self.view))
