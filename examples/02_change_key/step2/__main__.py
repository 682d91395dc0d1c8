"""Users have several devices now, so a user has several sessions: the key gets a second part.

No conversion is needed: every item carries a `session_id` already. One that did not would be named, and stop the `up`.
"""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

sessions = MigratedTable(
    "sessions",
    hash_key="user_id",
    range_key="session_id",
    attributes={"user_id": "S", "session_id": "S"},
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", sessions.name)
pulumi.export("version", sessions.version)
pulumi.export("history", sessions.history)
