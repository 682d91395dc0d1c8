"""Orders by customer."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

orders = MigratedTable(
    "orders",
    hash_key="customer_id",
    range_key="order_id",
    attributes={"customer_id": "S", "order_id": "S"},
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", orders.name)
pulumi.export("version", orders.version)
