"""Items at and beyond DynamoDB's limits, for one table: what validate.py says of them, DynamoDB must say too."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from pulumi_dynamo_migrator.conversion.keys import IndexKeys, KeySchema, TargetShape
from pulumi_dynamo_migrator.conversion.validate import MAX_ITEM_BYTES

SHAPE = TargetShape(
    KeySchema(("pk", "sk"), ("S", "N")),
    (IndexKeys("by_place", ("place", "at"), ("S", "B")), IndexKeys("by_height", ("height",), ("S",), hash_count=0)),
)
GOOD: dict[str, Any] = {"pk": {"S": "a"}, "sk": {"N": "1"}}


def wrapped(times: int) -> dict[str, Any]:
    """A string inside so many maps and lists."""
    value: dict[str, Any] = {"S": "leaf"}
    for number in range(times):
        value = {"L": [value]} if number % 2 else {"M": {"x": value}}
    return value


ACCEPTED: dict[str, dict[str, Any]] = {
    "a key": {},
    "no index key": {"other": {"S": ""}},
    "the longest hash": {"pk": {"S": "é" * 1024}},
    "the longest index keys": {"place": {"S": "x" * 2048}, "at": {"B": b64encode(b"x" * 1024).decode()}},
    "38 digits": {"n": {"N": "1" * 38 + "0" * 50}},
    "the largest number": {"n": {"N": "9." + "9" * 37 + "E125"}},
    "the smallest number": {"n": {"N": "-1E-130"}},
    "zero with an exponent": {"n": {"N": "0E-500"}},
    "32 levels": {"v": wrapped(31)},
    "empty maps and lists": {"m": {"M": {}}, "l": {"L": []}},
    "an empty string inside": {"l": {"L": [{"S": ""}]}},
}

# What is added to the good item (None: taken away), and words of the refusal.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no key": ({"sk": None}, "the key attribute 'sk' is missing"),
    "a key of another type": ({"sk": {"S": "1"}}, "'sk' is of type S, and the key is of type N"),
    "an empty key": ({"pk": {"S": ""}}, "'pk' is empty"),
    "a long hash": ({"pk": {"S": "é" * 1025}}, "2,050 bytes, and it may have 2,048"),
    "a key number out of range": ({"sk": {"N": "1E126"}}, "'sk' is out of range"),
    "an index key of another type": ({"place": {"N": "1"}}, "by_place.* is of type N, and the index needs S"),
    "an empty index key": ({"at": {"B": ""}}, "'at', a key of the index 'by_place', is empty"),
    "a long index range": ({"at": {"B": b64encode(b"x" * 1025).decode()}}, "1,025 bytes, and it may have 1,024"),
    "a long range of a local index": ({"height": {"S": "x" * 1025}}, "by_height.*1,025 bytes"),
    "39 digits": ({"n": {"N": "1" * 39}}, "n: the number has 39 digits"),
    "39 digits in a set inside": ({"l": {"L": [{"NS": ["1", "1." + "1" * 38]}]}}, "l: the number has 39 digits"),
    "a number out of range": ({"n": {"N": "1E-131"}}, "n: the number is out of range"),
    "an empty set inside": ({"m": {"M": {"s": {"SS": []}}}}, "m: an empty set"),
    "33 levels": ({"v": wrapped(32)}, "v: it is nested deeper than 32 levels"),
    "too large": ({"v": {"S": "x" * MAX_ITEM_BYTES}}, "409,60[0-9] bytes|409,6[0-9]{2} bytes"),
    "half a surrogate pair": ({"v": {"S": "\ud800"}}, "surrogate"),
    "half a surrogate pair in the key": ({"pk": {"S": "\ud800"}}, "surrogate"),
}
