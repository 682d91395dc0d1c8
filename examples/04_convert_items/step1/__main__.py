"""Orders as they began: the total is text, and so is the whole address."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

orders = MigratedTable(
    "orders",
    hash_key="order_id",
    attributes={"order_id": "S"},
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", orders.name)
pulumi.export("history", orders.history)
