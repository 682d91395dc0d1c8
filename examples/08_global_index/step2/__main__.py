"""Tracks by artist: a global index comes to the living table, which stays."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

tracks = MigratedTable(
    "tracks",
    hash_key="track_id",
    attributes={"track_id": "S", "artist": "S"},
    global_secondary_indexes=[
        {"name": "by_artist", "hash_key": "artist", "projection_type": "KEYS_ONLY"},
    ],
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", tracks.name)
pulumi.export("version", tracks.version)
