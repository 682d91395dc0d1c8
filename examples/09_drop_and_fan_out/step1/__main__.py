"""Orders as they began: the lines are a list inside the order, and test orders are among them."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

orders = MigratedTable(
    "orders",
    hash_key="order_id",
    attributes={"order_id": "S"},
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", orders.name)
