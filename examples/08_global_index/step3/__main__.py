"""An artist's tracks in order of their year, with their titles: the index gets a range key and holds more.

DynamoDB changes nothing of an index but its capacity: it is deleted and made again, and meanwhile there is none.
"""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

tracks = MigratedTable(
    "tracks",
    hash_key="track_id",
    attributes={"track_id": "S", "artist": "S", "year": "N"},
    global_secondary_indexes=[
        {
            "name": "by_artist",
            "hash_key": "artist",
            "range_key": "year",
            "projection_type": "INCLUDE",
            "non_key_attributes": ["title"],
        },
    ],
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", tracks.name)
pulumi.export("version", tracks.version)
