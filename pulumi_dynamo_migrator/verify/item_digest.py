"""The digest of one item: 16 bytes that items share when they are equal to DynamoDB, and no others do.

The same law as `conversion.canonical.digest`, whose values it does not share, at a tenth of its time: most values are
canonical as they come, and what is not is respelt in a copy. `raw_digest` takes every value as it is spelt: no other
item has it either, but an equal one that is spelt in another way does not, so it is for a first look. Never changes an
item.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import Any

import msgspec

from pulumi_dynamo_migrator.conversion import canonical
from pulumi_dynamo_migrator.conversion.numbers import number_text
from pulumi_dynamo_migrator.items import RawItem, WireItem

SIZE = 16

_encode = msgspec.json.Encoder(order="deterministic").encode


def item_digest(item: WireItem) -> bytes:
    """Give the digest."""
    respelt: dict[str, Any] = {}
    for name, value in item.items():
        for kind, payload in value.items():
            if kind == "S":
                continue
            form = _FORMS[kind](payload)
            if form is not payload:
                respelt[name] = {kind: form}
    try:
        names, ordered = _order(tuple(item))
        text = _encode(ordered({**item, **respelt} if respelt else item))
    except UnicodeEncodeError:  # half of a surrogate pair: DynamoDB holds none, a conversion may make one
        return canonical.digest(item)
    return blake2b(names + text[1:-1], digest_size=SIZE).digest()


def raw_digest(item: RawItem) -> bytes:
    """Give the digest of what is written here; `item_digest` of a canonical item in compact JSON is the same."""
    names, ordered = _order(tuple(item))
    return blake2b(names + b",".join(ordered(item)), digest_size=SIZE).digest()


@lru_cache(maxsize=4096)
def _order(names: tuple[str, ...]) -> tuple[bytes, Callable[[Any], Sequence[Any]]]:
    """The names in their order as text, and what gives an item's values in it."""
    ordered = sorted(names)
    get = itemgetter(*ordered) if len(ordered) > 1 else lambda item: [item[name] for name in ordered]
    return msgspec.json.encode(ordered), get


def _value(value: dict[str, Any]) -> dict[str, Any]:
    ((kind, payload),) = value.items()
    return {kind: _FORMS[kind](payload)}


_FORMS: dict[str, Callable[[Any], Any]] = {
    "S": lambda text: text,
    "N": number_text,
    "B": canonical.binary,
    "BOOL": bool,
    "NULL": lambda _: True,
    "M": lambda entries: {name: _value(value) for name, value in entries.items()},
    "L": lambda values: [_value(value) for value in values],
    "SS": sorted,
    "NS": lambda texts: sorted({number_text(text) for text in texts}),
    "BS": lambda texts: sorted({canonical.binary(text) for text in texts}),
}
