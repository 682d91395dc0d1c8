"""What a careful person would want to know of a copy's pace and price; each with what to do now. Pure.

Speaks only of what is long, costs something unasked, or is taken from others. Figures are rounded: a saved plan holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_dynamo_migrator.figures import about, duration
from pulumi_dynamo_migrator.model.history import Raised
from pulumi_dynamo_migrator.model.limits import TABLE_UNITS
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import BillingMode, Options, Units
from pulumi_dynamo_migrator.plan.cost import FIRST_READ, FIRST_WRITE, Bound, Estimate, Successor
from pulumi_dynamo_migrator.plan.plan import Hazard

LONG = 3600.0
"""Seconds of copying above which a plan says what it waits for."""


def copy_hazards(
    source: ObservedTable,
    target: Successor,
    cost: Estimate | None,
    *,
    options: Options,
    raised: tuple[Raised, ...] = (),
) -> tuple[Hazard, ...]:
    """The hazards of a copy's pace; what is `raised` to keep a time has hazards of its own."""
    if cost is None:
        return ()
    slow = () if options.copy_within is not None else _slow(target, cost)
    warmed = _warmed(source, target, raised)
    return (*slow, *_several_ups(cost, options), *warmed, *_shared(source, options))


def _slow(target: Successor, cost: Estimate) -> Iterator[Hazard]:
    if cost.copy_seconds <= LONG:
        return
    rate = cost.slowest
    yield Hazard(
        f"the copy takes about {duration(cost.copy_seconds)} with {rate.units:,} units a second for {rate.of} "
        f"({rate.bound})",
        _faster(target, cost),
    )


def _faster(target: Successor, cost: Estimate) -> str:
    rate = cost.slowest
    writing = rate.of.startswith("writes")
    if rate.bound is Bound.OPTION:
        return f"raise Migration(max_{'write' if writing else 'read'}_units=…), or let it run"
    if rate.bound is Bound.PROVISIONED:
        return f"raise {'write' if writing else 'read'}_capacity for the time of the copy, or let it run"
    if rate.bound is Bound.LIMIT:
        return "raise on_demand_throughput for the time of the copy, or let it run"
    if not writing or rate.of != f"writes to {target.name}":
        return "let it run: DynamoDB raises an on-demand table's or index's rate by itself while it is used"
    if rate.units >= TABLE_UNITS:
        return "let it run: DynamoDB raises the rate by itself while the table is used"
    beside = ", where each global index gets as much" if target.structure.global_indexes else ""
    return (
        "let it run: DynamoDB raises the rate by itself while the table is used. Or ask for more from the start, such "
        f"as warm_throughput={{'write_units_per_second': {TABLE_UNITS}}}: about "
        f"{duration(cost.copy_seconds * rate.units / TABLE_UNITS)} then{beside}. AWS charges once for raising it, and "
        "it cannot be lowered again"
    )


def _several_ups(cost: Estimate, options: Options) -> Iterator[Hazard]:
    budget = options.wait_for
    if budget is not None and cost.seconds > budget:
        yield Hazard(
            f"one `up` stops after wait_for={budget:g} s, and copying and comparing take about "
            f"{duration(cost.seconds)}: about {about(round(cost.seconds / max(budget, 1.0)) + 1):,} of them are needed",
            "run `pulumi up` again each time, or leave the copy to `python -m pulumi_dynamo_migrator resume`, or raise "
            "wait_for",
        )


def _warmed(source: ObservedTable, target: Successor, raised: tuple[Raised, ...]) -> Iterator[Hazard]:
    warm = target.settings.warm
    if warm is None or target.settings.billing_mode is BillingMode.PROVISIONED or not _above_first(warm):
        return
    if any(not one.index for one in raised) and (warm.read or 0) <= FIRST_READ:
        return  # told with its price
    read, write = max(warm.read or 0, FIRST_READ), max(warm.write or 0, FIRST_WRITE)
    why = f", as {source.name} has" if warm == source.settings.warm else ""
    yield Hazard(
        f"{target.name} is made with a warm throughput of about {about(read):,} read and {about(write):,} write units "
        f"a second{why}: AWS charges once for what is above {FIRST_READ:,} and {FIRST_WRITE:,}",
        "state warm_throughput= if it is to be another one",
    )


def _above_first(warm: Units) -> bool:
    return (warm.read or 0) > FIRST_READ or (warm.write or 0) > FIRST_WRITE


def _shared(source: ObservedTable, options: Options) -> Iterator[Hazard]:
    settings = source.settings
    if settings.billing_mode is BillingMode.PROVISIONED and options.max_read_units is None and settings.capacity:
        yield Hazard(
            f"copy and comparison read as fast as {source.name} lets them: whoever else reads it shares its "
            f"{settings.capacity.read:,} read units a second with them",
            "leave room for the others with Migration(max_read_units=…), or raise read_capacity for that time",
        )
