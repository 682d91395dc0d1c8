"""Carts, one product in each."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

carts = MigratedTable(
    "carts",
    hash_key="cart_id",
    attributes={"cart_id": "S"},
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", carts.name)
pulumi.export("tables", carts.tables)
pulumi.export("pending", carts.pending)
pulumi.export("history", carts.history)
