"""Totals become numbers of cents: a conversion takes an item and gives an item.

It runs in the copy and, in AWS Lambda, on every write that comes meanwhile, from the same source.
"""

from decimal import Decimal

import pulumi

from pulumi_dynamo_migrator import Conversion, MigratedTable


def total_in_cents(item):
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
