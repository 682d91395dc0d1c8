"""The old table is to end: when nothing was written to it for long enough, and not before.

That is a day unless `evidence=` says otherwise; in earnest, `retire=[1]` is all there is to write.
"""

import pulumi

from pulumi_dynamo_migrator import MigratedTable, Retire

carts = MigratedTable(
    "carts",
    hash_key="cart_id",
    range_key="sku",
    attributes={"cart_id": "S", "sku": "S"},
    billing_mode="PAY_PER_REQUEST",
    retire=[Retire(1, evidence=60)],
)

pulumi.export("table", carts.name)
pulumi.export("tables", carts.tables)
pulumi.export("pending", carts.pending)
pulumi.export("history", carts.history)
