"""Tickets, numbered."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

tickets = MigratedTable(
    "tickets",
    hash_key="ticket",
    attributes={"ticket": "N"},
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", tickets.name)
