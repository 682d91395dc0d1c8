"""A whole migration of items that cannot be moved, and of items at every edge: by the copy and by live writes.

Under "stop" nothing moves on and nothing is lost; under "skip" what cannot be moved is kept, counted and shown, and the
new table is served only when the user says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Context, Decimal
from itertools import count
from typing import Any
from zlib import decompress

import pytest

from pulumi_dynamo_migrator import Conversion
from tests.emulator.life import Life, urn_of
from tests.emulator.odd_items import BAD, BY_A_BYTE, GOOD, UNFORESEEN, Plain, made, mended, place
from tests.emulator.proxy import Proxy
from tests.eventually import eventually
from tests.soaking import Tally
from tests.stacks.account import Account, wire
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

OLD: dict[str, Any] = {"hash_key": "id", "attributes": {"id": "S"}}
NEW: dict[str, Any] = {
    "hash_key": "id",
    "range_key": "place",
    "attributes": {"id": "S", "place": "S", "height": "N"},
    "global_secondary_indexes": [{"name": "by_height", "hash_key": "height"}],
    "conversions": [Conversion(2, place).as_property()],
}
LIVE = "live "
"""The ids of what is written while the replicator is at work begin so."""

_numbers = count(1)


class Migrating:
    """One resource's life, and what its table should hold."""

    def __init__(self, life: Life, account: Account) -> None:
        self.life = life
        self.account = account
        self.source = self.up(OLD)["name"]
        self.held: dict[str, Plain] = {}

    def up(self, asked: dict[str, Any], **how: Any) -> dict[str, Any]:
        return self.life.up({**asked, "migration": {"function_timeout": 3, **how}, "__urn": self.life.urn})

    def put(self, *items: Plain) -> None:
        self.account.put(self.source, items)
        self.held |= {item["id"]: item for item in items}

    def delete(self, name: str) -> None:
        self.account.delete(self.source, {"id": name})
        del self.held[name]

    def failed(self) -> dict[str, dict[str, Any]]:
        """The rows of the items that could not be moved, by the item's id."""
        rows = [row for row in self.account.ledger(under="migration#") if row["sk"].startswith("failed#")]
        return {json.loads(row["key"])[0].removeprefix("S:"): row for row in rows}

    def untouched(self) -> bool:
        return self.items(self.source) == texts_of(map(wire, self.held.values()))

    def items(self, table: str) -> list[str]:
        """Every item as a text (boto3 reads no number of more than 38 places, zeros or not)."""
        pages = self.account.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return texts_of(item for page in pages for item in page["Items"])


def texts_of(items: Iterable[Mapping[str, Any]]) -> list[str]:
    """Wire items as texts that equal items share, sorted."""
    return sorted(json.dumps(normal(dict(item)), sort_keys=True) for item in items)


def normal(wire_value: Any) -> Any:
    """Numbers without a spelling, sets without an order, bytes as text."""
    if isinstance(wire_value, dict):
        return {name: _NORMAL.get(name, normal)(value) for name, value in wire_value.items()}
    if isinstance(wire_value, list):
        return [normal(value) for value in wire_value]
    return wire_value.hex() if isinstance(wire_value, bytes) else wire_value


def _number(text: Any) -> Any:
    return str(Decimal(text).normalize(Context(prec=200))) if isinstance(text, str) else normal(text)


def _members(values: Any) -> Any:
    return sorted(map(normal, values)) if isinstance(values, list) else normal(values)


def _numbers_of(values: Any) -> Any:
    return sorted(map(_number, values)) if isinstance(values, list) else normal(values)


_NORMAL = {"N": _number, "NS": _numbers_of, "SS": _members, "BS": _members}


@pytest.fixture
def migrating(aws: EmbeddedAws) -> Iterator[Migrating]:
    aws.reset()
    with Proxy(aws.endpoint) as proxy:
        yield Migrating(Life(aws, proxy, urn_of(f"odd{next(_numbers)}")), Account(aws))
    aws.reset()


BAD_ITEMS: list[Plain] = [{"id": name, **bad.item} for name, bad in BAD.items()]
BY_A_BYTE_ITEMS: list[Plain] = [{"id": name, **bad.item} for name, bad in BY_A_BYTE.items()]
BAD_LIVE: list[Plain] = [{"id": LIVE + name, **bad.item} for name, bad in {**BAD, **BY_A_BYTE, **UNFORESEEN}.items()]
GOOD_ITEMS: list[Plain] = [{"id": name, **item} for name, item in GOOD.items()]
GOOD_LIVE: list[Plain] = [{"id": LIVE + name, **item} for name, item in GOOD.items()]


def says_why(row: dict[str, Any], item: Plain) -> None:
    """A kept item says why, and holds the image it was refused with."""
    name = item["id"].removeprefix(LIVE)
    assert re.search({**BAD, **BY_A_BYTE, **UNFORESEEN}[name].why, row["reason"]), (name, row["reason"])


def image_of(row: dict[str, Any]) -> Any:
    packed = row.get("image_z")
    return json.loads(row["image"] if packed is None else decompress(packed.value))


def all_are_kept(migrating: Migrating, items: list[Plain], *, by: str) -> None:
    def are() -> None:
        failed = migrating.failed()
        assert {item["id"] for item in items} <= failed.keys()
        for item in items:
            row = failed[item["id"]]
            says_why(row, item)
            assert row["by"] == by
            assert texts_of([image_of(row)]) == texts_of([wire(item)])

    eventually(are, within=90)


