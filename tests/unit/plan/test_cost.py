"""What a copy takes: units as DynamoDB counts them, the slowest of all rates, and only what is paid by the unit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    GlobalIndex,
    LocalIndex,
    Options,
    Projection,
    ProjectionType,
    Settings,
    Structure,
    Units,
)
from pulumi_dynamo_migrator.plan.cost import Bound, Estimate, Successor, estimate
from pulumi_dynamo_migrator.plan.prices import READS, WRITES
from tests.fakes.plans import NEW, SEEN, table

KEYS = Projection(ProjectionType.KEYS_ONLY)
PROVISIONED = replace(SEEN, billing_mode=BillingMode.PROVISIONED, capacity=Units(50, 20))


def cost(
    source: ObservedTable,
    structure: Structure = NEW,
    settings: Settings = SEEN,
    **options: int | bool,
) -> Estimate:
    found = estimate(source, Successor("orders_V2", structure, settings), options=Options(**options))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_a_scan_takes_a_read_unit_for_4_kb_and_a_put_one_write_unit_for_each_kb_of_an_item() -> None:
    found = cost(table(items=1000, bytes=1000 * 1500))
    assert found.write_units == 2 * 1000
    assert found.read_units == 3 * 367, "one scan to copy, and one of each table to compare"


@pytest.mark.parametrize(
    ("projection", "units"), [(Projection(), 2), (KEYS, 1), (Projection(ProjectionType.INCLUDE, ("a",)), 1)]
)
def test_each_index_takes_as_much_again_as_it_holds(projection: Projection, units: int) -> None:
    seen = table(items=1000, bytes=1000 * 1500)
    local = replace(NEW, local_indexes=(LocalIndex("by_at", "at", projection),))
    everywhere = replace(NEW, global_indexes=(GlobalIndex("by_at", ("at",), projection=projection),))
    assert cost(seen, local).write_units == cost(seen, everywhere).write_units == (2 + units) * 1000


def test_local_indexes_share_the_tables_rate_and_global_ones_have_their_own() -> None:
    seen = table(items=4_000_000, bytes=4_000_000 * 100)
    assert cost(seen).copy_seconds == 1000
    assert cost(seen, replace(NEW, local_indexes=(LocalIndex("by_at", "at"),))).copy_seconds == 2000
    assert cost(seen, replace(NEW, global_indexes=(GlobalIndex("by_at", ("at",)),))).copy_seconds == 1000
    slow = GlobalIndex("by_at", ("at",), on_demand=Units(-1, 1000))
    found = cost(seen, replace(NEW, global_indexes=(slow,)))
    assert (found.copy_seconds, found.slowest.bound) == (4000, Bound.LIMIT)
    assert found.slowest.of == "writes to index by_at of orders_V2"


@pytest.mark.parametrize(
    ("settings", "rate", "bound"),
    [
        (SEEN, 4_000, Bound.ON_DEMAND),
        (replace(SEEN, warm=Units(12_000, 10_000)), 10_000, Bound.WARM),
        (replace(SEEN, warm=Units(5, 5)), 4_000, Bound.ON_DEMAND),
        (replace(SEEN, on_demand=Units(-1, -1)), 4_000, Bound.ON_DEMAND),
        (replace(SEEN, on_demand=Units(-1, 500)), 500, Bound.LIMIT),
        (PROVISIONED, 20, Bound.PROVISIONED),
    ],
)
def test_a_table_takes_writes_at_the_rate_that_it_is_made_with(settings: Settings, rate: int, bound: Bound) -> None:
    found = cost(table(items=1_000_000, bytes=100_000_000), settings=settings)
    assert (found.slowest.units, found.slowest.bound, found.copy_seconds) == (rate, bound, 1_000_000 / rate)


def test_our_own_limit_counts_what_indexes_take_too() -> None:
    indexed = replace(NEW, global_indexes=(GlobalIndex("by_at", ("at",)),))
    found = cost(table(items=1_000_000, bytes=100_000_000), indexed, max_write_units=1000)
    assert (found.copy_seconds, found.slowest.bound) == (2000, Bound.OPTION)


def test_a_source_that_is_read_slowly_is_what_the_copy_and_the_comparison_wait_for() -> None:
    found = cost(
        table(items=1000, bytes=409_600_000, settings=PROVISIONED), settings=replace(SEEN, warm=Units(1, 10**6))
    )
    assert found.slowest.of == "reads of orders"
    assert found.copy_seconds == found.compare_seconds == pytest.approx(2050, rel=0.05)
    limited = cost(table(items=1000, bytes=409_600_000), max_read_units=100)
    assert limited.compare_seconds == pytest.approx(1000, rel=0.05)


def test_behind_a_fence_all_is_compared_a_second_time() -> None:
    seen = table(items=1000, bytes=1000 * 4096)
    once, twice = cost(seen), cost(seen, fence=True)
    assert (once.read_units * 5, once.compare_seconds * 2) == (twice.read_units * 3, twice.compare_seconds)


def test_only_what_is_paid_by_the_unit_costs_dollars() -> None:
    seen, there = table(items=1_000_000, bytes=409_600_000), 100_098  # of 410 MB: figures are rounded first
    writes, scan = WRITES, there * READS / 1_000_000
    assert cost(seen).dollars == pytest.approx(writes + 3 * scan, rel=1e-4)
    provisioned = replace(seen, settings=PROVISIONED)
    assert cost(provisioned).dollars == pytest.approx(writes + scan, rel=1e-4)
    assert cost(provisioned, settings=PROVISIONED).dollars is None
    infrequent = replace(SEEN, table_class="STANDARD_INFREQUENT_ACCESS")
    assert cost(seen, settings=infrequent).dollars == pytest.approx(2 * scan, rel=1e-4)


def test_what_dynamodb_has_not_counted_yet_has_no_estimate() -> None:
    target = Successor("orders_V2", NEW, SEEN)
    assert estimate(table(items=0, bytes=0), target, options=Options()) is None


@given(items=st.integers(1, 10**12), size=st.integers(1, 400_000), more=st.integers(1, 10**6))
def test_more_items_never_take_less(items: int, size: int, more: int) -> None:
    few = cost(table(items=items, bytes=items * size))
    many = cost(table(items=items + more, bytes=(items + more) * size))
    # Figures are rounded first, to two digits each: an average may come out a little smaller.
    assert many.read_units >= few.read_units
    assert many.write_units >= few.write_units * 0.5
    assert many.seconds > 0
