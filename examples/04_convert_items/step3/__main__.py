"""Addresses become maps: the list of conversions grows, and what was applied stays as it is.

A stack that is still at step 1 gets both conversions at once, composed, in one copy.
"""

from decimal import Decimal

import pulumi

from pulumi_dynamo_migrator import Conversion, MigratedTable


def total_in_cents(item):
    return {**item, "total": int(Decimal(item.total) * 100)}


def address_as_a_map(item):
    street, place = item.address.split(", ")
    return {**item, "address": {"street": street, "place": place}}


orders = MigratedTable(
    "orders",
    hash_key="order_id",
    attributes={"order_id": "S"},
    billing_mode="PAY_PER_REQUEST",
    conversions=[Conversion(2, total_in_cents), Conversion(3, address_as_a_map)],
)

pulumi.export("table", orders.name)
pulumi.export("history", orders.history)
