"""Sessions, one for each user."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

sessions = MigratedTable(
    "sessions",
    hash_key="user_id",
    attributes={"user_id": "S"},
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", sessions.name)
pulumi.export("tables", sessions.tables)
pulumi.export("phase", sessions.phase)
