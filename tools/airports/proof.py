"""The demo's own proof: both tables against the airports and the writer's journal, item by item. No package in it.

What must be in the old table: the airports that were loaded, then every acknowledged write to it. What must be in the
new one: all of that in metres and under the new key, then every acknowledged write to the new table. Nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.airports.data import Item, from_wire, in_metres

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Write:
    """One acknowledged write: the airport as it was after it, or None when it was closed."""

    at: float
    table: str
    op: str
    code: str
    item: Item | None


@dataclass(frozen=True, slots=True)
class Expected:
    """What each table must hold, by its key."""

    old: Mapping[Key, Item]
    new: Mapping[Key, Item]


def read_journal(path: Path) -> list[Write]:
    """Read the writer's journal."""
    lines = (json.loads(line) for line in path.read_text().splitlines())
    return [Write(**{**line, "item": line["item"] and from_wire(line["item"])}) for line in lines]


def expect(loaded: Mapping[str, Item], journal: Iterable[Write], *, old: str, new: str) -> Expected:
    """Work out what both tables must hold."""
    first, second = dict(loaded), dict[str, Item | None]()
    for write in journal:
        if write.table == new:
            second[write.code] = write.item
        elif write.table != old:
            raise ValueError(f"a write went to {write.table}")
        elif write.item is None:
            del first[write.code]
        else:
            first[write.code] = write.item
    converted = {code: in_metres(item) for code, item in first.items()}
    final = [item for item in (converted | second).values() if item is not None]
    return Expected(
        old={(code,): item for code, item in first.items()},
        new={(item["country"], item["icao"]): item for item in final},
    )


def read_table(client: DynamoDBClient, table: str, keys: tuple[str, ...]) -> dict[Key, Item]:
    """Read a whole table, consistently."""
    found: dict[Key, Item] = {}
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for wire in page["Items"]:
            item = from_wire(wire)
            found[tuple(str(item[name]) for name in keys)] = item
    return found


def differences(wanted: Mapping[Key, Item], found: Mapping[Key, Item]) -> list[str]:
    """Say what is missing, what is too much, and what is different."""
    said = [f"missing: {' '.join(key)}" for key in sorted(wanted.keys() - found.keys())]
    said += [f"too much: {' '.join(key)}" for key in sorted(found.keys() - wanted.keys())]
    both = sorted(wanted.keys() & found.keys())
    said += [
        f"different: {' '.join(key)} {_change(wanted[key], found[key])}" for key in both if wanted[key] != found[key]
    ]
    return said


def _change(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    names = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    return ", ".join(f"{name}: {found.get(name)} instead of {wanted.get(name)}" for name in names)
