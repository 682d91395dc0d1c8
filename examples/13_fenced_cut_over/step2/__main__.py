"""Users by their mail address: two of them could take turns at one address, and nobody promises that they do not.

So the cut-over is fenced: writes to the old table are refused, what is on its way arrives, both tables are compared
while nothing moves, and then the new one is served. Without `fence=True` the copy would be held, not served.
"""

import pulumi

from pulumi_dynamo_migrator import MigratedTable, Migration

users = MigratedTable(
    "users",
    hash_key="mail",
    attributes={"mail": "S"},
    billing_mode="PAY_PER_REQUEST",
    migration=Migration(fence=True),
)

pulumi.export("table", users.name)
pulumi.export("tables", users.tables)
pulumi.export("history", users.history)
