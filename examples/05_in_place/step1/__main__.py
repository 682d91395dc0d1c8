"""Jobs, with nothing but a key."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

jobs = MigratedTable(
    "jobs",
    hash_key="job_id",
    attributes={"job_id": "S"},
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", jobs.name)
pulumi.export("version", jobs.version)
