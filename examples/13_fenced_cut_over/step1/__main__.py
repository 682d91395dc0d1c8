"""Users by their number."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

users = MigratedTable(
    "users",
    hash_key="user_id",
    attributes={"user_id": "S"},
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", users.name)
pulumi.export("tables", users.tables)
pulumi.export("history", users.history)
