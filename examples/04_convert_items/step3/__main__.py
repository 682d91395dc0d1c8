"""Each line becomes an item of its own: a conversion may give a list. The key grows,
and the list of conversions with it.

A stack that is still at step 1 gets both conversions at once, composed, in one copy.
"""

from decimal import Decimal

import pulumi

from pulumi_dynamo_migrator import Conversion, MigratedTable


def total_in_cents(item):
    if item.order_id.startswith("test-"):
        return None
    return {**item, "total": int(Decimal(item.total) * 100)}


def one_item_a_line(item):
    order = {name: value for name, value in item.items() if name != "lines"}
    return [{**order, "line": number, **line} for number, line in enumerate(item.lines, start=1)]


orders = MigratedTable(
    "orders",
    hash_key="order_id",
    range_key="line",
    attributes={"order_id": "S", "line": "N"},
    billing_mode="PAY_PER_REQUEST",
    conversions=[Conversion(2, total_in_cents), Conversion(3, one_item_a_line)],
)

pulumi.export("table", orders.name)
pulumi.export("history", orders.history)
