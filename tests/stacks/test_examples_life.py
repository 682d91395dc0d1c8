"""The examples of a table's life: scripts, held and fenced cut-overs, retiring; step after step, with a writer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.eventually import eventually
from tests.stacks.examples import Example, Item

pytestmark = pytest.mark.stack

Make = Callable[[str], Example]
AT_ONCE = {"evidence=60": "evidence=1"}

CUSTOMER = [("customer_nr", "HASH", "S"), ("last_name", "RANGE", "S")]


def customer(number: int, count: int) -> Item:
    return {"customer_nr": f"w-{number}", "last_name": "Writer", "postcode": f" ab{count} c", "since": count}


def tidied(item: Item) -> list[Item]:
    return [{**item, "postcode": item["postcode"].replace(" ", "").upper()}]


def indexes(example: Example, table: str) -> list[str]:
    return sorted(one["IndexName"] for one in example.account.describe(table).get("LocalSecondaryIndexes", ()))


def is_the_whole_script(customers: Example) -> None:
    """Demand what the five versions come to, however they came."""
    assert customers.keys("first_table_V4") == CUSTOMER
    assert indexes(customers, "first_table_V4") == ["by_postcode", "by_since"]
    steps = customers.outputs["steps"]
    assert [(step["version"], step["operation"]) for step in steps] == [
        (1, "create"),
        (2, "add_index"),
        (3, "add_index"),
        (4, "convert"),
        (5, "delete_table"),
    ]


def test_a_script_of_five_versions_grows_version_by_version(example: Make) -> None:
    customers = example("10_script")
    assert customers.take(1) == "first_table"
    customers.put_items("first_table")
    with customers.writing("first_table", customer):
        assert customers.take(2) == "first_table_V2"
    customers.still_holds("first_table")
    customers.agrees("first_table_V2")
    with customers.writing("first_table_V2", customer):
        assert customers.take(3) == "first_table_V3"
    customers.agrees("first_table_V3")
    with customers.writing("first_table_V3", customer):
        assert customers.take(4) == "first_table_V4"
    customers.agrees("first_table_V4", convert=tidied)
    with customers.writing("first_table_V4", customer):
        gone(customers, 5, "first_table")
    customers.agrees("first_table_V4")
    is_the_whole_script(customers)
    customers.leaves()


def gone(example: Example, step: int, table: str) -> None:
    """Take a step that ends a table; `up` again, while there was no silence yet for long enough."""
    example.put_in(step, instead=AT_ONCE)

    def ended() -> None:
        example.program.up("--skip-preview").ok()
        assert table not in example.account.tables()

    eventually(ended, within=60)
    example.settled()


def test_a_new_stack_takes_the_whole_script_at_once_into_one_table(example: Make) -> None:
    customers = example("10_script")
    assert customers.take(5) == "first_table_V4"
    assert customers.account.tables() == ["first_table_V4", "pulumi-dynamo-migrator"]
    is_the_whole_script(customers)


def test_a_stack_that_stood_at_the_first_version_takes_four_in_one_copy(example: Make) -> None:
    customers = example("10_script")
    assert customers.take(1) == "first_table"
    customers.put_items("first_table")
    with customers.writing("first_table", customer):
        assert customers.take(5) == "first_table_V4"
        assert "first_table" in customers.account.tables()  # it was served a moment ago
    customers.still_holds("first_table")
    customers.agrees("first_table_V4", convert=tidied)
    gone(customers, 5, "first_table")
    assert customers.account.tables() == ["first_table_V4", "pulumi-dynamo-migrator"]
    customers.agrees("first_table_V4")
    is_the_whole_script(customers)


def session(number: int, count: int) -> Item:
    """A user's newest session: under the new key, every write moves the item."""
    return {"user_id": f"w-{number}", "session_id": f"s-{count}", "device": "phone", "seen_at": count}


def test_a_cut_over_is_held_while_one_looks_and_then_let_go_and_there_is_no_way_back(example: Make) -> None:
    sessions = example("12_hold_and_serve")
    first = sessions.take(1)
    second = f"{first}_V2"
    sessions.put_items(first)
    with sessions.writing(first, session):
        assert sessions.take(2) == first
        assert sessions.outputs["phase"] == "held"
    sessions.agrees(second)
    with sessions.writing(first, session):
        assert sessions.take(3) == second
        assert sessions.outputs["phase"] == "ready"
    sessions.still_holds(first)
    sessions.agrees(second)

    sessions.put_in(4)
    told = sessions.program.up().failed().text
    assert f"what was written to it does not flow back to {first}" in told
    sessions.put_in(3)
    sessions.program.preview("--expect-no-changes").ok()


def user(number: int, count: int) -> Item:
    """A user whose address changes with every write: under the new key, the item moves."""
    return {"user_id": f"w-{number}", "mail": f"{count}@example.com", "name": f"Name {count}"}


def test_another_hash_key_is_served_from_behind_a_fence(example: Make) -> None:
    users = example("13_fenced_cut_over")
    first = users.take(1)
    users.put_items(first)
    with users.writing(first, user) as writer:
        second = users.take(2)
        assert "explicit deny" in writer.denied
    assert writer.count > 50
    assert (second, users.keys(second)) == (f"{first}_V2", [("mail", "HASH", "S")])
    users.still_holds(first)
    users.agrees(second)
    assert users.outputs["history"][-1]["cut_over"] == "fenced"
    assert users.account.helpers() == []
    users.leaves()


def cart(number: int, count: int) -> Item:
    return {"cart_id": f"w-{number}", "sku": f"s-{count}", "count": count}


def kept_cart(number: int, count: int) -> Item:
    return {"cart_id": f"w-{number}", "sku": "tea", "count": count}


def test_an_old_table_ends_when_it_was_silent_for_long_enough(example: Make) -> None:
    carts = example("14_retire")
    first = carts.take(1)
    carts.put_items(first)
    with carts.writing(first, cart):
        second = carts.take(2)
        assert carts.take(3) == second
        [pending] = carts.outputs["pending"]
        assert (pending["version"], pending["table"]) == (1, first)
    carts.still_holds(first)
    carts.agrees(second)

    with carts.writing(second, kept_cart):
        gone(carts, 3, first)
    carts.agrees(second)
    assert carts.account.tables() == sorted([second, "pulumi-dynamo-migrator"])
    assert carts.account.helpers() == []
    assert (carts.outputs["tables"], carts.outputs["pending"]) == ({"2": second}, [])
    assert f"{first}/backup/" in carts.outputs["history"][0]["backup"]
    carts.leaves()
