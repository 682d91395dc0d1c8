"""What a successor must be made with, for its copy to be done in a time that was asked for. Pure.

A copy of so many units in so many seconds needs so many units a second: of the table, and of each global index by
itself. An on-demand table or index that takes less at first is asked for with that much warm throughput; a provisioned
one is made with that many write units, and has its own again when all is copied. Never less than it would have without,
never of its reads, and never anything of the source. What cannot be had that way is refused, or told as a hazard.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.figures import about, duration
from pulumi_dynamo_migrator.model.history import Raised
from pulumi_dynamo_migrator.model.limits import TABLE_UNITS
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import BillingMode, GlobalIndex, Options, Settings, Structure, Units
from pulumi_dynamo_migrator.plan.cost import CopyUnits, Successor, copy_units, taken

HEADROOM = 1.1
"""A tenth more than is needed: figures are old and rounded, writers go on, and no pace takes all that there is."""


@dataclass(frozen=True, slots=True)
class InTime:
    """The successor as it is to be made, what of it is `raised`, and why the time cannot be kept, if so."""

    target: Successor
    raised: tuple[Raised, ...] = ()
    refusals: tuple[str, ...] = ()


def in_time(source: ObservedTable, target: Successor, *, options: Options) -> InTime:
    """The successor that takes a copy of the source in `copy_within`; as it was asked where nothing is in the way."""
    seconds, copied = options.copy_within, copy_units(source, target.structure)
    if seconds is None or copied is None:
        return InTime(target)
    refusals = (*_limited(copied, seconds, options), *_not_to_be_had(target, copied, seconds))
    if refusals:
        return InTime(target, refusals=refusals)
    raised = tuple(_raised(target, copied, seconds))
    structure, settings = with_raised(target.structure, target.settings, raised)
    return InTime(replace(target, structure=structure, settings=settings), raised)


def with_raised(structure: Structure, settings: Settings, raised: tuple[Raised, ...]) -> tuple[Structure, Settings]:
    """The same with what is raised: as warm throughput, or as provisioned write units until they are put back."""
    provisioned = settings.billing_mode is BillingMode.PROVISIONED
    write = {one.index: one.write for one in raised if (one.back is not None) is provisioned}
    if not write:
        return structure, settings
    indexes = tuple(
        _provisioned(index, settings.capacity or Units(), write.get(index.name, 0))
        if provisioned
        else replace(index, warm=_more(index.warm, write.get(index.name)))
        for index in structure.global_indexes
    )
    if provisioned:
        settings = replace(settings, capacity=_more(settings.capacity, write.get("")))
    else:
        settings = replace(settings, warm=_more(settings.warm, write.get("")))
    return replace(structure, global_indexes=indexes), settings


def _provisioned(index: GlobalIndex, table: Units, write: int) -> GlobalIndex:
    """With units of its own: one that states none would take the table's, which may be raised."""
    own = index.capacity or Units()
    units = Units(own.read or table.read, own.write or table.write)
    return replace(index, capacity=_more(units, write))


def _more(units: Units | None, write: int | None) -> Units | None:
    if not write:
        return units
    units = units or Units()
    return replace(units, write=max(units.write or 0, write))


def _raised(target: Successor, copied: CopyUnits, seconds: float) -> Iterator[Raised]:
    provisioned = target.settings.billing_mode is BillingMode.PROVISIONED
    for place, units in copied.writes.items():
        settings = target.settings_of(place)
        first, limit = _first(settings), _limit(settings) or TABLE_UNITS
        wanted = min(TABLE_UNITS, limit, rounded_up(units / seconds * HEADROOM))
        if wanted > first:
            yield Raised(place, wanted, back=first if provisioned else None)


def _first(settings: Settings) -> int:
    """What is taken at first where no limit is set."""
    return taken(replace(settings, on_demand=None), "write").units


def _limit(settings: Settings) -> int | None:
    """The on-demand limit of writes, if there is one."""
    limit = None if settings.on_demand is None else settings.on_demand.write
    provisioned = settings.billing_mode is BillingMode.PROVISIONED
    return None if provisioned or limit is None or limit < 1 else limit


def _limited(copied: CopyUnits, seconds: float, options: Options) -> Iterator[str]:
    """What `Migration(...)` itself forbids."""
    writes = sum(copied.writes.values())
    for kind, units, limit in (
        ("write", writes, options.max_write_units),
        ("read", copied.scan, options.max_read_units),
    ):
        if limit is not None and units / seconds > limit:
            yield (
                f"migration: to copy within {duration(seconds)} takes about {about(math.ceil(units / seconds)):,} "
                f"{kind} units a second, and max_{kind}_units = {limit} allows no more than that: raise it, or give "
                f"the copy more time (copy_within={rounded_up(units / limit)})."
            )


def _not_to_be_had(target: Successor, copied: CopyUnits, seconds: float) -> Iterator[str]:
    """What the successor cannot be made with."""
    for place, units in copied.writes.items():
        settings, rate = target.settings_of(place), units / seconds
        needs = (
            f"migration: to copy within {duration(seconds)} takes about {about(math.ceil(rate)):,} write units a "
            f"second of {target.called(place)}, "
        )
        limit = _limit(settings)
        if limit is not None and rate > limit:
            yield (
                f"{needs}and its on_demand_throughput allows {limit:,}: raise that for the time of the copy, or give "
                f"the copy more time (copy_within={rounded_up(units / limit)})."
            )
        elif rate > max(TABLE_UNITS, _first(settings)):
            stated = "write_capacity" if settings.billing_mode is BillingMode.PROVISIONED else "warm_throughput"
            yield (
                f"{needs}and AWS's quota for a table, or an index, is {TABLE_UNITS:,}: give the copy more time "
                f"(copy_within={rounded_up(units / TABLE_UNITS)}); or, where your account's quota is higher, state so "
                f"much as {stated}."
            )


def rounded_up(number: float) -> int:
    """At least the number, in two digits: an estimate rounds to as many."""
    whole = max(1, math.ceil(number))
    step = int(10 ** max(0, len(str(whole)) - 2))
    return -(-whole // step) * step
