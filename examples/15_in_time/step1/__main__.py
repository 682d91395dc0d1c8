"""Parcels by number, in a table that is read and written little."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

parcels = MigratedTable(
    "parcels",
    hash_key="parcel_id",
    attributes={"parcel_id": "S"},
    billing_mode="PROVISIONED",
    read_capacity=5,
    write_capacity=2,
)

pulumi.export("table", parcels.name)
