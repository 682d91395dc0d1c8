"""When two wire values are the same to DynamoDB: numbers by value, sets and maps without order. Never changes them."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Hashable
from hashlib import blake2b
from typing import Any

from pulumi_dynamo_migrator.conversion.numbers import number_text
from pulumi_dynamo_migrator.conversion.view import Wire


def canonical(value: Wire) -> tuple[str, Hashable]:
    """Give a wire *value* in a hashable form that equal values share."""
    ((kind, payload),) = value.items()
    return kind, _FORMS[kind](payload)


def canonical_item(item: Wire) -> tuple[tuple[str, Hashable], ...]:
    """Give a wire *item* in a hashable form that equal items share."""
    return tuple((name, canonical(item[name])) for name in sorted(item))


def equal(one: Wire, other: Wire) -> bool:
    """Whether two wire items, or two wire values, are the same to DynamoDB."""
    if one == other:
        return True
    if _is_value(one) != _is_value(other):
        return False
    if _is_value(one):
        return canonical(one) == canonical(other)
    return one.keys() == other.keys() and all(canonical(one[name]) == canonical(other[name]) for name in one)


def digest(item: Wire) -> bytes:
    """Give 16 bytes that equal items share, in every process and release of Python."""
    text = json.dumps(canonical_item(item), separators=(",", ":"))
    return blake2b(text.encode("ascii"), digest_size=16).digest()


def _is_value(wire: Wire) -> bool:
    """Whether this is {type: payload}, not {name: value}: the two alternate, so that only a map needs a look inside."""
    if len(wire) != 1:
        return False
    ((kind, payload),) = wire.items()
    return not isinstance(payload, dict) or (kind == "M" and not _is_value(payload))


def binary(text: str) -> str:
    """Give the one base64 text of these bytes."""
    return b64encode(b64decode(text)).decode("ascii")


_FORMS: dict[str, Callable[[Any], Hashable]] = {
    "S": str,
    "N": number_text,
    "B": binary,
    "BOOL": bool,
    "NULL": lambda _: True,
    "M": canonical_item,
    "L": lambda values: tuple(canonical(value) for value in values),
    "SS": lambda texts: tuple(sorted(texts)),
    "NS": lambda texts: tuple(sorted({number_text(text) for text in texts})),
    "BS": lambda texts: tuple(sorted({binary(text) for text in texts})),
}
