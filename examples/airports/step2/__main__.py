"""The airports of a country, the highest first: another key, a local index, and metres instead of feet."""

from decimal import Decimal

import pulumi

from pulumi_dynamo_migrator import Conversion, MigratedTable, Migration


def feet_to_metres(item):
    converted = {name: value for name, value in item.items() if name != "elevation_ft"}
    return {**converted, "elevation_m": round(item.elevation_ft * Decimal("0.3048"))}


airports = MigratedTable(
    "airports",
    hash_key="country",
    range_key="icao",
    attributes={"country": "S", "icao": "S", "elevation_m": "N"},
    local_secondary_indexes=[{"name": "by_elevation", "range_key": "elevation_m", "projection_type": "ALL"}],
    billing_mode="PAY_PER_REQUEST",
    conversions=[Conversion(2, feet_to_metres)],
    migration=Migration(function_timeout=10),  # its removal waits this long once; the default is 60 seconds
)

pulumi.export("table", airports.name)
pulumi.export("version", airports.version)
pulumi.export("history", airports.history)
