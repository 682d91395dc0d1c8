"""And back? What was written to version 2 is not in version 1, so this is refused, in the preview.

`migration=Migration(accept_loss=True)` would say that it may be lost: then version 1 is served again, and version 2
stands still, with what was written to it.
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
