"""Tables that are made up page by page behind the real item door: as large as one likes, and held by nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

SOURCE, TARGET = "source", "target"
PAGE = 1_000_000  # bytes, as DynamoDB's


@dataclass(frozen=True)
class Case:
    """So many items of such a size, of which a part differs."""

    items: int
    size: int
    differing: float

    def item(self, table: str, number: int) -> dict[str, Any]:
        """One item of a table."""
        item = {"id": {"S": f"item-{number:09}"}, "n": {"N": str(number)}, "text": {"S": "x" * self.size}}
        wrong = table == TARGET and number < self.items * self.differing
        return {**item, "n": {"N": "-1"}} if wrong else item


class MadeUp:
    """A wire that makes tables up: scans and reads answer as DynamoDB does, inserts vanish."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._page = max(1, PAGE // (case.size + 60))

    def call(self, operation: str, body: bytes, *, at: float) -> bytes:  # noqa: ARG002 - signed by nobody
        """Answer one request."""
        asked = msgspec.json.decode(body)
        told = {"Scan": self._scan, "BatchExecuteStatement": self._insert, "BatchGetItem": self._get}[operation](asked)
        return msgspec.json.encode(told)

    def _scan(self, asked: dict[str, Any]) -> dict[str, Any]:
        segment, total = asked.get("Segment", 0), asked.get("TotalSegments", 1)
        start = number_of(asked["ExclusiveStartKey"]) + total if "ExclusiveStartKey" in asked else segment
        numbers = range(start, self._case.items, total)[: self._page]
        told: dict[str, Any] = {"Items": [self._case.item(asked["TableName"], number) for number in numbers]}
        if numbers and numbers[-1] + total < self._case.items:
            told["LastEvaluatedKey"] = {"id": told["Items"][-1]["id"]}
        return told

    def _insert(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"Responses": [{} for _ in asked["Statements"]]}

    def _get(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {
            "Responses": {
                table: [self._case.item(table, number_of(key)) for key in keys["Keys"]]
                for table, keys in asked["RequestItems"].items()
            }
        }


def number_of(key: dict[str, Any]) -> int:
    """The number of the item with this key."""
    return int(key["id"]["S"].removeprefix("item-"))
