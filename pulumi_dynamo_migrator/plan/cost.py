"""What a copy and its comparison take: units, dollars, time at the rates that the tables take at first. Pure.

Never a promise: DynamoDB's own figures are six hours old, what writers write meanwhile comes on top, an on-demand table
grows with its use, and each item is taken to be of the average size, and to give one of the same size. From figures
that are rounded already, so that a saved plan holds a minute later.

Units (*DynamoDB read and write operations*, Amazon DynamoDB Developer Guide): a consistent scan takes a read unit for
each 4 KB of a page's sum; a put takes a write unit for each KB of the item, rounded up, and as much again in every
index that holds the item, for what the index holds. A condition that fails costs as much. First rates (*Understanding
DynamoDB warm throughput in different scenarios*, there too): a new on-demand table or index takes 12,000 read and 4,000
write units a second; more only where its warm throughput is set, or after use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from pulumi_dynamo_migrator.figures import about
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Options,
    Projection,
    ProjectionType,
    Settings,
    Structure,
)
from pulumi_dynamo_migrator.plan.prices import dollars

READ_UNIT, WRITE_UNIT = 4096, 1024
FIRST_READ, FIRST_WRITE = 12_000, 4_000


class Bound(StrEnum):
    """What sets a rate."""

    ON_DEMAND = "an on-demand table's first rate"
    WARM = "its warm throughput"
    LIMIT = "its on-demand limit"
    PROVISIONED = "its provisioned capacity"
    OPTION = "as Migration(...) says"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many units a second, and why no more; `of` is whose, for people."""

    units: int
    bound: Bound
    of: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a copy and its comparison take. `slowest` is what the copy waits for; `dollars` None: not paid by unit."""

    write_units: int
    read_units: int
    copy_seconds: float
    compare_seconds: float
    slowest: Rate
    dollars: float | None

    @property
    def seconds(self) -> float:
        """From the first page to the verdict."""
        return self.copy_seconds + self.compare_seconds


@dataclass(frozen=True, slots=True)
class CopyUnits:
    """What one copy takes, in units.

    `scan` are reads of the source; `writes` by where they are taken: "" is the table with its local indexes, which
    share its partitions, and every other name a global index.
    """

    scan: int
    writes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Successor:
    """The table to fill: its name, its structure, the settings that it is made with."""

    name: str
    structure: Structure
    settings: Settings

    def settings_of(self, index: str) -> Settings:
        """The settings with the units of a global index, or of the table ("")."""
        found = next((one for one in self.structure.global_indexes if one.name == index), None)
        if found is None:
            return self.settings
        capacity = found.capacity or self.settings.capacity
        return replace(self.settings, capacity=capacity, on_demand=found.on_demand, warm=found.warm)

    def called(self, index: str) -> str:
        """The table or its index, for people."""
        return f"index {index} of {self.name}" if index else self.name


def copy_units(source: ObservedTable, structure: Structure) -> CopyUnits | None:
    """None where DynamoDB's figures say nothing yet: it counts every six hours."""
    items, size = about(source.items), about(source.bytes)
    if not items or not size:
        return None
    return CopyUnits(-(-size // READ_UNIT), _writes(structure, items, average=-(-size // items)))


def estimate(source: ObservedTable, target: Successor, *, options: Options) -> Estimate | None:
    """None where DynamoDB's figures say nothing yet."""
    copied = copy_units(source, target.structure)
    if copied is None:
        return None
    scan, writes, looks = copied.scan, copied.writes, 2 if options.fence else 1
    from_source, from_target = (
        _rate(one.settings, "read", of=f"reads of {one.name}", option=options.max_read_units)
        for one in (source, target)
    )
    loads = [(scan, from_source), *_filling(target, writes, option=options.max_write_units)]
    units, slowest = max(loads, key=lambda load: load[0] / load[1].units)
    return Estimate(
        write_units=sum(writes.values()),
        read_units=scan * (1 + 2 * looks),
        copy_seconds=units / slowest.units,
        compare_seconds=looks * scan / min(from_source.units, from_target.units),
        slowest=slowest,
        dollars=_dollars(source.settings, target.settings, writes=sum(writes.values()), scan=scan, looks=looks),
    )


def _writes(structure: Structure, items: int, *, average: int) -> dict[str, int]:
    local = sum(_per_item(index.projection, average) for index in structure.local_indexes)
    table = {"": items * (_per_item(Projection(), average) + local)}
    return table | {index.name: items * _per_item(index.projection, average) for index in structure.global_indexes}


def _per_item(projection: Projection, average: int) -> int:
    """Keys and a few attributes are taken to fit into 1 KB."""
    return -(-average // WRITE_UNIT) if projection.type is ProjectionType.ALL else 1


def _filling(target: Successor, writes: Mapping[str, int], *, option: int | None) -> Iterator[tuple[int, Rate]]:
    """What is to be written at which rate: the table and each global index by itself; our own limit counts all."""
    for place, units in writes.items():
        yield units, _rate(target.settings_of(place), "write", of=f"writes to {target.called(place)}")
    if option is not None:
        yield sum(writes.values()), Rate(option, Bound.OPTION, f"writes to {target.name}")


def _rate(settings: Settings, kind: Literal["read", "write"], *, of: str, option: int | None = None) -> Rate:
    """The same, rounded, and no more than we ask of it."""
    found = taken(settings, kind)
    rate = Rate(option, Bound.OPTION) if option is not None and option < found.units else found
    return replace(rate, units=max(1, about(rate.units)), of=of)


def taken(settings: Settings, kind: Literal["read", "write"]) -> Rate:
    """What a table or an index takes at first."""
    first = FIRST_READ if kind == "read" else FIRST_WRITE
    capacity, limit, warm = (
        None if units is None else units.read if kind == "read" else units.write
        for units in (settings.capacity, settings.on_demand, settings.warm)
    )
    if settings.billing_mode is BillingMode.PROVISIONED and capacity:
        return Rate(capacity, Bound.PROVISIONED)
    rate = Rate(warm, Bound.WARM) if warm is not None and warm > first else Rate(first, Bound.ON_DEMAND)
    return Rate(limit, Bound.LIMIT) if limit is not None and 0 < limit < rate.units else rate


def _dollars(source: Settings, target: Settings, *, writes: int, scan: int, looks: int) -> float | None:
    """What is paid by the unit; provisioned capacity is paid by the hour, and other classes have other prices."""
    by_unit = [_paid_by_unit(source), _paid_by_unit(target)]
    if not any(by_unit):
        return None
    reads = scan * ((1 + looks) * by_unit[0] + looks * by_unit[1])
    return dollars(writes=writes * by_unit[1], reads=reads)


def _paid_by_unit(settings: Settings) -> bool:
    return settings.billing_mode is not BillingMode.PROVISIONED and settings.table_class in (None, "STANDARD")
