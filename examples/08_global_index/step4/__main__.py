"""Nobody asks for an artist any longer: the index goes."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

tracks = MigratedTable(
    "tracks",
    hash_key="track_id",
    attributes={"track_id": "S"},
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", tracks.name)
pulumi.export("version", tracks.version)
