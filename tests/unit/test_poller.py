"""The poller of our own keeps AWS's rules: without that, what is proved with it is proved of nothing."""

from __future__ import annotations

from typing import Any, cast

import pytest

from pulumi_dynamo_migrator.aws.mappings import Mappings
from tests.fakes.conversions import ID
from tests.fakes.copying import JumpingClock
from tests.fakes.doors import FAST
from tests.fakes.poller import Batch, Mapping, Poller
from tests.fakes.shards import KEPT, ShardedTable
from tests.fakes.tables import Memory


class Account:
    """Lambda, as far as a mapping's creation goes."""

    def __init__(self) -> None:
        self.request: dict[str, Any] = {}

    def get_paginator(self, _operation: str) -> Account:
        return self

    def paginate(self, **_about: str) -> list[dict[str, Any]]:
        return [{"EventSourceMappings": []}]

    def create_event_source_mapping(self, **request: Any) -> dict[str, Any]:
        self.request = request
        return {"UUID": "u", "State": "Creating"}


class Setting:
    """A table with a stream, and a poller on it."""

    def __init__(self, **mapping: Any) -> None:
        self.clock = JumpingClock()
        self.stream = ShardedTable(Memory(ID), now=self.clock.now)
        self.poller = Poller(self.stream, Mapping(**mapping))
        self.version = 0

    def write(self, *names: str) -> None:
        for name in names:
            self.version += 1
            self.stream.put({"id": {"S": name}, "n": {"N": str(self.version)}})

    def take(self, number: int = 0, size: int | None = None) -> Batch:
        return self.poller.take(self.poller.ready()[number], size)

    def drained(self) -> list[str]:
        """Handle all that is left; the event IDs in the order in which they came."""
        came: list[str] = []
        while self.poller.ready():
            batch = self.take()
            came += ids(batch)
            self.poller.succeeded(batch)
        return came


def ids(batch: Batch) -> list[str]:
    return [record["eventID"] for record in batch.records]


def test_what_we_ask_of_lambda_is_what_the_poller_keeps_to() -> None:
    account = Account()
    Mappings(cast(Any, account)).create_mapping("f", "stream", tags={}, clock=JumpingClock(), timing=FAST)
    assert Mapping.of(account.request) == Mapping(
        batch_size=100, parallelization_factor=1, bisect=False, retries=-1, max_age=-1
    )


def test_a_setting_that_it_does_not_know_is_refused() -> None:
    with pytest.raises(AssertionError, match="FunctionResponseTypes"):
        Mapping.of({"StartingPosition": "TRIM_HORIZON", "FunctionResponseTypes": ["ReportBatchItemFailures"]})


def test_a_batch_that_failed_comes_again_as_it_was_and_nothing_before_it() -> None:
    setting = Setting(batch_size=3)
    setting.write("a", "b")
    failed = setting.take()
    setting.write("c", "d")
    assert not setting.poller.ready()
    for _ in range(20):
        setting.poller.failed(failed)
        failed = setting.take()
        assert ids(failed) == ["e0", "e1"]
    setting.poller.succeeded(failed)
    assert setting.drained() == ["e2", "e3"]
    assert not setting.poller.lost


def test_bisecting_gives_both_halves_in_order_down_to_one_record() -> None:
    setting = Setting(bisect=True)
    setting.write(*"abcde")
    setting.poller.failed(setting.take())
    setting.poller.failed(setting.take())
    one = setting.take()
    assert ids(one) == ["e0"]
    setting.poller.failed(one)
    assert setting.drained() == ["e0", "e1", "e2", "e3", "e4"]


def test_a_mapping_of_somebody_else_gives_up_after_its_retries() -> None:
    setting = Setting(batch_size=2, retries=1)
    setting.write(*"abc")
    for _ in range(2):
        setting.poller.failed(setting.take())
    assert [record["eventID"] for record in setting.poller.lost] == ["e0", "e1"]
    assert setting.drained() == ["e2"]


@pytest.mark.parametrize("limit", [{}, {"max_age": 600.0}], ids=["the stream's", "the mapping's"])
def test_records_that_grow_too_old_go_by_unhandled(limit: dict[str, float]) -> None:
    setting = Setting(**limit)
    setting.write("a", "b")
    setting.poller.failed(setting.take())
    setting.clock.sleep(limit.get("max_age", KEPT) / 2 + 1)
    setting.write("c")
    setting.clock.sleep(limit.get("max_age", KEPT) / 2)
    setting.stream.trim()
    assert setting.drained() == ["e2"]
    assert [record["eventID"] for record in setting.poller.lost] == ["e0", "e1"]


def test_with_a_parallelization_factor_batches_run_side_by_side_and_each_item_keeps_its_order() -> None:
    setting = Setting(parallelization_factor=4)
    setting.write(*"abcdefgh" * 5)
    side_by_side = [setting.take(size=3) for _ in setting.poller.ready()]
    assert len(side_by_side) > 1
    names = [{record["dynamodb"]["Keys"]["id"]["S"] for record in batch.records} for batch in side_by_side]
    assert len(set.union(*names)) == sum(map(len, names)), "one item in two batches at a time"
    for batch in side_by_side:
        setting.poller.failed(batch)
    assert sorted(setting.drained()) == sorted(f"e{n}" for n in range(40))
    for lane in setting.poller.lanes:
        assert [r["eventID"] for r in lane.handed] == sorted((r["eventID"] for r in lane.handed), key=_number)


def test_the_children_of_a_shard_wait_until_all_of_it_is_noted() -> None:
    setting = Setting()
    setting.write(*"abcd")
    setting.stream.split(setting.stream.shards[0])
    setting.write(*"abcd")
    parent = setting.take()
    assert ids(parent) == ["e0", "e1", "e2", "e3"]
    assert not setting.poller.ready()
    setting.poller.succeeded(parent, noted=False)
    assert not setting.poller.ready()
    setting.poller.note_all()
    both = [setting.take(), setting.take()]
    assert sorted(ids(both[0]) + ids(both[1])) == ["e4", "e5", "e6", "e7"]
    setting.poller.fall_back(parent.lane)
    assert not setting.poller.ready(), "a parent never comes back once a child has begun"


def test_a_success_that_was_not_noted_comes_again_in_other_bounds() -> None:
    setting = Setting()
    setting.write(*"abc")
    for size in (1, 1):
        setting.poller.succeeded(setting.take(size=size), noted=False)
    setting.poller.fall_back(setting.poller.lanes[0])
    assert ids(setting.take()) == ["e0", "e1", "e2"]


def test_one_that_is_switched_off_hands_nothing_out_and_forgets_nothing() -> None:
    setting = Setting()
    setting.write("a", "b")
    setting.poller.succeeded(setting.take(size=1))
    setting.poller.enabled = False
    assert not setting.poller.ready()
    setting.poller.enabled = True
    assert setting.drained() == ["e1"]


def _number(event_id: str) -> int:
    return int(event_id[1:])
