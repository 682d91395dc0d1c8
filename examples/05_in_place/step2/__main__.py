"""A global index, expiry, backups, tags: DynamoDB changes all of these on a living table, so the table stays."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

jobs = MigratedTable(
    "jobs",
    hash_key="job_id",
    attributes={"job_id": "S", "state": "S", "queued_at": "N"},
    global_secondary_indexes=[
        {"name": "by_state", "hash_key": "state", "range_key": "queued_at", "projection_type": "KEYS_ONLY"}
    ],
    billing_mode="PAY_PER_REQUEST",
    ttl={"attribute_name": "expires_at", "enabled": True},
    point_in_time_recovery={"enabled": True},
    stream_enabled=True,
    stream_view_type="NEW_AND_OLD_IMAGES",
    tags={"team": "batch"},
)

pulumi.export("table", jobs.name)
pulumi.export("version", jobs.version)
