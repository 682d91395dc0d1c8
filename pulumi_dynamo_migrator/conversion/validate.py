"""Whether a target table takes an item, by DynamoDB's rules. Never repairs an item, never asks AWS.

It must come before a PartiQL batch: there, one item that is refused for such a fault rejects the whole request after
part of it was stored. Where AWS's rule is an approximation (sizes), this errs towards "it fits": AWS has the last word.
Source, where nothing else is said: "Quotas" and "Supported data types and naming rules", DynamoDB Developer Guide.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Any

from pulumi_dynamo_migrator.conversion.keys import TargetShape, key_of
from pulumi_dynamo_migrator.conversion.numbers import digit_count, number_problem
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.conversion.view import Wire

MAX_HASH_BYTES = 2048
MAX_RANGE_BYTES = 1024
MAX_ITEM_BYTES = 400 * 1024
MAX_WRAPS = 31
"""32 levels, and a value outside any list or map is level 1: 31 lists around a string pass, 32 do not."""


def validate(item: Wire, target: TargetShape) -> None:
    """Raise ItemError for the first reason why the target would not take this item."""
    validate_keys(item, target)
    if _surely_fits(item):
        return
    size = item_size(item)
    if size > MAX_ITEM_BYTES:
        raise ItemError(f"the item has {size:,} bytes, and an item has at most {MAX_ITEM_BYTES:,}")


def validate_keys(item: Wire, target: TargetShape) -> None:
    """Raise ItemError for a key or index key that the target would not take: enough for what AWS holds already."""
    key = key_of(item, target.keys)
    for position, (name, value) in enumerate(key.items()):
        _check_key(value, MAX_RANGE_BYTES if position else MAX_HASH_BYTES, f"the key attribute {name!r}")
    for index in target.indexes:
        for position, (name, kind) in enumerate(zip(index.names, index.types, strict=True)):
            value = item.get(name)
            if value is None:
                continue  # the index is sparse: an item without the attribute is not in it
            what = f"the attribute {name!r}, a key of the index {index.name!r},"
            if kind not in value:
                raise ItemError(f"{what} is of type {next(iter(value), 'nothing')}, and the index needs {kind}")
            _check_key(value, MAX_HASH_BYTES if position < index.hash_count else MAX_RANGE_BYTES, what)


def _surely_fits(item: Wire) -> bool:
    """Whether nothing is wrong with the item, told without its exact size: half the work for a usual item."""
    names = "".join(item)
    if not names.isascii():
        return False
    size = len(names) + len(item)
    try:
        for value in item.values():
            text = value.get("S")
            if text is None:
                size += _at_most(value)
            elif text.isascii():
                size += len(text)
            else:
                return False
    except (ItemError, UnicodeEncodeError):
        return False  # the one that measures says which attribute it is
    return size <= MAX_ITEM_BYTES


def _at_most(value: Wire) -> int:
    """A bound of the value's size, less one."""
    number = value.get("N")
    return _measure(value, 0) if number is None or number_problem(number) else len(number)


def item_size(item: Wire) -> int:
    """Give the bytes that DynamoDB counts for an item, checking each value on the way."""
    size = 0
    for name, value in item.items():
        try:
            size += _text_size(name) + _measure(value, 0)
        except ItemError as error:
            raise ItemError(f"{name}: {error.reason}") from None
        except UnicodeEncodeError:
            raise ItemError(f"{name!r}: a text holds half of a surrogate pair, which is no valid UTF-8") from None
    return size


def _check_key(value: Wire, limit: int, what: str) -> None:
    ((kind, payload),) = value.items()
    if kind == "N":
        problem = number_problem(payload)
        if problem:
            raise ItemError(f"{what} {problem}")
        return
    try:
        size = _SIZES[kind](payload)
    except UnicodeEncodeError:
        raise ItemError(f"{what} holds half of a surrogate pair, which is no valid UTF-8") from None
    if not size:
        raise ItemError(f"{what} is empty")
    if size > limit:
        raise ItemError(f"{what} has {size:,} bytes, and it may have {limit:,}")


def _measure(value: Wire, wraps: int) -> int:
    """Give the size of a value by DynamoDB's own rule, checking it on the way."""
    ((kind, payload),) = value.items()
    if kind == "S":  # most of what tables hold
        return len(payload) if payload.isascii() else len(payload.encode())
    sizer = _SIZES.get(kind)
    if sizer:
        return sizer(payload)
    if wraps >= MAX_WRAPS:
        raise ItemError("it is nested deeper than 32 levels")
    # "An attribute of type List or Map requires 3 bytes of overhead", and 1 more for each element.
    if kind == "M":
        return 3 + sum(1 + _text_size(name) + _measure(inner, wraps + 1) for name, inner in payload.items())
    return 3 + sum(1 + _measure(inner, wraps + 1) for inner in payload)


def _text_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _number_size(text: str) -> int:
    problem = number_problem(text)
    if problem:
        raise ItemError(f"the number {problem}")
    return (digit_count(text) + 1) // 2 + 1  # about one byte for two digits, and one


def _set_of(sizer: Callable[[str], int]) -> Callable[[list[str]], int]:
    def size(members: list[str]) -> int:
        if not members:
            raise ItemError("an empty set cannot be stored")
        return sum(map(sizer, members))

    return size


def _binary_size(text: str) -> int:
    return len(b64decode(text))


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": _text_size,
    "N": _number_size,
    "B": _binary_size,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": _set_of(_text_size),
    "NS": _set_of(_number_size),
    "BS": _set_of(_binary_size),
}
