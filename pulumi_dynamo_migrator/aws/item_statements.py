"""PartiQL texts and condition expressions of the item door. Pure: nothing is sent from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.replicate.tombstone import TOMBSTONE

# DynamoDB's limit for one PartiQL statement.
LONGEST_STATEMENT = 8192
# An expression holds at most 300 operators and functions: an equality and an AND for each attribute.
MOST_CONDITIONS = 149
LONGEST_EXPRESSION = 4096
_AND = len(" AND ")
_ABSENT = len("attribute_not_exists(#999) AND ")


@lru_cache(maxsize=4096)
def insert_statement(table: str, names: tuple[str, ...]) -> msgspec.Raw | None:
    """The INSERT for items with these attributes in this order, as JSON text; None when it would be too long."""
    doubled = table.replace('"', '""')
    pairs = ", ".join(f"{quoted(name)}: ?" for name in names)
    text = f'INSERT INTO "{doubled}" VALUE {{{pairs}}}'
    return msgspec.Raw(msgspec.json.encode(text)) if len(text.encode()) <= LONGEST_STATEMENT else None


def quoted(name: str) -> str:
    """An attribute name as a PartiQL string."""
    return "'" + name.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition expression with its names and values."""

    text: str
    names: dict[str, str]
    values: dict[str, Any]

    def fields(self) -> dict[str, Any]:
        """The request fields that carry it."""
        fields: dict[str, Any] = {"ConditionExpression": self.text, "ExpressionAttributeNames": self.names}
        return {**fields, "ExpressionAttributeValues": self.values} if self.values else fields


def absent(hash_key: str) -> Condition:
    """Nothing is there."""
    return Condition("attribute_not_exists(#0)", {"#0": hash_key}, {})


def unchanged(seen: WireItem, *, without: Iterable[str] = ()) -> Condition | None:
    """Every attribute that was seen is still the same; None when there are too many to say so in one expression.

    And none of `without` has come, as far as they fit in: what was added alone would not be noticed otherwise.
    """
    if len(seen) > MOST_CONDITIONS:
        return None
    names = {f"#{number}": name for number, name in enumerate(seen)}
    values = {f":{number}": value for number, value in enumerate(seen.values())}
    parts = [f"#{number} = :{number}" for number in range(len(seen))]
    room = min(MOST_CONDITIONS - len(seen), (LONGEST_EXPRESSION - sum(map(len, parts)) - _AND * len(parts)) // _ABSENT)
    for number, name in enumerate(sorted(set(without) - seen.keys())[:room], start=len(seen)):
        names[f"#{number}"] = name
        parts.append(f"attribute_not_exists(#{number})")
    return Condition(" AND ".join(parts), names, values)


def still_tombstone() -> Condition:
    """What is there is a tombstone."""
    return Condition("#0 = :0", {"#0": TOMBSTONE}, {":0": {"BOOL": True}})


def impossible(hash_key: str) -> Condition:
    """Something is there and is not: a request with it changes nothing and leaves no stream record."""
    return Condition("attribute_exists(#0) AND attribute_not_exists(#0)", {"#0": hash_key}, {})
