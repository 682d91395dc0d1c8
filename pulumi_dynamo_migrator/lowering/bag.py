"""A description as MigratedTable's arguments, in snake_case. What was not asked for is left out."""

from __future__ import annotations

from typing import Any

from pulumi_dynamo_migrator.lowering.description import Description
from pulumi_dynamo_migrator.model.spec import Conversion, GlobalIndex, LocalIndex, Projection, Retire, Settings, Units

Bag = dict[str, Any]


def bag_of(description: Description) -> Bag:
    """The declarative arguments that say the same. `resource_policy` (JSON text) is there when create gave one."""
    structure = description.structure
    return _said(
        {
            "name": description.name or None,
            "hash_key": structure.hash_key or None,
            "range_key": structure.range_key,
            "attributes": dict(structure.attributes),
            "local_secondary_indexes": [_local(one) for one in structure.local_indexes] or None,
            "global_secondary_indexes": [_global(one) for one in structure.global_indexes] or None,
            **_settings(description.settings),
            "resource_policy": description.resource_policy,
            "conversions": [_conversion(one) for one in description.conversions] or None,
            "retire": [_retire(one) for one in description.retire] or None,
        }
    )


def _local(index: LocalIndex) -> Bag:
    return {"name": index.name, "range_key": index.range_key, **_projection(index.projection)}


def _global(index: GlobalIndex) -> Bag:
    units = _units(index.capacity, index.on_demand, index.warm)
    return _said({"name": index.name, **_keys(index), **_projection(index.projection), **units})


def _keys(index: GlobalIndex) -> Bag:
    if len(index.hash_keys) == 1 and len(index.range_keys) <= 1:
        return {"hash_key": index.hash_keys[0], "range_key": index.range_keys[0] if index.range_keys else None}
    pairs = [*((name, "HASH") for name in index.hash_keys), *((name, "RANGE") for name in index.range_keys)]
    return {"key_schemas": [{"attribute_name": name, "key_type": kind} for name, kind in pairs]}


def _projection(projection: Projection) -> Bag:
    names = list(projection.non_key_attributes) or None
    return _said({"projection_type": projection.type.value, "non_key_attributes": names})


def _units(capacity: Units | None, on_demand: Units | None, warm: Units | None) -> Bag:
    capacity = capacity or Units()
    return {
        "read_capacity": capacity.read,
        "write_capacity": capacity.write,
        "on_demand_throughput": on_demand
        and _said({"max_read_request_units": on_demand.read, "max_write_request_units": on_demand.write}),
        "warm_throughput": warm and _said({"read_units_per_second": warm.read, "write_units_per_second": warm.write}),
    }


def _settings(settings: Settings) -> Bag:
    stream, encryption = settings.stream, settings.encryption
    return {
        "billing_mode": settings.billing_mode and settings.billing_mode.value,
        **_units(settings.capacity, settings.on_demand, settings.warm),
        "stream_enabled": stream and stream.enabled,
        "stream_view_type": stream and stream.view_type,
        "server_side_encryption": encryption
        and _said({"enabled": encryption.enabled, "kms_key_arn": encryption.kms_key_arn}),
        "table_class": settings.table_class,
        "deletion_protection_enabled": settings.deletion_protection,
        "tags": None if settings.tags is None else dict(settings.tags),
    }


def _conversion(one: Conversion) -> Bag:
    return {
        "number": one.number,
        "source": one.source.to_json(),
        "reverse": one.reverse and one.reverse.to_json(),
        "distinct_keys": one.distinct_keys,
    }


def _retire(one: Retire) -> Bag:
    return {
        "table": one.table,
        "evidence": one.evidence,
        "backup": one.backup,
        "accept_conflicts": one.accept_conflicts,
        "step": one.step,
    }


def _said(bag: Bag) -> Bag:
    return {name: value for name, value in bag.items() if value is not None}