def the_replicator_stands_at_an_item(migrating: Migrating) -> None:
    """Which of them depends on what the first batch held: nothing behind it is taken before it is mended."""
    failed = {name: row for name, row in migrating.failed().items() if name.startswith(LIVE)}
    assert failed
    for item in BAD_LIVE:
        if item["id"] in failed:
            says_why(failed[item["id"]], item)
    failing = [row for row in migrating.account.ledger(under="migration#") if row["sk"].startswith("failing#")]
    assert any(row["reason"] in one["error"] for row in failed.values() for one in failing)


def test_under_stop_nothing_moves_on_until_every_item_is_mended(migrating: Migrating, tally: Tally) -> None:
    migrating.put(*GOOD_ITEMS, *BAD_ITEMS, *BY_A_BYTE_ITEMS)
    for _ in range(2):  # the second one stops at the same page
        told = migrating.up(NEW)
        assert (told["phase"], told["version"], told["name"]) == ("failed", 1, migrating.source)
        assert f"{len(BAD)} items of table {migrating.source} cannot be copied" in told["error"]
        assert f"(and {len(BAD) - 3} more on the same page)" in told["error"]
        assert migrating.untouched()
    all_are_kept(migrating, BAD_ITEMS, by="backfill")

    migrating.put(*BAD_LIVE, *GOOD_LIVE)
    eventually(lambda: the_replicator_stands_at_an_item(migrating), within=90)
    told = migrating.up(NEW)
    assert (told["phase"], told["version"]) == ("failed", 1)
    assert migrating.untouched()

    migrating.put(*[mended(item["id"]) for item in BAD_ITEMS + BY_A_BYTE_ITEMS + BAD_LIVE])
    told = migrating.up(NEW)
    assert (told["phase"], told["version"], told.get("error"), told["failed_items"]) == ("ready", 2, None, 0)
    assert migrating.failed() == {}
    assert migrating.untouched()
    expected = texts_of(wire(made(item)) for item in migrating.held.values())
    assert migrating.items(told["name"]) == expected
    tally.add("items that cannot be moved", len(BAD_ITEMS + BAD_LIVE))
    tally.acknowledged(writes=len(expected), lost=0)


def test_under_skip_what_cannot_be_moved_is_kept_and_served_without_only_when_told(
    migrating: Migrating, tally: Tally
) -> None:
    turning = {"id": "turns bad", "note": "first"}
    outgrowing = {"id": "outgrows it", "note": "first"}
    bad = [*BAD_ITEMS, *BY_A_BYTE_ITEMS]
    migrating.put(*GOOD_ITEMS, *bad, turning, outgrowing, mended("turns good") | {"do": "raise"})
    told = migrating.up(NEW, on_item_error="skip")
    assert (told["phase"], told["version"], told["failed_items"]) == ("failed", 1, len(bad) + 1), told["error"]
    assert f"{len(bad) + 1} item(s) of {migrating.source} could not be moved" in told["error"]
    assert "accept_failed_items" in told["error"]
    all_are_kept(migrating, bad, by="backfill")

    turned = [{**turning, "do": "raise"}, {"id": "outgrows it", "do": "fill up"}, mended("turns good")]
    migrating.put(*BAD_LIVE, *GOOD_LIVE, *turned)
    all_are_kept(migrating, BAD_LIVE, by="replicator")
    left = {item["id"] for item in [*bad, *BAD_LIVE, turning, outgrowing]}
    eventually(lambda: kept_are(migrating, left), within=90)
    told = migrating.up(NEW, on_item_error="skip")
    assert (told["phase"], told["version"], told["failed_items"]) == ("failed", 1, len(left))
    assert migrating.untouched()

    told = migrating.up(NEW, on_item_error="skip", accept_failed_items=True)
    assert (told["phase"], told["version"], told.get("error"), told["failed_items"]) == ("ready", 2, None, len(left))
    kept_are(migrating, left)
    expected = texts_of(wire(made(item)) for item in migrating.held.values() if item["id"] not in left)
    assert migrating.items(told["name"]) == expected
    assert migrating.untouched()
    tally.add("items that cannot be moved", len(left) + 1)
    tally.acknowledged(writes=len(expected) + len(left), lost=0)


def kept_are(migrating: Migrating, names: set[str]) -> None:
    assert migrating.failed().keys() == names


BY_PLACE: dict[str, Any] = {
    "hash_key": "place",
    "attributes": {"place": "S"},
    "conversions": [Conversion(2, place, distinct_keys=True).as_property()],
}


def test_two_items_that_meet_although_they_should_not_stop_it_until_one_of_them_is_gone(migrating: Migrating) -> None:
    """By the copy, and by a live write; whichever of the two holds the key, the one that stays must be there."""
    towns = [{"id": f"k{n}", "town": f"t{n}"} for n in range(30)]
    migrating.put(*towns, {"id": "met early", "town": "t1"})
    told = migrating.up(BY_PLACE)
    assert (told["phase"], told["version"]) == ("failed", 1)
    assert "collision S:t1" in told["error"]
    assert "change or delete one" in told["error"]
    assert migrating.untouched()

    migrating.put({"id": "met late", "town": "t2"})
    told = migrating.up(BY_PLACE)
    assert (told["phase"], told["version"]) == ("failed", 1)
    assert {"collision S:t1", "collision S:t2"} <= set(re.findall(r"collision S:t\d+", told["error"]))

    migrating.delete("met early")
    migrating.delete("k2")
    told = migrating.up(BY_PLACE)
    assert (told["phase"], told["version"], told.get("error")) == ("ready", 2, None)
    assert migrating.items(told["name"]) == texts_of(wire(made(item)) for item in migrating.held.values())
