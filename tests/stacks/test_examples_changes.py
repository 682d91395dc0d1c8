"""The examples in which a successor takes over: step after step, with a writer, and compared item by item."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest

from tests.stacks.account import texts
from tests.stacks.examples import PACE, Example, Item, Writer, agrees

pytestmark = pytest.mark.stack

Make = Callable[[str], Example]


def test_a_key_is_changed_and_every_item_follows(example: Make) -> None:
    sessions = example("02_change_key")
    first = sessions.take(1)
    sessions.put_items(first)
    with sessions.writing(first, session) as writer:
        second = sessions.take(2)
    assert writer.count > 50
    assert (second, sessions.outputs["version"]) == (f"{first}_V2", 2)
    assert sessions.keys(second) == [("user_id", "HASH", "S"), ("session_id", "RANGE", "S")]
    sessions.agrees(second)
    sessions.still_holds(first)
    assert [row["table"] for row in sessions.outputs["history"]] == [first, second]
    sessions.leaves()


def session(number: int, count: int) -> Item:
    """A user's newest session: under the new key, every write moves the item."""
    return {"user_id": f"w-{number}", "session_id": f"s-{count}", "device": "phone", "seen_at": count}


def test_a_local_index_is_added_and_can_be_queried(example: Make) -> None:
    orders = example("03_local_index")
    first = orders.take(1)
    orders.put_items(first)

    def order(number: int, count: int) -> Item:
        made = {"customer_id": f"w-{number % 3}", "order_id": f"o-{number}", "total": f"{count}.00"}
        return made if count % 4 == 0 else {**made, "placed_at": f"2026-{count:05}"}  # a draft has no date

    with orders.writing(first, order):
        second = orders.take(2)
    orders.agrees(second)
    orders.still_holds(first)
    found = orders.account.query(second, "by_date", {"customer_id": "c-1"})
    assert [item["order_id"] for item in found] == ["o-18", "o-17"]


def converted(item: Item) -> list[Item]:
    return [{**item, "total": int(Decimal(item["total"]) * 100)}]


def mapped(item: Item) -> list[Item]:
    street, place = item["address"].split(", ")
    return [{**item, "address": {"street": street, "place": place}}]


def priced(number: int, count: int) -> Item:
    return {"order_id": f"w-{number}", "total": f"{count}.07", "address": f"{count} Main Street, London"}


def priced_in_cents(number: int, count: int) -> Item:
    return {**priced(number, count), "total": count * 100 + 7}


def test_items_are_changed_by_one_conversion_after_the_other(example: Make) -> None:
    orders = example("04_convert_items")
    first = orders.take(1)
    orders.put_items(first)
    with orders.writing(first, priced):
        second = orders.take(2)
    orders.still_holds(first)
    orders.agrees(second, convert=converted)
    with orders.writing(second, priced_in_cents):
        third = orders.take(3)
    orders.still_holds(second)
    orders.agrees(third, convert=mapped)
    assert {item["total"] for item in orders.account.items(third)} >= {1990, 7, 12000}
    assert [row["table"] for row in orders.outputs["history"]] == [first, second, third]


def test_two_conversions_at_once_are_composed_in_one_copy(example: Make) -> None:
    orders = example("04_convert_items")
    first = orders.take(1)
    orders.put_items(first)
    with orders.writing(first, priced):
        third = orders.take(3)
    orders.agrees(third, convert=lambda item: [last for one in converted(item) for last in mapped(one)])
    assert [row["table"] for row in orders.outputs["history"]] == [first, f"{first}_V3"]


def test_a_key_attribute_changes_its_type(example: Make) -> None:
    tickets = example("07_key_type")
    first = tickets.take(1)
    tickets.put_items(first)
    with tickets.writing(first, lambda number, count: {"ticket": 100 + number, "title": f"Version {count}"}):
        second = tickets.take(2)
    assert tickets.keys(second) == [("ticket", "HASH", "S")]
    tickets.still_holds(first)
    tickets.agrees(second, convert=lambda item: [{**item, "ticket": str(item["ticket"])}])
    assert {"17", "18", "2.5"} <= {item["ticket"] for item in tickets.account.items(second)}


