"""The pace of a table, in simulated time."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from pulumi_dynamo_migrator.backfill.pace import AIM, LEAST_PAGE, Pace
from tests.fakes.copying import JumpingClock
from tests.fakes.throughput import Besieged, Partition, SimulatedClock, Simulation

ENDLESS = 1e9


def simulation(
    *partitions: float, limit: float | None = None, burst: float = 1.0, pinned: bool = True, **more: object
) -> Simulation:
    """Workers over partitions of these capacities; `pinned`: each worker writes to one of them."""
    clock, chance = SimulatedClock(), Random(7)
    count = len(partitions)
    return Simulation(
        Pace(limit, clock=clock),
        clock,
        [Partition(capacity, burst) for capacity in partitions],
        (lambda worker: worker % count) if pinned else (lambda _worker: chance.randrange(count)),
        **more,  # type: ignore[arg-type]
    )


def test_without_a_limit_nothing_waits() -> None:
    clock = JumpingClock()
    lane = Pace(None, clock=clock).lane()
    assert lane.portion() is None
    for _ in range(100):
        lane.spend(1_000_000, booked=lane.wait(25), items=25)
    assert clock.time == JumpingClock().time


def test_one_expensive_request_is_paid_for_before_the_next() -> None:
    clock = JumpingClock()
    begun = clock.time
    lane = Pace(10, clock=clock).lane()
    lane.spend(98, booked=lane.wait(1), items=1)
    lane.wait(1)
    assert clock.time - begun == pytest.approx(98 / (10 * AIM), abs=0.1)


def test_who_gives_up_does_so_while_it_waits() -> None:
    clock = JumpingClock()
    begun = clock.time
    lane = Pace(1, clock=clock).lane()
    lane.spend(1000, booked=lane.wait(1), items=1)

    def check() -> None:
        if clock.time > begun + 20:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        lane.wait(1, check=check)
    assert clock.time <= begun + 21


@pytest.mark.parametrize("limit", [5, 100, 4000])
@pytest.mark.parametrize("cost", [0.5, 1.0, 3.0, 20.0])
def test_a_limit_is_used_to_95_percent_and_never_exceeded_for_long(limit: float, cost: float) -> None:
    world = simulation(ENDLESS, limit=limit, cost=lambda: cost, workers=16)
    window = max(10.0, 50 * cost / limit)
    world.run(4 * window)
    for begin, end in pairwise([window, 2 * window, 3 * window, 4 * window]):
        assert 0.95 * limit <= world.used(begin, end) <= limit


def test_a_limit_is_kept_for_items_of_very_different_sizes() -> None:
    chance = Random(3)
    world = simulation(ENDLESS, limit=500, cost=lambda: chance.choice([1.0, 1.0, 1.0, 1.0, 40.0]))
    world.run(100)
    for begin in range(10, 100, 30):
        assert 475 <= world.used(begin, begin + 30) <= 500


def test_a_limit_is_kept_from_the_first_second_on() -> None:
    world = simulation(ENDLESS, limit=1000)
    world.run(10)
    for begin in range(10):
        assert world.used(begin, begin + 1) <= 1000


def test_a_page_is_no_larger_than_a_tenth_of_a_second_of_the_limit() -> None:
    """A scan's page of 1 MB costs 256 units in one go."""
    world = simulation(ENDLESS, limit=100, batch=4000, cost=lambda: 0.067)
    world.run(60)
    assert 95 <= world.used(10, 60) <= 100
    assert max(one.units for one in world.attempts if one.at > 5) <= 10


@pytest.mark.parametrize("pinned", [True, False], ids=["a worker to a partition", "everywhere"])
def test_a_throttled_table_is_used_nearly_to_the_full_with_hardly_a_refusal(pinned: bool) -> None:
    world = simulation(1000, 1000, 1000, 1000, pinned=pinned)
    world.run(120)
    assert world.used(20, 120) >= 0.9 * 4000
    assert world.throttled(20, 120) <= 0.05


def test_without_a_pace_of_its_own_every_fifth_item_would_be_throttled() -> None:
    """What the pace is for: the application's writes, and the replicator's, are throttled as often as the copy's."""
    world = simulation(1000, 1000, 1000, 1000, pinned=False, heeds=False)
    world.run(60)
    assert world.throttled(20, 60) > 0.1


