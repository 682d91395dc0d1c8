"""The arguments of MigratedTable and their spellings: snake_case or camelCase, pulumi_aws's argument objects. Pure.

pulumi_aws's args objects reach a dynamic provider as dicts in camelCase, plain dicts as they were written; values and
tag names are never touched. Names and meaning are those of aws.dynamodb.Table (pulumi_aws 7).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

ARGUMENTS = (
    "name",
    "adopt",
    "region",
    "hash_key",
    "range_key",
    "attributes",
    "local_secondary_indexes",
    "global_secondary_indexes",
    "billing_mode",
    "read_capacity",
    "write_capacity",
    "on_demand_throughput",
    "warm_throughput",
    "stream_enabled",
    "stream_view_type",
    "ttl",
    "point_in_time_recovery",
    "server_side_encryption",
    "table_class",
    "deletion_protection_enabled",
    "tags",
    "conversions",
    "serve",
    "retire",
    "script",
    "migration",
)

OPTIONS = (
    "verify",
    "on_item_error",
    "segments",
    "workers",
    "processes",
    "max_write_units",
    "max_read_units",
    "function_timeout",
    "accept_failed_items",
    "wait_for",
    "copy_within",
    "role",
    "permissions_boundary",
    "fence",
    "accept_loss",
)

REFUSED = {
    "replicas": "global tables are not migrated; leave replicas out.",
    "import_table": "import the data first, then take the table over with adopt=.",
    "restore_source_name": "restore the table first, then take it over with adopt=.",
    "restore_source_table_arn": "restore the table first, then take it over with adopt=.",
    "restore_date_time": "restore the table first, then take it over with adopt=.",
    "restore_to_latest_time": "restore the table first, then take it over with adopt=.",
    "global_table_witness": "global tables are not migrated; leave it out.",
}

_STRUCTURED = {
    "local_secondary_indexes",
    "global_secondary_indexes",
    "ttl",
    "point_in_time_recovery",
    "server_side_encryption",
    "on_demand_throughput",
    "warm_throughput",
    "key_schemas",
    "migration",
}


def normalise(bag: Mapping[str, Any]) -> dict[str, Any]:
    """The bag in snake_case throughout, attributes as a dict; twice is as good as once."""
    result: dict[str, Any] = {}
    for key, value in bag.items():
        name = snake(key)
        if value is None:
            continue
        result[name] = _attributes(value) if name == "attributes" else _known(name, value)
    return result


def _known(name: str, value: Any) -> Any:
    if name not in _STRUCTURED:
        return value
    if isinstance(value, Mapping):
        return normalise(value)
    if isinstance(value, list | tuple):
        return [normalise(one) if isinstance(one, Mapping) else one for one in value]
    return value


def _attributes(value: Any) -> Any:
    """`{"id": "S"}` and `[{"name": "id", "type": "S"}]` are the same."""
    if isinstance(value, list | tuple) and all(isinstance(one, Mapping) and "name" in one for one in value):
        return {str(one["name"]): one.get("type") for one in value}
    return value


def snake(name: str) -> str:
    """camelCase → snake_case; a name in snake_case stays."""
    return re.sub(r"(?<=[a-z0-9])[A-Z]+", lambda match: "_" + match.group().lower(), name)
