"""Each line becomes an item of its own, and test orders go: a conversion may give a list, or None.

Writes that come during the copy follow: an order that loses a line loses an item, one that becomes empty loses all.
"""

import pulumi

from pulumi_dynamo_migrator import Conversion, MigratedTable


def one_item_a_line(item):
    if item.order_id.startswith("test-"):
        return None
    order = {name: value for name, value in item.items() if name != "lines"}
    return [{**order, "line": number, **line} for number, line in enumerate(item.lines, start=1)]


orders = MigratedTable(
    "orders",
    hash_key="order_id",
    range_key="line",
    attributes={"order_id": "S", "line": "N"},
    billing_mode="PAY_PER_REQUEST",
    conversions=[Conversion(2, one_item_a_line)],
)

pulumi.export("table", orders.name)
