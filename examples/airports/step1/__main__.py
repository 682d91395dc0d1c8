"""The airports of the world, by their ICAO code. `make demo` runs this program, and then the next step."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable

airports = MigratedTable(
    "airports",
    hash_key="icao",
    attributes={"icao": "S"},
    billing_mode="PAY_PER_REQUEST",
)

pulumi.export("table", airports.name)
pulumi.export("version", airports.version)
pulumi.export("history", airports.history)
