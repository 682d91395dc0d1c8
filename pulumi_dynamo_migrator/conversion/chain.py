"""Source item → target items, through every conversion that lies between two versions. Never writes, never asks AWS.

The backfill and the replicator go through the same chain: what it gives must depend on the item alone.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pulumi_dynamo_migrator.conversion.canonical import equal
from pulumi_dynamo_migrator.conversion.keys import KeySchema, TargetShape, canonical_key, key_of
from pulumi_dynamo_migrator.conversion.load import load
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.conversion.numbers import number_text
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.conversion.source import CapturedSource
from pulumi_dynamo_migrator.conversion.validate import validate, validate_keys
from pulumi_dynamo_migrator.conversion.values import Wire, decode, encode

Step = Callable[[Wire], Iterable[Wire]]


@dataclass(frozen=True, slots=True)
class SourceLink:
    """A conversion that the user wrote."""

    number: int
    source: CapturedSource

    def step(self) -> Step:
        function = load(self.source)
        number = self.number

        def convert(item: Wire) -> list[Wire]:
            plain = decode(item)  # all new: the function may change its argument
            try:
                result = function(plain)
            except (Exception, SystemExit) as error:  # the user's code: whatever it raises is this item's
                raise ItemError(f"conversion {number} failed: {type(error).__name__}: {error}") from error
            results = _results(result, number)
            try:
                return [encode(one) for one in results]
            except ItemError as error:
                raise ItemError(f"conversion {number} returned an item that cannot be stored: {error.reason}") from None

        return convert


@dataclass(frozen=True, slots=True)
class RetypeLink:
    """The built-in change of key attributes' types, where one exists that keeps different keys different."""

    attributes: tuple[tuple[str, str, str], ...]
    """(name, from type, to type)."""

    def step(self) -> Step:
        def convert(item: Wire) -> list[Wire]:
            changed = {
                name: {to: _retyped(name, item[name][kind], kind, to)}
                for name, kind, to in self.attributes
                if kind in item.get(name, ())  # absent or of another type: the target's own check says so
            }
            return [{**item, **changed}]

        return convert


ConversionLink = SourceLink | RetypeLink


@dataclass(frozen=True, slots=True)
class Chain:
    """All links between two versions, and what must hold of their results. No links: the identity."""

    links: tuple[ConversionLink, ...]
    meeting: Meeting
    source_keys: KeySchema
    target: TargetShape
    _steps: tuple[Step, ...] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_steps", tuple(link.step() for link in self.links))

    def apply(self, item: Wire) -> list[Wire]:
        """Give the target items of one source item (none: it is dropped), or raise ItemError. Never changes `item`."""
        if not self._steps:
            # AWS holds this very item: only what is new in the target can refuse it.
            validate_keys(item, self.target)
            self._check_kept(item, item)
            return [item]
        items = [item]
        for step in self._steps:
            items = [result for one in items for result in step(one)]
        for result in items:
            validate(result, self.target)
            self._check_kept(item, result)
        self._check_distinct(items)
        return items

    def _check_kept(self, item: Wire, result: Wire) -> None:
        if self.meeting is not Meeting.SEPARATE:
            return
        for name in self.source_keys.names:
            kept = name in self.target.keys.names and name in item and equal(item[name], result[name])
            if not kept:
                raise ItemError(
                    f"the conversion changes the key attribute {name!r}, which it was taken to keep"
                    " (two items could meet at one key)"
                )

    def _check_distinct(self, items: list[Wire]) -> None:
        if len(items) < 2:
            return
        seen: set[tuple[str, ...]] = set()
        for one in items:
            key = canonical_key(one, self.target.keys)
            if key in seen:
                raise ItemError(f"the conversion gives two items with the same key {' / '.join(key)}")
            seen.add(key)

    def to_json(self) -> dict[str, Any]:
        return {
            "links": [_link_to_json(link) for link in self.links],
            "meeting": self.meeting.value,
            "source_keys": self.source_keys.to_json(),
            "target": self.target.to_json(),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Chain:
        return cls(
            links=tuple(_link_from_json(link) for link in data["links"]),
            meeting=Meeting(data["meeting"]),
            source_keys=KeySchema.from_json(data["source_keys"]),
            target=TargetShape.from_json(data["target"]),
        )


def key_through(chain: Chain, keys: Wire) -> Wire:
    """Give the target key of the source item with these keys: for a chain whose target keys depend on them alone.

    A conversion that keeps the key is not asked; the chain checks on every item that it does.
    """
    key = keys
    for link in chain.links:
        if isinstance(link, RetypeLink):
            (key,) = link.step()(key)
        elif chain.meeting is not Meeting.SEPARATE:
            raise LookupError(f"the target key of {keys} depends on more than the source key")
    return key_of(key, chain.target.keys)


def _results(result: Any, number: int) -> list[dict[str, Any]]:
    if result is None:
        return []
    if isinstance(result, dict):
        return [result]
    if not isinstance(result, list | tuple):
        raise ItemError(
            f"conversion {number} returned a {type(result).__name__}: it must return an item, a list of items, or None"
        )
    for one in result:
        if not isinstance(one, dict):
            raise ItemError(
                f"conversion {number} returned a list with a {type(one).__name__} in it: each must be an item"
            )
    return list(result)


def _retyped(name: str, payload: str, kind: str, to: str) -> str:
    if (kind, to) == ("N", "S"):
        return number_text(payload)
    if (kind, to) == ("S", "B"):
        return b64encode(payload.encode()).decode("ascii")
    raise ItemError(f"the attribute {name!r} cannot change from {kind} to {to} by itself: that needs a conversion")


def _link_to_json(link: ConversionLink) -> dict[str, Any]:
    if isinstance(link, SourceLink):
        return {"number": link.number, "source": link.source.to_json()}
    return {"retype": [list(attribute) for attribute in link.attributes]}


def _link_from_json(data: dict[str, Any]) -> ConversionLink:
    if "source" in data:
        return SourceLink(number=data["number"], source=CapturedSource.from_json(data["source"]))
    return RetypeLink(attributes=tuple((name, kind, to) for name, kind, to in data["retype"]))
