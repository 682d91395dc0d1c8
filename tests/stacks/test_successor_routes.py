"""Each change that DynamoDB would make by destroying the table: a successor with every item, served by one `up`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.eventually import eventually
from tests.stacks.account import Account, texts
from tests.stacks.conftest import MakeProgram
from tests.stacks.harness import Program
from tests.stacks.programs import PLAIN, RANGED, Code, program

pytestmark = pytest.mark.stack

ITEMS: list[dict[str, Any]] = [
    {"id": f"k{number:03}", "at": number, "customer": f"c{number % 7}", "blob": b"\x00\xff", "flags": {"a"}}
    for number in range(120)
]


def begin(make_program: MakeProgram, account: Account, items: list[dict[str, Any]], **arguments: Any) -> Program:
    """Have a first version with these items."""
    stack = make_program(program(**arguments))
    stack.up("--skip-preview").ok()
    account.put(stack.outputs()["name"], items)
    return stack


def migrate(stack: Program, **arguments: Any) -> dict[str, Any]:
    """Bring the stack to this program, without a preview of its own; give the outputs."""
    stack.edit(program(**arguments))
    stack.up("--skip-preview").ok()
    told = stack.outputs()
    assert told["phase"] == "ready", told
    assert told.get("error") is None
    assert (told["conflicts"], told["failed_items"]) == (0, 0)
    return told


def test_a_range_key_is_added_then_a_local_index_and_the_third_version_is_fed_through_the_second(
    account: Account, make_program: MakeProgram
) -> None:
    carried = {
        "ttl": {"attribute_name": "expires"},
        "point_in_time_recovery": {"enabled": True},
        "tags": {"team": "blue"},
        "stream_enabled": True,
        "stream_view_type": "NEW_AND_OLD_IMAGES",
    }
    wide = [{"name": "by_customer", "hash_key": "customer", "projection_type": "ALL"}]
    plain = {**PLAIN, "attributes": {"id": "S", "customer": "S"}, "global_secondary_indexes": wide}
    stack = begin(make_program, account, ITEMS, **plain, **carried)
    first = stack.outputs()["name"]
    # Set behind Pulumi's back: not stated, so it is carried as well.
    account.dynamodb.update_table(TableName=first, DeletionProtectionEnabled=True)

    ranged = {**RANGED, "attributes": {"id": "S", "at": "N", "customer": "S"}, "global_secondary_indexes": wide}
    told = migrate(stack, **ranged, **carried)
    second = f"{first}_V2"
    assert (told["name"], told["version"]) == (second, 2)
    assert (told["hash_key"], told["range_key"]) == ("id", "at")
    assert told["tables"] == {"1": first, "2": second}
    row = told["history"][-1]
    assert (row["route"], row["items"], row["verified"]) == ("successor", 120, "both directions")
    assert texts(account.items(second)) == texts(account.items(first))

    seen = {**account.describe(second), **account.settings(second)}
    assert (seen["ttl"], seen["recovery"], seen["tags"]) == (("ENABLED", "expires"), "ENABLED", {"team": "blue"})
    assert seen["DeletionProtectionEnabled"] is True
    assert seen["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert told["stream_arn"] == seen["LatestStreamArn"]
    assert [index["IndexName"] for index in seen["GlobalSecondaryIndexes"]] == ["by_customer"]

    local = [{"name": "by_customer_here", "range_key": "customer", "projection_type": "KEYS_ONLY"}]
    told = migrate(stack, **ranged, local_secondary_indexes=local, **carried)
    third = f"{first}_V3"
    assert (told["name"], told["version"]) == (third, 3)
    assert [index["IndexName"] for index in account.describe(third)["LocalSecondaryIndexes"]] == ["by_customer_here"]
    assert texts(account.items(third)) == texts(ITEMS)
    stack.preview("--expect-no-changes").ok()

    # Who still writes to the first version is heard in the third.
    account.put(first, [{"id": "late", "at": 1, "customer": "c1"}])
    account.delete(first, {"id": "k000"})

    def arrived() -> None:
        keys = {item["id"] for item in account.items(third)}
        assert "late" in keys
        assert "k000" not in keys

    eventually(arrived, within=30)


def test_a_new_hash_key_needs_the_promise_that_no_two_items_share_it(
    account: Account, make_program: MakeProgram
) -> None:
    rekey = """
    def by_number(item):
        item["number"] = int(item["id"][1:])
        return item
    """
    stack = begin(make_program, account, ITEMS, **PLAIN)
    told = migrate(
        stack,
        hash_key="number",
        attributes={"number": "N"},
        before=rekey,
        conversions=Code("[Conversion(2, by_number, distinct_keys=True)]"),
    )
    assert (told["hash_key"], told["version"]) == ("number", 2)
    assert texts(account.items(told["name"])) == texts([{**item, "number": int(item["id"][1:])} for item in ITEMS])


def test_a_key_attributes_type_changes_from_number_to_string_by_itself(
    account: Account, make_program: MakeProgram
) -> None:
    items = [{"id": number * 10, "at": number, "note": "x"} for number in range(60)]
    stack = begin(make_program, account, items, hash_key="id", range_key="at", attributes={"id": "N", "at": "N"})
    told = migrate(stack, hash_key="id", range_key="at", attributes={"id": "S", "at": "N"})
    assert texts(account.items(told["name"])) == texts([{**item, "id": str(item["id"])} for item in items])


def test_local_indexes_are_added_changed_and_removed(account: Account, make_program: MakeProgram) -> None:
    typed = {**RANGED, "attributes": {"id": "S", "at": "N", "customer": "S"}}
    one = [{"name": "by_customer", "range_key": "customer", "projection_type": "ALL"}]
    other = [{"name": "by_customer", "range_key": "customer", "projection_type": "KEYS_ONLY"}]
    stack = begin(make_program, account, ITEMS, **typed, local_secondary_indexes=one)

    told = migrate(stack, **typed, local_secondary_indexes=other)
    [index] = account.describe(told["name"])["LocalSecondaryIndexes"]
    assert index["Projection"]["ProjectionType"] == "KEYS_ONLY"
    told = migrate(stack, **RANGED)
    assert "LocalSecondaryIndexes" not in account.describe(told["name"])
    assert told["version"] == 3
    assert texts(account.items(told["name"])) == texts(ITEMS)


def test_a_conversion_alone_drops_and_fans_out_and_further_ones_are_composed_in_one_successor(
    account: Account, make_program: MakeProgram
) -> None:
    first = """
    def per_customer(item):
        if item.customer == "c0":
            return None
        if item.customer == "c1":
            return [{**item, "part": 1}, {**item, "at": item.at + 1000, "part": 2}]
        return item
    """
    further = """
    SHARE = 10

    def share(total):
        return total * SHARE

    def totals(item):
        item["total"] = share(item.at)
        return item

    def labels(item):
        item["label"] = f"{item.id}: {item.total}"
        return item
    """
    stack = begin(make_program, account, ITEMS, **RANGED)
    told = migrate(stack, **RANGED, before=first, conversions=Code("[Conversion(2, per_customer, distinct_keys=True)]"))
    wanted = [dict(item) for item in ITEMS if item["customer"] not in ("c0", "c1")]
    for item in ITEMS:
        if item["customer"] == "c1":
            wanted += [{**item, "part": 1}, {**item, "at": item["at"] + 1000, "part": 2}]
    assert texts(account.items(told["name"])) == texts(wanted)

    conversions = "[Conversion(2, per_customer, distinct_keys=True), Conversion(3, totals), Conversion(5, labels)]"
    told = migrate(stack, **RANGED, before=first + further, conversions=Code(conversions))
    assert (told["version"], told["history"][-1]["conversions"]) == (5, [3, 5])
    composed = [{**item, "total": item["at"] * 10, "label": f"{item['id']}: {item['at'] * 10}"} for item in wanted]
    assert texts(account.items(told["name"])) == texts(composed)
    assert told["tables"].keys() == {"1", "2", "5"}
    stack.preview("--expect-no-changes").ok()


def test_another_base_name_is_another_table_with_the_same_items(account: Account, make_program: MakeProgram) -> None:
    stack = begin(make_program, account, ITEMS, **PLAIN, name="orders-here")
    told = migrate(stack, **PLAIN, name="orders-there")
    assert told["name"] == "orders-there_V2"
    assert texts(account.items("orders-there_V2")) == texts(account.items("orders-here"))
    stack.preview("--expect-no-changes").ok()
