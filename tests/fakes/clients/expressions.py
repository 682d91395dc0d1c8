"""DynamoDB's condition and update expressions in memory, as far as the ledger writes them: flat, no brackets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Item = dict[str, Any]


def holds(asked: Mapping[str, Any], item: Item | None, *, name: str = "ConditionExpression") -> bool:
    """Whether a request's condition holds for the item that is there (None: none is)."""
    text = asked.get(name)
    if text is None:
        return True
    return any(all(_true(term.strip(), item or {}, asked) for term in one.split(" AND ")) for one in text.split(" OR "))


def changed(asked: Mapping[str, Any], item: Item) -> Item:
    """The item as the request's update leaves it."""
    after = dict(item)
    parts = re.split(r"\b(SET|ADD)\b", asked["UpdateExpression"])[1:]
    for verb, text in zip(parts[::2], parts[1::2], strict=True):
        for one in text.split(","):
            name, value = re.split(r"\s*=\s*|\s+", one.strip(), maxsplit=1)
            attribute, given = _name(name, asked), asked["ExpressionAttributeValues"][value]
            if verb == "ADD":
                given = {"N": str(Decimal(after.get(attribute, {"N": "0"})["N"]) + Decimal(given["N"]))}
            after[attribute] = given
    return after


def _true(term: str, item: Item, asked: Mapping[str, Any]) -> bool:
    function = re.fullmatch(r"(\w+)\((#?\w+)(?:, (:\w+))?\)", term)
    if function:
        attribute = item.get(_name(function[2], asked))
        if function[1] == "begins_with":
            return attribute is not None and attribute["S"].startswith(
                asked["ExpressionAttributeValues"][function[3]]["S"]
            )
        return (attribute is None) is {"attribute_not_exists": True, "attribute_exists": False}[function[1]]
    left, operator, right = re.fullmatch(r"(#?\w+) (=|<>|<|>=) (:\w+)", term).groups()  # type: ignore[union-attr]
    there, given = item.get(_name(left, asked)), asked["ExpressionAttributeValues"][right]
    if operator in {"<", ">="}:
        return there is not None and (Decimal(there["N"]) < Decimal(given["N"])) is (operator == "<")
    return (there is not None and _plain(there) == _plain(given)) is (operator == "=")


def _plain(value: Mapping[str, Any]) -> Any:
    return Decimal(value["N"]) if "N" in value else value


def _name(text: str, asked: Mapping[str, Any]) -> str:
    return str(asked["ExpressionAttributeNames"][text]) if text.startswith("#") else text
