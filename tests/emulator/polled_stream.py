"""The embedded AWS's real stream behind our own poller: real tables, the replicator's own door, AWS's delivery.

`RealStream` reads the records and puts them into shards of ours, by partition key; `Deliveries` hands them out from a
thread of its own, several batches at a time, forgets successes, gives batches up that go on, and kills. It tells no
word and judges nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self

from pulumi_dynamo_migrator.replicate.config import ReplicatorConfig
from pulumi_dynamo_migrator.replicate.door import Call, Operation
from pulumi_dynamo_migrator.replicate.handler import client_call, ports_over, to_text
from pulumi_dynamo_migrator.replicate.invocation import BatchFailedError, run
from pulumi_dynamo_migrator.replicate.lower import Request
from tests.fakes.poller import Batch, Mapping, Poller
from tests.fakes.shards import Entry, ShardedTable, partition_key
from tests.fakes.tables import KilledError
from tests.soaking import Tally


@dataclass
class RealStream(ShardedTable):
    """What the stream of a real table holds, in the form in which Lambda hands it over."""

    client: Any = None
    iterators: list[str] = field(default_factory=list)
    expired: Callable[[Entry], bool] = lambda _: False  # whether a removal shall look like one by the time to live

    def follow(self, arn: str) -> None:
        """From its oldest record on."""
        for shard in self.client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
            about = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            self.iterators.append(self.client.get_shard_iterator(**about)["ShardIterator"])

    def read(self) -> int:
        """Whatever has come since, up to a page; how many records that were."""
        before = len(self.records)
        iterators, self.iterators = self.iterators, []
        for iterator in iterators:
            answer = self.client.get_records(ShardIterator=iterator)
            for record in answer["Records"]:
                entry = self._entry(record)
                self.records.append(entry)
                self._shard_of(partition_key(entry, self.table.keys.names[0])).records.append(entry)
            if answer.get("NextShardIterator"):
                self.iterators.append(answer["NextShardIterator"])
        return len(self.records) - before

    def _entry(self, record: dict[str, Any]) -> Entry:
        change = to_text(record["dynamodb"])
        change["ApproximateCreationDateTime"] = record["dynamodb"]["ApproximateCreationDateTime"].timestamp()
        entry = {"eventID": record["eventID"], "eventName": record["eventName"], "dynamodb": change}
        if entry["eventName"] == "REMOVE" and self.expired(entry):
            entry["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        return entry


@dataclass
class RealClock:
    """The time of one invocation."""

    ends: float

    def now(self) -> float:
        return time.time()

    def remaining(self) -> float:
        return self.ends - time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Deliveries:
    """One mapping at work, in a thread. `gives_up` and `kills`: how often, between 0 and 1."""

    def __init__(
        self,
        stream: RealStream,
        config: ReplicatorConfig,
        dynamodb: Any,
        *,
        mapping: Mapping,
        random: Random,
        tally: Tally,
    ) -> None:
        self.stream, self.config, self.random, self.tally = stream, config, random, tally
        self.poller = Poller(stream, mapping)
        self.gives_up = self.kills = 0.0
        self.forgets = 0.2
        self.error: BaseException | None = None
        self.dead: list[str] = []  # registrations of those that were killed
        self._call = client_call(dynamodb)
        self._number = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._at_work: dict[Future[None], Batch | None] = {}
        self._pool = ThreadPoolExecutor(12)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._pool.shutdown()
        if self.error:
            raise self.error

    def caught_up(self) -> bool:
        """Whether all that is in the stream was handled, and noted for good."""
        if self.error:
            raise self.error
        return self._rested and self.poller.finished()

    def mark(self) -> int:
        """How many records have been read by now."""
        return len(self.stream.records)

    def noted(self, mark: int) -> bool:
        """Whether the first `mark` records can come no more."""
        if self.error:
            raise self.error
        early = {record["eventID"] for record in self.stream.records[:mark]}
        return not early & {record["eventID"] for lane in self.poller.lanes for record in lane.handed[lane.saved :]}

    _rested = False

    def _work(self) -> None:
        try:
            while not self._ended.is_set():
                self._turn()
            while self._at_work:
                self._collect()
        except BaseException as error:  # noqa: BLE001 (whoever waits is told)
            self.error = error

    def _turn(self) -> None:
        came = self.stream.read()
        ready = self.poller.ready()
        for lane in ready:
            self._begin(self.poller.take(lane, self.random.randint(1, 25)))
        self._collect()
        self._upset()
        self._rested = not (ready or self._at_work or came)
        if not ready:
            time.sleep(0.005)

    def _begin(self, batch: Batch) -> None:
        self._number += 1
        dies = self.random.randint(2, 12) if self.random.random() < self.kills else None
        self._at_work[self._pool.submit(self._invoke, batch, f"i{self._number}", dies)] = batch

    def _invoke(self, batch: Batch, name: str, dies: int | None) -> None:
        clock = RealClock(time.time() + self.config.function_timeout)
        ports = ports_over(dying(self._call, dies), self.config.tables(), clock=clock)
        try:
            run(batch.event, lambda: self.config, ports=ports, clock=clock, invocation=name, lanes=3)
        except KilledError:
            self.dead.append(f"reg#{name}")
            raise

    def _collect(self) -> None:
        for future, batch in list(self._at_work.items()):
            if not future.done():
                continue
            del self._at_work[future]
            error = future.exception()
            if error is not None and not isinstance(error, (KilledError, BatchFailedError)):
                raise error
            if batch is None:
                continue
            if error is None:
                self.poller.succeeded(batch, noted=self.random.random() >= self.forgets)
            else:
                self.tally.add("invocations killed" if isinstance(error, KilledError) else "batches failed")
                self.poller.failed(batch)

    def _upset(self) -> None:
        for future, batch in self._at_work.items():
            if batch is not None and self.random.random() < self.gives_up:
                self.tally.add("batches given up that went on")
                self.poller.failed(batch)
                self._at_work[future] = None
        for lane in self.poller.lanes:
            if lane.done > lane.saved and lane.at_work is None:
                if self.random.random() < self.forgets / 4:
                    self.tally.add("successes forgotten, records again", lane.done - lane.saved)
                    self.poller.fall_back(lane)
                elif self.random.random() < 0.2:
                    lane.saved = lane.done


def dying(call: Call, dies: int | None) -> Call:
    """The door's function, in an invocation that dies at its so many-th call, before it or after it took effect."""
    if dies is None:
        return call
    lock, made = threading.Lock(), [0]

    def through(operation: Operation, request: Request) -> dict[str, Any]:
        with lock:
            made[0] += 1
            number = made[0]
        if number >= dies and number % 2:
            raise KilledError
        answer = call(operation, request)
        if number >= dies:
            raise KilledError
        return answer

    return through
