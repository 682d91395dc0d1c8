"""The index goes, capacity is bought in advance, deletion is forbidden.

What is no longer said (backups, the stream) goes back to what AWS does by itself: off.
"""

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
    deletion_protection_enabled=True,
)

pulumi.export("table", jobs.name)
pulumi.export("version", jobs.version)
