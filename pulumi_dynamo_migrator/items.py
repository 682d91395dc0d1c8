"""The data path's view of DynamoDB: pages, conditional writes, answers. A port: it never talks to anything.

`aws/items.py` carries it out; tests/fakes/items.py stands in for it under the same contract tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import msgspec

from pulumi_dynamo_migrator.conversion.keys import KeySchema

WireItem = dict[str, dict[str, Any]]
# A page's item whose values are still the page's bytes: an identity copy never decodes them.
RawItem = dict[str, msgspec.Raw]
# Whatever may be written: a wire item, or a raw one.
AnyItem = Mapping[str, Any]

INSERT_BATCH = 25  # BatchExecuteStatement takes no more statements
READ_BATCH = 100  # BatchGetItem takes no more keys


class Outcome(Enum):
    """What became of one insert."""

    INSERTED = "inserted"
    PRESENT = "present"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one insert; `why` DynamoDB refused the item."""

    outcome: Outcome
    why: str = ""


INSERTED = Answer(Outcome.INSERTED)
PRESENT = Answer(Outcome.PRESENT)


class Inserted(msgspec.Struct, frozen=True, gc=False):
    """One answer per item, in order, the write units it took, and how many attempts were throttled before."""

    answers: tuple[Answer, ...]
    units: float = 0.0
    throttled: int = 0


class _RawItems(msgspec.Struct, rename="pascal"):
    items: list[RawItem] = []


class _WireItems(msgspec.Struct, rename="pascal"):
    items: list[dict[str, Any]] = []


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a segment; without a cursor it was the last one.

    `count`: how many items it holds; `throttled`: how many attempts were, before this answer.

    `text` is DynamoDB's answer, `{"Items": [...]}`, decoded as far as the one who asks needs it, for each asking anew:
    all items of a page in one go cost a fraction of what each of them costs alone.
    """

    text: bytes
    cursor: bytes | None = None
    units: float = 0.0
    count: int = 0
    throttled: int = 0

    @property
    def size(self) -> int:
        """The answer's length in bytes."""
        return len(self.text)

    def raw_items(self) -> list[RawItem]:
        """The items with their values as the page's bytes."""
        return _RAW_ITEMS.decode(self.text).items

    def wire_items(self) -> list[WireItem]:
        """The items, decoded."""
        return _WIRE_ITEMS.decode(self.text).items


_RAW_ITEMS = msgspec.json.Decoder(_RawItems)
_WIRE_ITEMS = msgspec.json.Decoder(_WireItems)


class Items(Protocol):
    """Items of tables. Every call is retried until it has an answer, or its guard or its budget says no."""

    @property
    def last_unknown(self) -> float | None:
        """When the outcome of a request was last unknown (epoch seconds), if ever."""

    def scan_page(
        self,
        table: str,
        *,
        segment: int,
        total: int,
        cursor: bytes | None,
        limit: int | None = None,
        consistent: bool = True,
    ) -> Page:
        """The page of one segment that begins after `cursor`."""

    def insert_if_absent(self, table: str, items: Sequence[AnyItem], *, hash_key: str) -> Inserted:
        """Insert at most 25 items with different keys, never over anything; a retry may find its own item PRESENT."""

    def get_items(self, table: str, keys: Sequence[WireItem]) -> list[WireItem]:
        """Those of the keys (all different) that are there, in any order, read consistently."""

    def get_item(self, table: str, key: WireItem) -> WireItem | None:
        """One item, read consistently."""

    def put_if_equal(self, table: str, item: WireItem, *, seen: WireItem | None, hash_key: str) -> bool:
        """Put the item if what is there still has every attribute of `seen`, and none else of the item's.

        `seen` None: if nothing is there. An attribute that neither of the two has is not noticed.
        """

    def delete_if_equal(self, table: str, key: WireItem, *, seen: WireItem) -> bool:
        """Delete the item if it still has every attribute of `seen`."""

    def delete_if_tombstone(self, table: str, key: WireItem) -> bool:
        """Delete the item if it is a tombstone."""

    def write_denied(self, table: str, key: WireItem) -> bool:
        """Whether a delete that can never come true (it changes nothing) is denied before it is even looked at.

        A caller that was never allowed to delete is denied too: ask before a fence is put up, and expect False.
        """


def decoded(item: AnyItem) -> WireItem:
    """The wire item of a raw one; one that is a wire item already, as it is."""
    return {
        name: msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value for name, value in item.items()
    }


def page_of(items: Sequence[WireItem], *, cursor: bytes | None = None, units: float = 0.0) -> Page:
    """A page that holds these items."""
    return Page(msgspec.json.encode({"Items": items}), cursor, units, count=len(items))


_PROBE: WireItem = {
    "S": {"S": "pulumi-dynamo-migrator:probe"},
    "N": {"N": "-7.7034193702341917703941937023419177039e-119"},
    "B": {"B": "cHVsdW1pLWR5bmFtby1taWdyYXRvcjpwcm9iZQ=="},  # the text of the string
}


def probe_key(schema: KeySchema) -> WireItem:
    """A key of the right types that no application uses, for `write_denied`."""
    return {name: dict(_PROBE[kind]) for name, kind in zip(schema.names, schema.types, strict=True)}
