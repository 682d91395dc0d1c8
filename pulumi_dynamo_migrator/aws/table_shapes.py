"""DescribeTable's answers as our nouns. Pure; the way there is `table_requests`. Never fills in what AWS did not say.

Normal forms: no billing mode is PROVISIONED; an on-demand table has no capacity; no encryption is the key that AWS
owns; no class is STANDARD; an absent on-demand limit is -1 (none); AWS's own tags (`aws:…`) are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pulumi_dynamo_migrator.model.observed import ObservedStream, ObservedTable, TableStatus
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Encryption,
    GlobalIndex,
    LocalIndex,
    PointInTimeRecovery,
    Projection,
    ProjectionType,
    Settings,
    Stream,
    Structure,
    Ttl,
    Units,
)

Described = Mapping[str, Any]
"""One `Table` of DescribeTable."""


def observed_table(table: Described) -> ObservedTable:
    """What one DescribeTable says; TTL, point-in-time recovery and tags are not in it."""
    stream = observed_stream(table)
    return ObservedTable(
        name=table["TableName"],
        arn=table["TableArn"],
        table_id=table["TableId"],
        status=TableStatus(table["TableStatus"]),
        structure=structure(table),
        settings=settings(table, stream),
        stream=stream,
        items=table.get("ItemCount", 0),
        bytes=table.get("TableSizeBytes", 0),
        replicas=len(table.get("Replicas", ())),
        index_statuses=tuple(
            sorted((index["IndexName"], index.get("IndexStatus", "")) for index in _global_indexes(table))
        ),
    )


def structure(table: Described) -> Structure:
    """Keys, key types and indexes."""
    hashes, ranges = _keys(table["KeySchema"])
    definitions = table["AttributeDefinitions"]
    local = table.get("LocalSecondaryIndexes") or ()
    return Structure(
        hash_key=hashes[0],
        range_key=ranges[0] if ranges else None,
        attributes=tuple(sorted((one["AttributeName"], one["AttributeType"]) for one in definitions)),
        local_indexes=tuple(sorted(map(_local_index, local), key=lambda index: index.name)),
        global_indexes=tuple(sorted(map(_global_index, _global_indexes(table)), key=lambda index: index.name)),
    )


def settings(table: Described, stream: ObservedStream) -> Settings:
    """All that DescribeTable says beside the structure."""
    mode = BillingMode(table.get("BillingModeSummary", {}).get("BillingMode", BillingMode.PROVISIONED))
    return Settings(
        billing_mode=mode,
        capacity=_capacity(table) if mode is BillingMode.PROVISIONED else None,
        on_demand=_on_demand(table) or Units(-1, -1),
        warm=_warm(table),
        stream=Stream(enabled=stream.enabled, view_type=stream.view_type),
        encryption=_encryption(table.get("SSEDescription") or {}),
        table_class=table.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
        deletion_protection=bool(table.get("DeletionProtectionEnabled", False)),
    )


def observed_stream(table: Described) -> ObservedStream:
    """The stream; the view type only of one that is on."""
    stream = table.get("StreamSpecification") or {}
    enabled = bool(stream.get("StreamEnabled"))
    return ObservedStream(
        enabled=enabled,
        view_type=stream.get("StreamViewType") if enabled else None,
        latest_arn=table.get("LatestStreamArn") or None,
    )


def ttl(description: Mapping[str, Any]) -> Ttl:
    """DescribeTimeToLive's `TimeToLiveDescription`; what is being switched counts as switched."""
    enabled = description.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
    return Ttl(enabled=enabled, attribute=description.get("AttributeName") if enabled else None)


def point_in_time_recovery(description: Mapping[str, Any]) -> PointInTimeRecovery:
    """DescribeContinuousBackups' `ContinuousBackupsDescription`."""
    recovery = description.get("PointInTimeRecoveryDescription") or {}
    enabled = recovery.get("PointInTimeRecoveryStatus") == "ENABLED"
    days = recovery.get("RecoveryPeriodInDays") if enabled else None
    return PointInTimeRecovery(enabled=enabled, recovery_period_in_days=days)


def tags(pairs: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """ListTagsOfResource's `Tags`, sorted, without those that only AWS can set."""
    return tuple(sorted((pair["Key"], pair["Value"]) for pair in pairs if not pair["Key"].startswith("aws:")))


def _keys(schema: Sequence[Mapping[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names: dict[str, list[str]] = {"HASH": [], "RANGE": []}
    for element in schema:
        names[element["KeyType"]].append(element["AttributeName"])
    return tuple(names["HASH"]), tuple(names["RANGE"])


def _global_indexes(table: Described) -> Sequence[Mapping[str, Any]]:
    return table.get("GlobalSecondaryIndexes") or ()


def _local_index(index: Mapping[str, Any]) -> LocalIndex:
    _, ranges = _keys(index["KeySchema"])
    return LocalIndex(name=index["IndexName"], range_key=ranges[0], projection=_projection(index["Projection"]))


def _global_index(index: Mapping[str, Any]) -> GlobalIndex:
    hashes, ranges = _keys(index["KeySchema"])
    capacity, limits = _capacity(index), _on_demand(index)
    return GlobalIndex(
        name=index["IndexName"],
        hash_keys=hashes,
        range_keys=ranges,
        projection=_projection(index["Projection"]),
        capacity=capacity if capacity.read or capacity.write else None,
        on_demand=None if limits == Units(-1, -1) else limits,
        warm=_warm(index),
    )


def _projection(projection: Mapping[str, Any]) -> Projection:
    return Projection(
        type=ProjectionType(projection.get("ProjectionType", ProjectionType.ALL)),
        non_key_attributes=tuple(sorted(projection.get("NonKeyAttributes") or ())),
    )


def _capacity(thing: Mapping[str, Any]) -> Units:
    units = thing.get("ProvisionedThroughput") or {}
    return Units(units.get("ReadCapacityUnits"), units.get("WriteCapacityUnits"))


def _on_demand(thing: Mapping[str, Any]) -> Units | None:
    units = thing.get("OnDemandThroughput")
    return units and Units(units.get("MaxReadRequestUnits", -1), units.get("MaxWriteRequestUnits", -1))


def _warm(thing: Mapping[str, Any]) -> Units | None:
    """None where AWS reports none (an emulator reports noughts)."""
    units = thing.get("WarmThroughput") or {}
    found = Units(units.get("ReadUnitsPerSecond") or None, units.get("WriteUnitsPerSecond") or None)
    return None if found == Units() else found


def _encryption(description: Mapping[str, Any]) -> Encryption:
    enabled = description.get("Status") in ("ENABLED", "ENABLING", "UPDATING")
    return Encryption(enabled=enabled, kms_key_arn=description.get("KMSMasterKeyArn") if enabled else None)
