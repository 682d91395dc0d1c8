"""What a time for the copy costs, and what may keep it from being kept; each with what to do now. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pulumi_dynamo_migrator.figures import about, duration, money
from pulumi_dynamo_migrator.model.history import Raised
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import Options
from pulumi_dynamo_migrator.plan.copy_within import InTime
from pulumi_dynamo_migrator.plan.cost import FIRST_WRITE, Bound, Rate, Successor, copy_units, taken
from pulumi_dynamo_migrator.plan.plan import Hazard
from pulumi_dynamo_migrator.plan.prices import REGION, provisioned_dollars, warm_dollars


def within_hazards(source: ObservedTable, asked: Successor, timely: InTime, *, options: Options) -> tuple[Hazard, ...]:
    """The hazards of `copy_within`; `asked` is the successor as it would be without."""
    seconds = options.copy_within
    if seconds is None:
        return ()
    copied = copy_units(source, asked.structure)
    if copied is None:
        return (_not_counted(source, seconds),)
    warmed = tuple(one for one in timely.raised if one.back is None)
    provisioned = tuple(one for one in timely.raised if one.back is not None)
    return (
        *_read_too_slowly(source, copied.scan, seconds),
        *_warmed(asked, warmed, seconds),
        *_provisioned(asked, provisioned, seconds),
    )


def _not_counted(source: ObservedTable, seconds: float) -> Hazard:
    return Hazard(
        f"copy_within={seconds:g} raises nothing: DynamoDB, which counts every six hours, has counted no items in "
        f"{source.name}",
        "if it holds many, wait until they are counted, or state warm_throughput= or write_capacity= for the copy",
    )


def _read_too_slowly(source: ObservedTable, scan: int, seconds: float) -> Iterator[Hazard]:
    rate = taken(source.settings, "read")
    if scan / seconds <= rate.units:
        return
    yield Hazard(
        f"the copy will not be done within {duration(seconds)}: that is about {about(math.ceil(scan / seconds)):,} "
        f"read units a second of {source.name}, which takes {about(rate.units):,} ({rate.bound}): about "
        f"{duration(scan / rate.units)} then",
        f"a migration changes nothing of its source: {_sooner(rate)}",
    )


def _sooner(rate: Rate) -> str:
    if rate.bound is Bound.PROVISIONED:
        return "raise read_capacity in an `up` of its own before this one, or give the copy that time"
    if rate.bound is Bound.LIMIT:
        return "raise on_demand_throughput in an `up` of its own before this one, or give the copy that time"
    return (
        "let it run, for DynamoDB raises the rate by itself while the table is read; or raise warm_throughput in an "
        "`up` of its own before this one"
    )


def _warmed(asked: Successor, raised: tuple[Raised, ...], seconds: float) -> Iterator[Hazard]:
    if not raised:
        return
    more = sum(one.write - FIRST_WRITE for one in raised)
    price = _price(asked, warm_dollars(more), of=", if it costs what an hour of provisioned units does")
    yield Hazard(
        f"to be filled within {duration(seconds)}, {asked.name} is made with a warm throughput, in write units a "
        f"second, of {_each(asked, raised)}: AWS charges once for what is above {FIRST_WRITE:,} each{price}, and it "
        "cannot be lowered again",
        "give the copy more time, or leave copy_within out",
    )


def _provisioned(asked: Successor, raised: tuple[Raised, ...], seconds: float) -> Iterator[Hazard]:
    if not raised:
        return
    more = sum(one.write - (one.back or 0) for one in raised)
    price = _price(asked, provisioned_dollars(more, seconds=seconds))
    yield Hazard(
        f"to be filled within {duration(seconds)}, {asked.name} is made with more write units a second, until all is "
        f"copied: {_each(asked, raised)}{price}",
        "give the copy more time for fewer. While a copy stands still they are paid for too: the next `up` goes on "
        "with it, and a reverted program takes the new table away",
    )


def _each(asked: Successor, raised: tuple[Raised, ...]) -> str:
    return ", ".join(
        f"{one.write:,} ({asked.called(one.index)}{'' if one.back is None else f', in place of {one.back:,}'})"
        for one in raised
    )


def _price(asked: Successor, dollars: float, *, of: str = "") -> str:
    if asked.settings.table_class not in (None, "STANDARD"):
        return ""
    return f" (about {money(dollars)} in {REGION}{of})"
