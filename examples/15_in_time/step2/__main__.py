"""Parcels by depot, copied within a second: the new table may write more until that is done."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable, Migration

parcels = MigratedTable(
    "parcels",
    hash_key="depot",
    range_key="parcel_id",
    attributes={"depot": "S", "parcel_id": "S"},
    billing_mode="PROVISIONED",
    read_capacity=5,
    write_capacity=2,
    migration=Migration(copy_within=1),
)

pulumi.export("table", parcels.name)
