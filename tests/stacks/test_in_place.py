"""What DynamoDB can change on a living table is changed there: the same TableId, the same items, no copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.stacks.account import Account
from tests.stacks.conftest import MakeProgram
from tests.stacks.programs import PLAIN, program

pytestmark = pytest.mark.stack

ITEMS = [{"id": f"k{number}", "customer": f"c{number % 3}", "total": number} for number in range(20)]

BY_CUSTOMER = {"name": "by_customer", "hash_key": "customer", "projection_type": "ALL"}
BY_TOTAL = {"name": "by_customer", "hash_key": "customer", "range_key": "total", "projection_type": "KEYS_ONLY"}
INDEXED: dict[str, Any] = {
    "hash_key": "id",
    "attributes": {"id": "S", "customer": "S"},
    "global_secondary_indexes": [BY_CUSTOMER],
}
RESHAPED: dict[str, Any] = {
    "hash_key": "id",
    "attributes": {"id": "S", "customer": "S", "total": "N"},
    "global_secondary_indexes": [BY_TOTAL],
}
UNITS = {"read_capacity": 5, "write_capacity": 6}


@dataclass(frozen=True)
class Change:
    """One edit of the program, the word for it in the plan, and what AWS must say after it."""

    word: str
    arguments: Mapping[str, Any]
    seen: Callable[[dict[str, Any]], Any]
    value: Any
    base: Mapping[str, Any] = field(default_factory=lambda: PLAIN)

    def program(self) -> dict[str, str]:
        return program(**{**self.base, **self.arguments})


def indexes(table: dict[str, Any]) -> list[tuple[str, list[str], str]]:
    return [
        (one["IndexName"], [key["AttributeName"] for key in one["KeySchema"]], one["Projection"]["ProjectionType"])
        for one in table.get("GlobalSecondaryIndexes", [])
    ]


def capacity(table: dict[str, Any]) -> tuple[str, int, int]:
    mode = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    units = table["ProvisionedThroughput"]
    return mode, units["ReadCapacityUnits"], units["WriteCapacityUnits"]


def stream(table: dict[str, Any]) -> str | None:
    told = table.get("StreamSpecification", {"StreamEnabled": False})
    return str(told["StreamViewType"]) if told["StreamEnabled"] else None


def encryption(table: dict[str, Any]) -> str:
    return str(table.get("SSEDescription", {}).get("Status", "DISABLED"))


def table_class(table: dict[str, Any]) -> str:
    return str(table.get("TableClassSummary", {}).get("TableClass", "STANDARD"))


INDEXES = [
    Change("+ index by_customer", INDEXED, indexes, [("by_customer", ["customer"], "ALL")]),
    Change(
        "− index by_customer, + index by_customer",
        RESHAPED,
        indexes,
        [("by_customer", ["customer", "total"], "KEYS_ONLY")],
    ),
    Change("− index by_customer", {}, indexes, []),
]

CAPACITY = [
    Change("billing_mode", {"billing_mode": "PROVISIONED", **UNITS}, capacity, ("PROVISIONED", 5, 6)),
    Change("billing_mode", {"read_capacity": 7, "write_capacity": 6}, capacity, ("PROVISIONED", 7, 6)),
    Change("billing_mode", {"billing_mode": "PAY_PER_REQUEST"}, capacity, ("PAY_PER_REQUEST", 0, 0)),
]

SWITCHES = [
    Change("stream", {"stream_enabled": True, "stream_view_type": "KEYS_ONLY"}, stream, "KEYS_ONLY"),
    Change("stream", {}, stream, None),
    Change("encryption", {"server_side_encryption": {"enabled": True}}, encryption, "ENABLED"),
    Change("encryption", {}, encryption, "DISABLED"),
    Change("table_class", {"table_class": "STANDARD_INFREQUENT_ACCESS"}, table_class, "STANDARD_INFREQUENT_ACCESS"),
    Change("table_class", {}, table_class, "STANDARD"),
    Change(
        "deletion_protection",
        {"deletion_protection_enabled": True},
        lambda table: table["DeletionProtectionEnabled"],
        True,
    ),
    Change("deletion_protection", {}, lambda table: table["DeletionProtectionEnabled"], False),
]

EXTRAS = [
    Change("ttl", {"ttl": {"attribute_name": "expires"}}, lambda seen: seen["ttl"][0], "ENABLED"),
    Change("ttl", {}, lambda seen: seen["ttl"][0], "DISABLED"),
    Change(
        "point_in_time_recovery",
        {"point_in_time_recovery": {"enabled": True}},
        lambda seen: seen["recovery"],
        "ENABLED",
    ),
    Change("point_in_time_recovery", {}, lambda seen: seen["recovery"], "DISABLED"),
    Change("tags", {"tags": {"team": "blue", "cost": "1"}}, lambda seen: seen["tags"], {"team": "blue", "cost": "1"}),
    Change("tags", {"tags": {"team": "red"}}, lambda seen: seen["tags"], {"team": "red"}),
    Change("tags", {}, lambda seen: seen["tags"], {}),
]


@pytest.mark.parametrize(
    "changes", [INDEXES, CAPACITY, SWITCHES, EXTRAS], ids=["indexes", "capacity", "switches", "extras"]
)
def test_one_change_after_the_other_is_made_in_place_and_what_is_taken_out_goes_back_to_the_default(
    account: Account, make_program: MakeProgram, changes: list[Change]
) -> None:
    stack = make_program(program(**PLAIN))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    account.put(name, ITEMS)
    began, items = account.describe(name), account.items(name)

    for change in changes:
        stack.edit(change.program())
        told = stack.up("--skip-preview").ok()
        [done] = {line.strip() for line in told.text.splitlines() if line.strip().startswith("done: ")}
        assert done == f"done: change {name} in place: {change.word}"
        seen = {**account.describe(name), **account.settings(name)}
        assert change.seen(seen) == change.value, told.text
        assert seen["TableId"] == began["TableId"]
        assert account.items(name) == items

    stack.preview("--expect-no-changes").ok()
    assert account.helpers() == []
    told_now = stack.outputs()
    assert (told_now["name"], told_now["version"], told_now["phase"]) == (name, 1, "ready")


def test_several_changes_at_once_leave_alone_what_was_never_stated(account: Account, make_program: MakeProgram) -> None:
    stack = make_program(program(**PLAIN))
    stack.up("--skip-preview").ok()
    name = stack.outputs()["name"]
    by_hand = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    account.dynamodb.update_table(TableName=name, StreamSpecification=by_hand)  # type: ignore[arg-type]
    account.dynamodb.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    stack.preview("--expect-no-changes").ok()

    stack.edit(program(**INDEXED, tags={"team": "blue"}, point_in_time_recovery={"enabled": True}))
    stack.up("--skip-preview").ok()
    seen = {**account.describe(name), **account.settings(name)}
    assert stream(seen) == "KEYS_ONLY"
    assert seen["ttl"] == ("ENABLED", "until")
    assert indexes(seen) == [("by_customer", ["customer"], "ALL")]
    assert (seen["tags"], seen["recovery"]) == ({"team": "blue"}, "ENABLED")
    stack.preview("--expect-no-changes").ok()
