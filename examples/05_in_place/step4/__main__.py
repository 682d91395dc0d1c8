"""Deletion is allowed again, so that `pulumi destroy` can remove the table."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

jobs = MigratedTable(
    "jobs",
    hash_key="job_id",
    attributes={"job_id": "S"},
    billing_mode="PROVISIONED",
    read_capacity=5,
    write_capacity=5,
    ttl={"attribute_name": "expires_at", "enabled": True},
    tags={"team": "batch", "cost-center": "42"},
    deletion_protection_enabled=False,
)

pulumi.export("table", jobs.name)
pulumi.export("version", jobs.version)
