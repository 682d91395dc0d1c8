"""An event source mapping of our own: which batches of a stream are handed to a function, and when they come again.

The emulator's hands over one batch at a time and knows neither bisecting nor parallel batches. This one keeps the rules
that AWS documents, and takes every liberty that they leave:

- *Lambda parameters for Amazon DynamoDB event source mappings* (Lambda Developer Guide): the defaults of `Mapping`; -1
  retries or seconds: "failed records are retried until the record expires".
- *Using Lambda with Amazon DynamoDB* (the same): shards are read side by side, one batch of a shard at a time; with
  ParallelizationFactor n, n batches of a shard at a time, still in order per item. When the function returns an error
  the whole batch comes again, and nothing of its shard is read until then.
- *Configuring partial batch response* (the same): the position moves past a batch only when the whole of it is a
  success; an empty or null answer is one; what the function answers beyond that counts only where
  ReportBatchItemFailures is switched on, which we do not; BisectBatchOnFunctionError: a batch that failed is split in
  two, and both halves come, in order.
- *How Lambda processes records from stream and queue-based event sources* (the same): at least once: a batch that was a
  success may come again (`fall_back`), and one that was given up may still be at work when it does.
- *DescribeStream* (DynamoDB API): a parent shard before its children; and see `shards.py`.

It is told how an invocation ended and starts none. It never lets a later record of an item overtake an earlier one that
was not handed over, and it never comes back to a shard of which a child has been begun.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.shards import Entry, Shard, ShardedTable, partition_key, spread


@dataclass(frozen=True, slots=True)
class Mapping:
    """The settings of CreateEventSourceMapping that decide what comes when, with AWS's defaults."""

    batch_size: int = 100
    parallelization_factor: int = 1
    bisect: bool = False
    retries: int = -1
    max_age: float = -1

    @classmethod
    def of(cls, request: Map[str, Any]) -> Mapping:
        """The mapping that a request makes. Settings that this poller does not know are refused."""
        known = {
            "BatchSize": "batch_size",
            "ParallelizationFactor": "parallelization_factor",
            "BisectBatchOnFunctionError": "bisect",
            "MaximumRetryAttempts": "retries",
            "MaximumRecordAgeInSeconds": "max_age",
        }
        others = {"FunctionName", "EventSourceArn", "StartingPosition", "Enabled", "Tags"}
        assert request.keys() <= known.keys() | others, request.keys() - known.keys() - others
        assert request["StartingPosition"] == "TRIM_HORIZON"
        return cls(**{field: request[name] for name, field in known.items() if name in request})


