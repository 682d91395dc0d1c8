"""Take over a table that is there already: describe it as it is. Nothing of it is changed."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

readings = MigratedTable(
    "readings",
    adopt="legacy-readings",
    hash_key="sensor",
    attributes={"sensor": "S"},
)

pulumi.export("table", readings.name)
pulumi.export("tables", readings.tables)