def test_a_copy_in_time_may_write_more_until_it_is_done(example: Make) -> None:
    parcels = example("15_in_time")
    account, first = parcels.account, parcels.take(1)
    parcels.put_items(first)
    parcels.put_in(2)
    shown = " ".join(parcels.program.preview().ok().text.split())
    assert "with more write units a second, until all is copied: 14 (" in shown
    assert "in place of 2)" in shown
    with parcels.writing(first, lambda number, count: {"parcel_id": f"w-{number}", "depot": "Kiel", "grams": count}):
        second = parcels.take(2)
    units = account.describe(second)["ProvisionedThroughput"]
    assert (units["ReadCapacityUnits"], units["WriteCapacityUnits"]) == (5, 2)
    assert account.describe(first)["ProvisionedThroughput"] == units
    parcels.still_holds(first)
    parcels.agrees(second)


LINES = [
    {"order_id": "o-1", "line": 1, "customer": "c-1", "sku": "tea", "count": 2},
    {"order_id": "o-1", "line": 2, "customer": "c-1", "sku": "cup", "count": 1},
    {"order_id": "o-2", "line": 1, "customer": "c-2", "sku": "nail", "count": 7},
]


def ordered(number: int, count: int) -> Item:
    """An order of none to three lines, more or fewer with each write; each third one is a test."""
    lines = [{"sku": f"s-{count + line}", "count": line} for line in range(count % 4)]
    return {"order_id": f"{'test' if number % 3 == 0 else 'w'}-{number}", "customer": "c-9", "lines": lines}


def a_line_each(item: Item) -> list[Item]:
    if item["order_id"].startswith("test-"):
        return []
    order = {name: value for name, value in item.items() if name != "lines"}
    return [{**order, "line": number, **line} for number, line in enumerate(item["lines"], 1)]


def test_items_are_dropped_and_split_and_so_is_what_is_written_meanwhile(example: Make) -> None:
    orders = example("09_drop_and_fan_out")
    first = orders.take(1)
    orders.put_items(first)
    with orders.writing(first, ordered):
        second = orders.take(2)
    assert orders.keys(second) == [("order_id", "HASH", "S"), ("line", "RANGE", "N")]
    orders.still_holds(first)
    orders.agrees(second, convert=a_line_each)
    own = [item for item in orders.account.items(second) if item["order_id"].startswith("o-")]
    assert texts(own) == texts(LINES)


SHOP: dict[str, Callable[[int, int], Item]] = {
    "users": lambda number, count: {"user_id": f"w-{number}", "tenant": f"t-{count % 3}", "mail": f"m-{count}"},
    "orders": lambda number, count: {"order_id": f"w-{number}", "user_id": f"u-{count % 3}", "sku": f"s-{count}"},
    "products": lambda number, count: {"sku": f"w-{number}", "price": f"{count}.25"},
}


def test_several_tables_go_their_ways_in_one_up(example: Make, fenced: Any) -> None:
    shop = example("11_several_tables")
    account = shop.account
    shop.take(1)
    first = shop.outputs
    wanted = {name: shop.items_of(f"{name}.json") for name in SHOP}
    for name, items in wanted.items():
        account.put(first[name], items)
    with ExitStack() as writers:
        at = {
            name: writers.enter_context(Writer(fenced, first[name], shape, pace=3 * PACE))
            for name, shape in SHOP.items()
        }
        shop.take(2)
    for name, writer in at.items():
        wanted[name] += writer.items()
        agrees(account, first[name], wanted[name])

    second = shop.outputs
    assert second == {"users": f"{first['users']}_V2", "orders": first["orders"], "products": "products_V2"}
    agrees(account, second["users"], wanted["users"])
    agrees(account, second["products"], [{**item, "price": Decimal(item["price"])} for item in wanted["products"]])
    [index] = account.describe(second["orders"])["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "by_user"
    shop.leaves()