def test_a_hot_partition_slows_down_those_that_write_there_and_nobody_else() -> None:
    free, world = simulation(ENDLESS, latency=0.05), simulation(ENDLESS, latency=0.05)
    world.partitions.append(Partition(100))
    world.where = lambda worker: 1 if worker == 0 else 0
    free.run(60)
    world.run(60)
    assert world.used(20, 60, worker=0) == pytest.approx(100, rel=0.15)
    for worker in range(1, 8):
        assert world.used(20, 60, worker=worker) >= 0.95 * free.used(20, 60, worker=worker)


def test_a_table_that_takes_more_is_found_out_within_a_minute() -> None:
    world = simulation(500, 500, 500, 500)
    world.run(60)
    for partition in world.partitions:
        partition.capacity = 1000
    world.run(180)
    assert world.used(40, 60) <= 1.05 * 2000
    assert world.used(120, 180) >= 0.9 * 4000


def test_a_table_that_takes_less_is_throttled_for_seconds_only() -> None:
    """Five minutes' worth of saved units are gone, or the application writes more."""
    world = simulation(1000, 1000, 1000, 1000)
    world.run(60)
    for partition in world.partitions:
        partition.capacity = 250
    world.run(120)
    assert world.used(80, 120) >= 0.9 * 1000
    assert world.throttled(80, 120) <= 0.1


@pytest.mark.parametrize("share", [0.05, 0.15])
def test_where_a_share_is_refused_however_few_there_are_the_copy_does_not_come_to_a_stand(share: float) -> None:
    """Slowing down helps nobody there. A pace that fell by a part of itself at each refusal came to a hundredth."""
    stubborn, world = (simulation(1, heeds=heeds, workers=2, latency=0.03) for heeds in (False, True))
    for one in (stubborn, world):
        one.partitions[0] = Besieged(1, share=share)
        one.run(400)
    assert world.used(300, 400) >= 0.25 * stubborn.used(300, 400)


def test_a_tiny_table_is_not_besieged() -> None:
    """Eight workers, five units a second: a worker is never told to do nothing at all, but next to it."""
    world = simulation(5, workers=8)
    world.run(300)
    assert world.used(100, 300) >= 4.5
    assert sum(one.throttled for one in world.attempts if one.at > 100) / 200 <= 20


def test_a_new_lane_begins_at_the_usual_pace_of_the_others() -> None:
    """Else each new segment would try a throttled table out anew, or one hot partition would be held against all."""
    pace = Pace(None, clock=SimulatedClock())
    lanes = [pace.lane() for _ in range(3)]
    lanes[0].spend(100, booked=0, items=25, throttled=1)
    assert pace.lane().found.rate is None
    lanes[1].spend(100, booked=0, items=25, throttled=1)
    lanes[2].spend(100, booked=0, items=25, throttled=1)
    assert pace.lane().found.rate == lanes[0].found.rate


def test_a_lane_that_is_closed_counts_no_more() -> None:
    pace = Pace(None, clock=SimulatedClock())
    with pace.lane() as lane:
        lane.spend(100, booked=0, items=25, throttled=1)
    assert pace.lane().found.rate is None


def test_pages_in_hand_hold_no_more_than_the_limit_writes_in_some_seconds() -> None:
    pace = Pace(100, clock=SimulatedClock())
    assert pace.affords(10) == 10 * 98
    lanes = [pace.lane(), pace.lane()]
    assert pace.affords(10) == 5 * 98
    lanes[0].spend(50, booked=0, items=10)
    assert (pace.affords(10) or 0) < 5 * 98
    assert Pace(None, clock=SimulatedClock()).affords(10) is None


@pytest.mark.parametrize("slowed", ["a limit", "throttled"])
def test_pages_of_small_items_do_not_get_so_small_that_they_cost_more(slowed: str) -> None:
    """A page costs whole units: read one by one, 400 items of ten bytes cost 400 units instead of one."""
    clock = JumpingClock()
    pace = Pace(5 if slowed == "a limit" else None, clock=clock, least=LEAST_PAGE)
    lane = pace.lane()
    if slowed == "throttled":
        lane.spend(1, booked=0, items=60, throttled=1)
    spent = pages = 0
    left = 40_000
    while left > 0:
        items = min(left, lane.portion() or left)
        booked = lane.wait(items)
        clock.time += 0.01
        units = -(-items * 10 // 4096)
        lane.spend(units, booked=booked, items=items)
        left, spent, pages = left - items, spent + units, pages + 1
    assert spent <= 2 * 100
    assert pages <= 100


def test_a_table_that_tells_no_costs_is_read_in_whole_pages() -> None:
    lane = Pace(None, clock=JumpingClock()).lane()
    for _ in range(20):
        lane.spend(0, booked=0, items=60, throttled=1)
    assert (lane.portion() or 0) >= 10_000