@dataclass(eq=False)
class Lane:
    """The unit of order: the records of a shard, or with a parallelization factor a part of its keys."""

    shard: Shard
    number: int
    handed: list[Entry] = field(default_factory=list)  # all its records, read from the shard
    read: int = 0  # how many of the shard's have been looked at
    done: int = 0  # handled
    saved: int = 0  # handled, and noted for good
    ends: list[int] = field(default_factory=list)  # where the next batches end: a failed one comes again as it was
    tries: int = 0
    at_work: Batch | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What one invocation gets."""

    lane: Lane
    first: int
    records: tuple[Entry, ...]

    @property
    def event(self) -> dict[str, Any]:
        """As the function gets it."""
        return {"Records": list(self.records)}


@dataclass
class Poller:
    """One mapping on one stream."""

    stream: ShardedTable
    mapping: Mapping = field(default_factory=Mapping)
    enabled: bool = True
    lanes: list[Lane] = field(default_factory=list)
    lost: list[Entry] = field(default_factory=list)  # went by, and were never handled

    def ready(self) -> list[Lane]:
        """Where a batch can be taken now."""
        self._look()
        if not self.enabled:
            return []
        return [lane for lane in self.lanes if lane.at_work is None and self._waiting(lane) and self._free(lane)]

    def take(self, lane: Lane, size: int | None = None) -> Batch:
        """The lane's next batch: the one that failed as it was, or a new one of up to `size` records."""
        assert lane in self.ready()
        end = lane.ends[0] if lane.ends else lane.done + max(1, min(size or 10_000, self.mapping.batch_size))
        batch = Batch(lane, lane.done, tuple(lane.handed[lane.done : end]))
        lane.ends = lane.ends or [lane.done + len(batch.records)]
        lane.at_work = batch
        return batch

    def succeeded(self, batch: Batch, *, noted: bool = True) -> None:
        """The whole batch is a success. `noted` for good: it does not come again."""
        lane = self._ended(batch)
        lane.done = lane.ends.pop(0)
        lane.tries = 0
        if noted:
            lane.saved = lane.done

    def failed(self, batch: Batch) -> None:
        """The function raised, timed out or was not heard of again: the batch comes again, whole or in halves."""
        lane = self._ended(batch)
        if self.mapping.bisect and len(batch.records) > 1:  # does not count as a retry
            lane.ends.insert(0, batch.first + len(batch.records) // 2)
            return
        lane.tries += 1
        if self.mapping.retries >= 0 and lane.tries > self.mapping.retries:
            self._pass(lane, lane.ends.pop(0))

    def fall_back(self, lane: Lane) -> None:
        """What was handled and not noted for good comes again, in batches of any size."""
        if lane.at_work is None and not self._followed(lane.shard):
            lane.done, lane.ends, lane.tries = lane.saved, [], 0

    def note_all(self) -> None:
        """Everything that was handled is noted for good."""
        for lane in self.lanes:
            lane.saved = lane.done

    def finished(self) -> bool:
        """Whether every record was handled, and noted for good."""
        self._look()
        return all(lane.saved == len(lane.handed) for lane in self.lanes)

    def unnoted(self) -> list[Entry]:
        """What may come (again)."""
        self._look()
        return [record for lane in self.lanes for record in lane.handed[lane.saved :]]

    def _look(self) -> None:
        for shard in self.stream.shards:
            ways = self.mapping.parallelization_factor
            if all(lane.shard is not shard for lane in self.lanes):
                self.lanes += [Lane(shard, number) for number in range(ways)]
            for lane in self.lanes:
                if lane.shard is shard:
                    self._read(lane, ways)
                    self._let_go(lane)

    def _read(self, lane: Lane, ways: int) -> None:
        name = self.stream.table.keys.names[0]
        for record in lane.shard.records[lane.read :]:
            if spread(f"lane {partition_key(record, name)}", ways) == lane.number:
                lane.handed.append(record)
        lane.read = len(lane.shard.records)

    def _let_go(self, lane: Lane) -> None:
        """Records go by that the stream no longer keeps, or that are older than the mapping takes."""
        aged = lane.shard.gone or self.mapping.max_age >= 0
        if not aged or lane.at_work is not None or not lane.handed[lane.done :]:
            return
        kept = {id(record) for record in lane.shard.records[lane.shard.gone :]}
        oldest = self.mapping.max_age if self.mapping.max_age >= 0 else float("inf")
        waiting = lane.handed[lane.done :]
        gone = next((n for n, r in enumerate(waiting) if id(r) in kept and self.stream.age(r) <= oldest), len(waiting))
        if gone:
            self._pass(lane, lane.done + gone)

    def _pass(self, lane: Lane, end: int) -> None:
        self.lost += lane.handed[lane.done : end]
        lane.done = lane.saved = end
        lane.ends = [other for other in lane.ends if other > end]
        lane.tries = 0

    def _ended(self, batch: Batch) -> Lane:
        assert batch.lane.at_work is batch
        batch.lane.at_work = None
        return batch.lane

    def _waiting(self, lane: Lane) -> bool:
        return lane.done < len(lane.handed)

    def _free(self, lane: Lane) -> bool:
        """Whether nothing of a parent shard is left to handle, and all of it is noted."""
        parents = set(map(id, lane.shard.ancestors()))
        return all(other.saved == len(other.handed) for other in self.lanes if id(other.shard) in parents)

    def _followed(self, shard: Shard) -> bool:
        return any(lane.done or lane.at_work for lane in self.lanes if shard in lane.shard.ancestors())
