"""Totals become numbers of cents, and test orders go: a conversion may change an item, or drop it by giving None."""

from decimal import Decimal

import pulumi

from pulumi_dynamo_migrator import Conversion, MigratedTable


def total_in_cents(item):
    if item.order_id.startswith("test-"):
        return None
    return {**item, "total": int(Decimal(item.total) * 100)}


orders = MigratedTable(
    "orders",
    hash_key="order_id",
    attributes={"order_id": "S"},
    billing_mode="PAY_PER_REQUEST",
    conversions=[Conversion(2, total_in_cents)],
)

pulumi.export("table", orders.name)
pulumi.export("history", orders.history)
