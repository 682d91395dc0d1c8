"""A customer's orders by date, read consistently: that is a local index, which DynamoDB makes only with the table."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

orders = MigratedTable(
    "orders",
    hash_key="customer_id",
    range_key="order_id",
    attributes={"customer_id": "S", "order_id": "S", "placed_at": "S"},
    local_secondary_indexes=[{"name": "by_date", "range_key": "placed_at", "projection_type": "ALL"}],
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", orders.name)
pulumi.export("version", orders.version)
