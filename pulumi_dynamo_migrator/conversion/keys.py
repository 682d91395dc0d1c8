"""Keys and what a target table asks of an item. Never judges the rest of the item: that is validate.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi_dynamo_migrator.conversion.canonical import canonical
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.conversion.view import Wire


@dataclass(frozen=True, slots=True)
class KeySchema:
    """A table's key: hash attribute first, then the range attribute, if there is one."""

    names: tuple[str, ...]
    types: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"names": list(self.names), "types": list(self.types)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> KeySchema:
        return cls(names=tuple(data["names"]), types=tuple(data["types"]))


@dataclass(frozen=True, slots=True)
class IndexKeys:
    """The key attributes of one index; the first `hash_count` of them are its hash.

    A local index shares the table's hash: name only its range attribute, with `hash_count=0`.
    """

    name: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    hash_count: int = 1

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "names": list(self.names),
            "types": list(self.types),
            "hash_count": self.hash_count,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> IndexKeys:
        return cls(data["name"], tuple(data["names"]), tuple(data["types"]), data.get("hash_count", 1))


@dataclass(frozen=True, slots=True)
class TargetShape:
    """What an item must be to be put into a table."""

    keys: KeySchema
    indexes: tuple[IndexKeys, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"keys": self.keys.to_json(), "indexes": [index.to_json() for index in self.indexes]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> TargetShape:
        indexes = tuple(IndexKeys.from_json(index) for index in data["indexes"])
        return cls(keys=KeySchema.from_json(data["keys"]), indexes=indexes)


def key_of(item: Wire, schema: KeySchema) -> Wire:
    """Give only the key attributes, or raise ItemError when one is missing or of another type."""
    key: Wire = {}
    for name, kind in zip(schema.names, schema.types, strict=True):
        value = item.get(name)
        if value is None:
            raise ItemError(f"the key attribute {name!r} is missing")
        if kind not in value:
            raise ItemError(f"the key attribute {name!r} is of type {_kind(value)}, and the key is of type {kind}")
        key[name] = value
    return key


def canonical_key(item: Wire, schema: KeySchema) -> tuple[str, ...]:
    """Give a key (of an item, or a key alone) as text that equal keys share: ("S:lisbon", "N:5")."""
    return tuple([_canonical_text(value) for value in key_of(item, schema).values()])


def _canonical_text(value: Wire) -> str:
    text = value.get("S")
    if text is not None:
        return f"S:{text}"
    kind, form = canonical(value)
    return f"{kind}:{form}"


def _kind(value: Wire) -> str:
    return next(iter(value), "nothing")
