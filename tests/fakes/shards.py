"""A table's stream in shards, as DynamoDB keeps it: for what reads it shard by shard.

What its documentation says (*Change data capture for DynamoDB Streams*, Amazon DynamoDB Developer Guide): each change
is one record; the records of one item stand in the order of its changes; a shard is closed and followed by children
(they split), and a reader must take a parent before its children; a record is kept for 24 hours, then it is removed,
read or not. Nothing here reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from pulumi_dynamo_migrator.conversion.keys import key_of
from pulumi_dynamo_migrator.replicate.tombstone import Item
from tests.fakes.stream import StreamedTable, entry

KEPT = 24 * 3600.0  # seconds

Entry = dict[str, Any]


@dataclass(eq=False)
class Shard:
    """Records of some partition keys, oldest first. `gone`: how many were removed because of their age."""

    name: str
    parent: Shard | None = None
    records: list[Entry] = field(default_factory=list)
    closed: bool = False
    gone: int = 0

    def ancestors(self) -> Iterator[Shard]:
        """Its parent, and that one's."""
        if self.parent is not None:
            yield self.parent
            yield from self.parent.ancestors()


def spread(partition_key: str, ways: int) -> int:
    """To which of so many a partition key belongs."""
    return crc32(f"salt {partition_key}".encode()) % ways


def partition_key(record: Entry, name: str) -> str:
    """The value of a record's partition key, as text."""
    return str(record["dynamodb"]["Keys"][name])


@dataclass
class ShardedTable(StreamedTable):
    """Writes that leave records in shards. A split makes two children that share the parent's keys between them."""

    now: Callable[[], float] = lambda: 0.0
    shards: list[Shard] = field(default_factory=lambda: [Shard("s")])

    def split(self, shard: Shard) -> None:
        """Close it: what is written from now on goes to its children."""
        assert not shard.closed
        shard.closed = True
        self.shards += [Shard(shard.name + side, shard) for side in "01"]

    def open_shards(self) -> list[Shard]:
        """Those that are written to."""
        return [shard for shard in self.shards if not shard.closed]

    def trim(self) -> None:
        """Remove what is older than a stream keeps."""
        for shard in self.shards:
            fresh = [record for record in shard.records[shard.gone :] if self.age(record) <= KEPT]
            shard.gone = len(shard.records) - len(fresh)

    def age(self, record: Entry) -> float:
        """Seconds since the change."""
        return self.now() - float(record["dynamodb"]["ApproximateCreationDateTime"])

    def expire(self, key: Item) -> None:
        """Remove what is there, as the time to live does."""
        old = self.table.remove(key)
        if old is not None:
            self._record(key, old, None, ttl=True)

    def _record(self, key: Item, old: Item | None, new: Item | None, *, ttl: bool = False) -> None:
        keys = key_of(key, self.table.keys)
        record = entry(len(self.records), keys, old, new, ttl=ttl, view=self.view)
        record["dynamodb"]["ApproximateCreationDateTime"] = self.now()
        self.records.append(record)
        self._shard_of(partition_key(record, self.table.keys.names[0])).records.append(record)

    def _shard_of(self, value: str) -> Shard:
        here, depth = self.shards[0], 1
        while here.closed:
            children = [shard for shard in self.shards if shard.parent is here]
            here, depth = children[spread(value, 2**depth) >> (depth - 1)], depth + 1
        return here
