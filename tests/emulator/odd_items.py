"""Items that a migration cannot move, each with the words of its reason, and items at the edge that it must move.

The conversion is one that a user could have written; what an item asks of it stands in its attribute `do`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Plain = dict[str, Any]
MAX_LEVELS = 31
"""Lists or maps around a string: it is on level 32 then, the deepest that DynamoDB takes."""


def place(item: Plain) -> Any:
    """Give every item its new key; do to it what it asks for."""
    do = item.pop("do", "")
    item["place"] = item.pop("town", "nowhere")
    if do == "raise":
        raise ValueError("no price")
    if do == "give something else":
        return 5
    if do == "give it twice":
        return [item, {**item, "again": True}]
    if do == "lose the key":
        del item["place"]
    return {**item, **added(do, item)}


def added(do: str, item: Plain) -> Plain:
    """What an item asks to be added to it."""
    match do:
        case "change the old key":
            return {"id": item["id"] + "!"}
        case "add a set without members":
            return {"inside": {"deep": [set()]}}
        case "add a float":
            return {"price": 0.1}
        case "nest one level deeper":
            return {"deep": [item["deep"]]}
        case "divide":
            return {"share": Decimal(item["total"]) / 3}
        case "grow":
            return {"text": "x" * 420_000}
        case "fill up":
            used = sum(len(name) + len(value) for name, value in item.items()) + len("sign") + 2 + len("text")
            return {"sign": -1, "text": "x" * (409_600 - used)}
    return {}


def nested(levels: int) -> Any:
    """A string inside so many lists and maps."""
    value: Any = "leaf"
    for number in range(levels):
        value = [value] if number % 2 else {"x": value}
    return value


@dataclass(frozen=True, slots=True)
class Bad:
    """An item that cannot be moved, and the words that say why."""

    item: Plain
    why: str


BAD = {
    "raises": Bad({"do": "raise"}, "conversion 2 failed: ValueError: no price"),
    "lacks the key": Bad({"do": "lose the key"}, "the key attribute 'place' is missing"),
    "key of another type": Bad({"town": 5}, "'place' is of type N, and the key is of type S"),
    "key that is null": Bad({"town": None}, "'place' is of type NULL, and the key is of type S"),
    "empty key": Bad({"town": ""}, "'place' is empty"),
    "long key": Bad({"town": "é" * 513}, "1,026 bytes, and it may have 1,024"),
    "index key of another type": Bad({"height": "tall"}, "'height', a key of the index 'by_height', is of type S"),
    "index key that is null": Bad({"height": None}, "'height', a key of the index 'by_height', is of type NULL"),
    "no item": Bad({"do": "give something else"}, "conversion 2 returned a int"),
    "one key twice": Bad({"do": "give it twice"}, "two items with the same key"),
    "empty set inside": Bad({"do": "add a set without members"}, r"inside.deep\[0\]: an empty set"),
    "float": Bad({"do": "add a float"}, "price: the float 0.1"),
    "33 levels": Bad({"deep": nested(MAX_LEVELS), "do": "nest one level deeper"}, "deep: it is nested deeper than 32"),
    "too large": Bad({"do": "grow"}, "and an item has at most 409,600"),
    "number out of range": Bad({"total": Decimal("1E-130"), "do": "divide"}, "share: the number is out of range"),
}
"""By name, which is the item's id. DynamoDB takes each of them in the old table."""

UNFORESEEN = {"changes the old key": Bad({"do": "change the old key"}, "changes the key attribute 'id'")}
"""Only after the plan was made: had its sample held such an item, it would be another plan (two items may meet)."""

BY_A_BYTE = {"too large by a byte": Bad({"do": "fill up"}, "Item size has exceeded the maximum allowed size")}
"""By our count it just fits: DynamoDB has the last word, and counts another byte for the sign."""

GOOD: dict[str, Plain] = {
    "38 digits": {"a": Decimal("1" * 38), "b": Decimal("-0." + "0" * 80 + "1" * 38)},
    "largest and smallest": {"a": Decimal("9." + "9" * 37 + "E125"), "b": Decimal("-1E-130"), "c": Decimal(0)},
    "sets of numbers": {"a": {Decimal("1.5"), Decimal(-3), Decimal("1E100")}},
    "empty where it may be": {"a": "", "b": b"", "c": [], "d": {}, "e": {"f": ["", b"", {}, []]}},
    "32 levels": {"deep": nested(MAX_LEVELS)},
    "null": {"a": None, "b": [None, {"c": None}]},
    "missing, not null": {},
    "odd names": {
        "a.b": 1,
        "it's": 2,
        'say "hi"': 3,
        "select": 4,
        "with a space": 5,
        "back\\slash": 6,
        "#n": 7,
        ":v": 8,
        "?": 9,
        "日本 🧀": {"in.side": {'"': "'"}},
        "B": "no binary",
        "S": {"S": {"N": "5"}},
    },
    "odd values": {"a": "line\nbreak\u0000", "b": b"\x00\xff", "c": {b"\x00", b""}, "d": {"é", "e\u0301"}, "e": False},
    "nearly too large": {"text": "x" * 409_000},
    'key "it\'s" \\ {?}': {"town": "São 'Paulo' \\ \"x\" {?} 🧀"},
    "longest key": {"town": "é" * 512},
    "binary in maps": {"M": {"B": b"\x01", "BS": {b"\x02"}, "NULL": None}},
}
"""By name, which is the item's id."""


def mended(name: str) -> Plain:
    """The bad item of this name, as its owner puts it right."""
    return {"id": name, "town": "mended", "note": name}


def made(item: Plain) -> Plain:
    """What the new table must hold for a good item."""
    rest = {key: value for key, value in item.items() if key != "town"}
    return {**rest, "place": item.get("town", "nowhere")}
