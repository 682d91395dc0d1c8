"""Carts with several products: a new table, which the old one goes on feeding as long as it lives."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

carts = MigratedTable(
    "carts",
    hash_key="cart_id",
    range_key="sku",
    attributes={"cart_id": "S", "sku": "S"},
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", carts.name)
pulumi.export("tables", carts.tables)
pulumi.export("pending", carts.pending)
pulumi.export("history", carts.history)
