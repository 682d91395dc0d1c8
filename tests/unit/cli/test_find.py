"""A name means one table or it is an error that lists them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from pulumi_dynamo_migrator.cli.find import find, in_order
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import Entry, Version
from tests.fakes.ledger import SMALL

ORDERS = replace(SMALL, versions=(Version(1, "orders"), Version(2, "orders_V2")), served=2)
LIVE = replace(
    ORDERS,
    id="orders-2",
    urn=ORDERS.urn.replace(":dev:", ":live:"),
    stack="live",
    base_name="sales",
    versions=(Version(1, "sales"),),
)
USERS = replace(SMALL, id="users-1", urn=SMALL.urn.replace("::orders", "::users"), base_name="users-4ad58f0")


@dataclass
class Entries:
    """A ledger of these."""

    known: tuple[Entry, ...] = (USERS, LIVE, ORDERS)

    def find(self, urn: str) -> Entry | None:
        return next((entry for entry in self.known if entry.urn == urn), None)

    def read(self, entry_id: str) -> Entry | None:
        return next((entry for entry in self.known if entry.id == entry_id), None)

    def entries(self) -> Iterator[Entry]:
        return iter(self.known)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("users", USERS),
        ("users-1", USERS),
        ("users-4ad58f0", USERS),
        (USERS.urn, USERS),
        ("orders_V2", ORDERS),
        ("orders-2", LIVE),
        ("sales", LIVE),
        (LIVE.urn, LIVE),
    ],
)
def test_a_resource_an_entry_a_table_and_a_urn_are_names(name: str, meant: Entry) -> None:
    assert find(name, Entries(), region="eu-west-1") == meant


def test_a_name_of_several_lists_them() -> None:
    with pytest.raises(MigratorError) as raised:
        find("orders", Entries(), region="eu-west-1")
    assert raised.value.what == (
        "orders may mean 2 tables:\n  orders-1: orders in shop/dev\n  orders-2: orders in shop/live"
    )
    assert raised.value.now == "say which, by the id at its line's beginning."


def test_an_id_is_never_taken_for_another_tables_name() -> None:
    namesake = replace(USERS, versions=(Version(1, "orders-1"),))
    assert find("orders-1", Entries((namesake, ORDERS)), region="eu-west-1") == ORDERS


def test_a_name_that_nobody_has_lists_what_there_is() -> None:
    with pytest.raises(MigratorError, match="in eu-west-1 is called customers") as raised:
        find("customers", Entries(), region="eu-west-1")
    assert "users-1: users in shop/dev" in raised.value.what


def test_where_there_is_nothing_the_place_is_doubted() -> None:
    with pytest.raises(MigratorError, match="No MigratedTable is known in eu-west-1") as raised:
        find("orders", Entries(()), region="eu-west-1")
    assert "--region" in raised.value.now


def test_a_urn_that_leads_nowhere_is_no_name() -> None:
    with pytest.raises(MigratorError, match="is called urn:"):
        find("urn:pulumi:other::shop::t::orders", Entries(), region="eu-west-1")


def test_they_are_listed_by_project_stack_and_resource() -> None:
    assert in_order(Entries().entries()) == [ORDERS, USERS, LIVE]
