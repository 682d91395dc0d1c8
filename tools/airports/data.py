"""The demo's airports: as version 1 stores them, and as version 2 must. Pure; knows nothing of the package.

The data is PyPI's `airportsdata`. `in_metres` says again, in its own words, what the program's conversion does: the
proof must not lean on what it proves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import airportsdata
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

Item = dict[str, Any]
HELD_BACK = 40
"""One airport in so many is not loaded: those are built while the migration runs."""


@dataclass(frozen=True, slots=True)
class Airports:
    """Every airport by its ICAO code: those in the table from the start, and those that open later."""

    loaded: Mapping[str, Item]
    later: Mapping[str, Item]


def read_airports() -> Airports:
    """Read them all, in the order of their codes."""
    found = sorted(airportsdata.load().items())
    items = {code: _version_1(facts) for code, facts in found}
    later = {code for number, code in enumerate(items) if number % HELD_BACK == 0}
    return Airports(
        loaded={code: item for code, item in items.items() if code not in later},
        later={code: item for code, item in items.items() if code in later},
    )


def _version_1(facts: Mapping[str, Any]) -> Item:
    texts = {name: facts[name] for name in ("icao", "country", "name", "city", "subd", "iata", "tz") if facts[name]}
    numbers = {"elevation_ft": facts["elevation"], "lat": facts["lat"], "lon": facts["lon"]}
    return {**texts, **{name: Decimal(str(number)).normalize() for name, number in numbers.items()}}


def in_metres(item: Mapping[str, Any]) -> Item:
    """Give an item of version 1 as version 2 must hold it."""
    metres = (item["elevation_ft"] * Decimal("0.3048")).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return {name: value for name, value in item.items() if name != "elevation_ft"} | {"elevation_m": metres}


def to_wire(item: Mapping[str, Any]) -> dict[str, Any]:
    """Give an item as DynamoDB JSON."""
    serializer = TypeSerializer()
    return {name: serializer.serialize(value) for name, value in item.items()}


def from_wire(item: Mapping[str, Any]) -> Item:
    """Read an item of DynamoDB JSON."""
    deserializer = TypeDeserializer()
    return {name: deserializer.deserialize(value) for name, value in item.items()}
