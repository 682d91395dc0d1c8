"""Now it can change like any other: one reading for each sensor and moment. The adopted table is left as it was."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

readings = MigratedTable(
    "readings",
    adopt="legacy-readings",
    hash_key="sensor",
    range_key="at",
    attributes={"sensor": "S", "at": "N"},
)

pulumi.export("table", readings.name)
pulumi.export("tables", readings.tables)
