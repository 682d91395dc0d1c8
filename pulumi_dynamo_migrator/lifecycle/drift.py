"""What AWS has and the program did not ask: shown by `pulumi refresh`, put right by the next `pulumi up`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pulumi_dynamo_migrator.bags.outputs import ECHOED
from pulumi_dynamo_migrator.bags.props import parse, stated_before
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import Settings, Structure
from pulumi_dynamo_migrator.plan.compare import (
    Setting,
    StructureDifference,
    compare_settings,
    compare_structure,
    own_tags,
    wanted_settings,
)
from pulumi_dynamo_migrator.plan.ending import pinned
from pulumi_dynamo_migrator.plan.left import gone_back_from

Bag = dict[str, Any]

DRIFTED = "drifted"
"""What `__asked` says after a refresh that found drift: the next diff sees a change, whatever is asked."""


def drifted(entry: Entry, served: ObservedTable, props: Mapping[str, Any], outs: Bag) -> tuple[Bag, Bag | None]:
    """The outputs and, where AWS differs from what was last carried out, the inputs that would describe AWS."""
    parsed = parse(_last_inputs(props))
    if parsed.spec is None or entry.migration is not None:
        return _kept(outs, props), None
    asked = replace(parsed.spec, settings=wanted_settings(parsed.spec.settings, stated_before(entry.asked)))
    changes = compare_settings(served.settings, asked.settings)
    difference = compare_structure(served.structure, asked.structure)
    if pinned(asked, entry) and gone_back_from(entry) is not None:
        difference = StructureDifference()  # what the program asks beyond the version that one has gone back to waits
    if not changes and not difference.in_place and not difference.needs_successor:
        return _kept(outs, props), None
    inputs = {**_last_inputs(props), **_structure(served.structure, props), **_settings(changes, served.settings)}
    inputs = {key: value for key, value in inputs.items() if value is not None}
    return {**outs, "__asked": DRIFTED}, {**inputs, "__urn": entry.urn}


def _kept(outs: Bag, props: Mapping[str, Any]) -> Bag:
    return {**outs, "__asked": props.get("__asked", outs["__asked"])}


def _last_inputs(props: Mapping[str, Any]) -> Bag:
    """The inputs that the outputs came from: echoed under their own names, but for those that say what is served."""
    found = {name: props[name] for name in (*ECHOED, "hash_key", "range_key") if props.get(name) is not None}
    return {**found, "name": props["__named"]} if props.get("__named") is not None else found


def _structure(structure: Structure, props: Mapping[str, Any]) -> Bag:
    asked = _last_inputs(props)
    found: Bag = {
        "hash_key": structure.hash_key,
        "range_key": structure.range_key,
        "attributes": dict(structure.attributes),
    }
    seen = {index.name: index for index in structure.global_indexes}
    indexes = [one for one in asked.get("global_secondary_indexes") or [] if one.get("name") in seen]
    known = {one.get("name") for one in indexes}
    indexes += [
        {
            "name": index.name,
            "key_schemas": [
                *({"attribute_name": key, "key_type": "HASH"} for key in index.hash_keys),
                *({"attribute_name": key, "key_type": "RANGE"} for key in index.range_keys),
            ],
            "projection_type": index.projection.type.value,
            **(
                {"non_key_attributes": list(index.projection.non_key_attributes)}
                if index.projection.non_key_attributes
                else {}
            ),
        }
        for name, index in seen.items()
        if name not in known
    ]
    return {**found, "global_secondary_indexes": indexes or None}


def _settings(changes: tuple[Setting, ...], seen: Settings) -> Bag:
    found: Bag = {}
    for change in changes:
        found.update(_SPELLED[change](seen))
    return found


def _billing(seen: Settings) -> Bag:
    capacity = seen.capacity
    return {
        "billing_mode": seen.billing_mode.value if seen.billing_mode else None,
        "read_capacity": capacity.read if capacity else None,
        "write_capacity": capacity.write if capacity else None,
    }


def _on_demand(seen: Settings) -> Bag:
    units = seen.on_demand
    return {
        "on_demand_throughput": None
        if units is None
        else {"max_read_request_units": units.read, "max_write_request_units": units.write}
    }


def _warm(seen: Settings) -> Bag:
    units = seen.warm
    return {
        "warm_throughput": None
        if units is None
        else {"read_units_per_second": units.read, "write_units_per_second": units.write}
    }


def _stream(seen: Settings) -> Bag:
    return {
        "stream_enabled": bool(seen.stream and seen.stream.enabled),
        "stream_view_type": seen.stream.view_type if seen.stream and seen.stream.enabled else None,
    }


def _ttl(seen: Settings) -> Bag:
    return {"ttl": None if seen.ttl is None else {"enabled": seen.ttl.enabled, "attribute_name": seen.ttl.attribute}}


def _recovery(seen: Settings) -> Bag:
    recovery = seen.point_in_time_recovery
    if recovery is None:
        return {}
    return {
        "point_in_time_recovery": {
            "enabled": recovery.enabled,
            "recovery_period_in_days": recovery.recovery_period_in_days,
        }
    }


def _encryption(seen: Settings) -> Bag:
    encryption = seen.encryption
    if encryption is None:
        return {}
    return {"server_side_encryption": {"enabled": encryption.enabled, "kms_key_arn": encryption.kms_key_arn}}


_SPELLED: dict[Setting, Callable[[Settings], Bag]] = {
    Setting.BILLING: _billing,
    Setting.ON_DEMAND: _on_demand,
    Setting.WARM: _warm,
    Setting.TABLE_CLASS: lambda seen: {"table_class": seen.table_class},
    Setting.ENCRYPTION: _encryption,
    Setting.STREAM: _stream,
    Setting.TTL: _ttl,
    Setting.RECOVERY: _recovery,
    Setting.TAGS: lambda seen: {"tags": dict(own_tags(seen.tags))},
    Setting.PROTECTION: lambda seen: {"deletion_protection_enabled": seen.deletion_protection},
}
