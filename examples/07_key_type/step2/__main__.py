"""Ticket numbers become text ("17"): one letter changes.

N → S and S → B need no conversion, for no two keys can become one.
"""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

tickets = MigratedTable(
    "tickets",
    hash_key="ticket",
    attributes={"ticket": "S"},
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", tickets.name)
