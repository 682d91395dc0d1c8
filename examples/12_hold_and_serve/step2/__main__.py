"""The key gets a second part, but version 1 stays the one that is served.

The successor is filled, compared and kept in step with every write, for as long as one wants to look at it.
"""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

sessions = MigratedTable(
    "sessions",
    hash_key="user_id",
    range_key="session_id",
    attributes={"user_id": "S", "session_id": "S"},
    billing_mode="PAY_PER_REQUEST",
    serve=1,
)

pulumi.export("table", sessions.name)
pulumi.export("tables", sessions.tables)
pulumi.export("phase", sessions.phase)
