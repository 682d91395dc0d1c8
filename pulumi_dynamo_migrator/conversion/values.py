"""Between DynamoDB JSON (*wire*) and the plain Python values that conversions work on. Never says if an item is valid.

Binary is base64 *text* on the wire side, `bytes` on the plain one. Equal numbers decode to equal values of one type,
however they were spelt, so that a conversion cannot tell an item of the scan from the same item of the stream.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from pulumi_dynamo_migrator.conversion.canonical import canonical, canonical_item, digest, equal
from pulumi_dynamo_migrator.conversion.numbers import number, number_text
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.conversion.view import ItemView, Wire

__all__ = ["Wire", "canonical", "canonical_item", "decode", "digest", "encode", "equal", "number_text"]


def decode(item: Wire) -> ItemView:
    """Give the plain item, all of it new: whoever changes it changes nothing else."""
    try:
        return _map(item)
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise ItemError(f"not DynamoDB JSON: {type(error).__name__}: {error}") from error


def _map(attributes: Wire) -> ItemView:
    # Strings are most of what tables hold: they pass without a call.
    return ItemView({name: value["S"] if "S" in value else _plain(value) for name, value in attributes.items()})


def _list(values: list[Wire]) -> list[Any]:
    return [_plain(value) for value in values]


def _plain(value: Wire) -> Any:
    ((kind, payload),) = value.items()
    return _DECODERS[kind](payload)


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "S": lambda text: text,
    "N": number,
    "B": b64decode,
    "BOOL": bool,
    "NULL": lambda _: None,
    "M": _map,
    "L": _list,
    "SS": set,
    "NS": lambda texts: {number(text) for text in texts},
    "BS": lambda texts: {b64decode(text) for text in texts},
}


class _Refused(Exception):  # noqa: N818  (never seen outside this module)
    """A value that has no wire form; the containers on the way up put their step before the path."""

    def __init__(self, reason: str) -> None:
        self.path = ""
        self.reason = reason


def encode(plain: dict[str, Any]) -> Wire:
    """Give the wire item, or raise ItemError with the path of the value that DynamoDB has no type for."""
    try:
        return _encode_entries(plain)
    except _Refused as refused:
        raise ItemError(f"{refused.path.lstrip('.')}: {refused.reason}") from None
    except RecursionError:
        raise ItemError("nested without end") from None


def _encode(value: Any) -> Wire:
    encoder = _ENCODERS.get(type(value))
    return encoder(value) if encoder else _encode_subclass(value)


def _encode_subclass(value: Any) -> Wire:
    for base in type(value).__mro__[1:]:
        encoder = _ENCODERS.get(base)
        if encoder:
            return encoder(value)
    raise _Refused(f"a {type(value).__name__} cannot be stored in DynamoDB")


def _encode_entries(entries: dict[Any, Any]) -> Wire:
    wire: Wire = {}
    for name, value in entries.items():
        if not isinstance(name, str):
            raise _Refused(f"the name {name!r} is a {type(name).__name__}, and names are str")
        try:
            kind = type(value)
            if kind is str:
                wire[name] = {"S": value}
            else:
                encoder = _ENCODERS.get(kind)
                wire[name] = encoder(value) if encoder else _encode_subclass(value)
        except _Refused as refused:
            refused.path = f".{name}{refused.path}"
            raise
    return wire


def _encode_list(values: Iterable[Any]) -> Wire:
    wire: list[Wire] = []
    for index, value in enumerate(values):
        try:
            wire.append(_encode(value))
        except _Refused as refused:
            refused.path = f"[{index}]{refused.path}"
            raise
    return {"L": wire}


def _encode_int(value: int) -> Wire:
    try:
        return {"N": int.__repr__(value)}  # an Enum of ints has a text of its own
    except ValueError:  # Python writes no int of more than 4,300 digits
        raise _Refused("this number has thousands of digits, and a number has at most 38") from None


def _encode_decimal(value: Decimal) -> Wire:
    if not value.is_finite():
        raise _Refused(f"{value} is not a number that can be stored")
    return {"N": number_text(str(value))}


def _encode_float(value: float) -> Wire:
    raise _Refused(f"the float {value!r} is not exact and is refused: use an int, or decimal.Decimal(str(x))")


def _encode_bytes(value: bytes | bytearray) -> Wire:
    return {"B": b64encode(value).decode("ascii")}


_SET_TYPES = {"S": "SS", "N": "NS", "B": "BS"}


def _encode_set(values: Iterable[Any]) -> Wire:
    wires = [_encode(value) for value in values]
    if not wires:
        raise _Refused("an empty set cannot be stored: leave the attribute out")
    kinds = {kind for wire in wires for kind in wire}
    kind = kinds.pop()
    if kinds or kind not in _SET_TYPES:
        raise _Refused("a set holds only str, only numbers or only bytes")
    # Sorted: the same set is written the same way in every process.
    return {_SET_TYPES[kind]: sorted(wire[kind] for wire in wires)}


_ENCODERS: dict[type, Callable[[Any], Wire]] = {
    str: lambda text: {"S": str.__str__(text)},  # of a StrEnum too: its own text, as a plain str
    bool: lambda flag: {"BOOL": flag},
    type(None): lambda _: {"NULL": True},
    int: _encode_int,
    float: _encode_float,
    Decimal: _encode_decimal,
    bytes: _encode_bytes,
    bytearray: _encode_bytes,
    dict: lambda entries: {"M": _encode_entries(entries)},
    ItemView: lambda entries: {"M": _encode_entries(entries)},
    list: _encode_list,
    tuple: _encode_list,
    set: _encode_set,
    frozenset: _encode_set,
}
