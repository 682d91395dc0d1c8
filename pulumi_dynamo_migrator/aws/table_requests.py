"""Our nouns as CreateTable's and UpdateTable's arguments. Pure; the way back is `table_shapes`.

Never asks for what was not stated: None is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Encryption,
    GlobalIndex,
    LocalIndex,
    PointInTimeRecovery,
    Projection,
    Settings,
    Stream,
    Structure,
    Ttl,
    Units,
)

Request = dict[str, Any]


def create_table(name: str, structure: Structure, *, settings: Settings, tags: Mapping[str, str]) -> Request:
    """CreateTable's arguments. TTL and point-in-time recovery are not among them: they have calls of their own.

    Without a billing mode a stated capacity means PROVISIONED, none PAY_PER_REQUEST.
    """
    mode = billing_mode(settings)
    provisioned = mode is BillingMode.PROVISIONED
    default = settings.capacity if provisioned else None
    request: Request = {
        "TableName": name,
        "KeySchema": key_schema((structure.hash_key,), structure.keys[1:]),
        "AttributeDefinitions": attribute_definitions(structure.attributes),
        "BillingMode": mode.value,
        "ProvisionedThroughput": _capacity(settings.capacity) if provisioned else None,
        "OnDemandThroughput": None if provisioned else _on_demand(_limits(settings.on_demand)),
        "WarmThroughput": _warm(settings.warm),
        "LocalSecondaryIndexes": [_local_index(index, structure.hash_key) for index in structure.local_indexes],
        "GlobalSecondaryIndexes": [_global_index(index, mode, default) for index in structure.global_indexes],
        "StreamSpecification": _stream(settings.stream) if settings.stream and settings.stream.enabled else None,
        "SSESpecification": _encryption(settings.encryption) if _encrypted(settings) else None,
        "TableClass": settings.table_class,
        "DeletionProtectionEnabled": settings.deletion_protection,
        "ResourcePolicy": settings.resource_policy,
        "Tags": tag_list({**dict(settings.tags or ()), **tags}),
    }
    return stated(request)


def billing_mode(settings: Settings) -> BillingMode:
    """The mode that the settings mean."""
    if settings.billing_mode is not None:
        return settings.billing_mode
    return BillingMode.PAY_PER_REQUEST if settings.capacity is None else BillingMode.PROVISIONED


def update_billing(
    seen: ObservedTable, mode: BillingMode, *, capacity: Units | None, indexes: Mapping[str, Units]
) -> Request:
    """Mode and capacities in one UpdateTable, only what differs (DynamoDB refuses what does not); empty: nothing does.

    A table that turns PROVISIONED needs the capacity of every global index: one that is not stated takes the table's.
    """
    turning = mode is not seen.settings.billing_mode
    if mode is BillingMode.PAY_PER_REQUEST:
        return {"BillingMode": mode.value} if turning else {}
    same = capacity is None or capacity == seen.settings.capacity
    request = {
        "BillingMode": mode.value if turning else None,
        "ProvisionedThroughput": None if same and not turning else _capacity(capacity),
        "GlobalSecondaryIndexUpdates": [
            {"Update": {"IndexName": index.name, "ProvisionedThroughput": _capacity(indexes.get(index.name), capacity)}}
            for index in seen.structure.global_indexes
            if turning or indexes.get(index.name) not in (None, index.capacity)
        ],
    }
    return stated(request)


def update_on_demand(units: Units) -> Request:
    """Limits of an on-demand table; -1 takes a limit away."""
    return {"OnDemandThroughput": _on_demand(units)}


def update_warm(units: Units) -> Request:
    """Warm throughput, which only grows."""
    return {"WarmThroughput": _warm(units)}


def update_stream(stream: Stream) -> Request:
    """The stream, on or off."""
    return {"StreamSpecification": _stream(stream)}


def update_encryption(encryption: Encryption) -> Request:
    """The key; off means the one that AWS owns."""
    return {"SSESpecification": _encryption(encryption)}


def create_index(index: GlobalIndex, types: Mapping[str, str], *, mode: BillingMode, default: Units | None) -> Request:
    """One global index, with the `types` of all key attributes that it needs: DynamoDB does not look them up."""
    update = {"Create": _global_index(index, mode, default)}
    definitions = attribute_definitions(sorted(types.items()))
    return {"AttributeDefinitions": definitions, "GlobalSecondaryIndexUpdates": [update]}


def delete_index(name: str) -> Request:
    """One global index less."""
    return {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}}]}


def update_index(index: GlobalIndex, *, mode: BillingMode) -> Request:
    """The units of a living index: all that DynamoDB changes in one."""
    update = {"IndexName": index.name, **_index_units(index, mode, None)}
    return {"GlobalSecondaryIndexUpdates": [{"Update": update}]}


def ttl(wanted: Ttl) -> Request:
    """UpdateTimeToLive's specification."""
    return {"TimeToLiveSpecification": {"Enabled": wanted.enabled, "AttributeName": wanted.attribute}}


def point_in_time_recovery(wanted: PointInTimeRecovery) -> Request:
    """UpdateContinuousBackups' specification."""
    days = wanted.recovery_period_in_days if wanted.enabled else None
    specification = stated({"PointInTimeRecoveryEnabled": wanted.enabled, "RecoveryPeriodInDays": days})
    return {"PointInTimeRecoverySpecification": specification}


def key_schema(hash_keys: Iterable[str], range_keys: Iterable[str]) -> list[Request]:
    """KeySchema, hash keys first."""
    hashes = [{"AttributeName": name, "KeyType": "HASH"} for name in hash_keys]
    return hashes + [{"AttributeName": name, "KeyType": "RANGE"} for name in range_keys]


def attribute_definitions(attributes: Iterable[tuple[str, str]]) -> list[Request]:
    """AttributeDefinitions."""
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in attributes]


def tag_list(tags: Mapping[str, str]) -> list[Any]:
    """Tags as DynamoDB and IAM spell them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def stated(request: Request) -> Request:
    """Without what is None or an empty list."""
    return {name: value for name, value in request.items() if value is not None and value != []}


def _local_index(index: LocalIndex, hash_key: str) -> Request:
    return {
        "IndexName": index.name,
        "KeySchema": key_schema((hash_key,), (index.range_key,)),
        "Projection": _projection(index.projection),
    }


def _global_index(index: GlobalIndex, mode: BillingMode, default: Units | None) -> Request:
    return {
        "IndexName": index.name,
        "KeySchema": key_schema(index.hash_keys, index.range_keys),
        "Projection": _projection(index.projection),
        **_index_units(replace(index, on_demand=_limits(index.on_demand)), mode, default),
    }


def _index_units(index: GlobalIndex, mode: BillingMode, default: Units | None) -> Request:
    """An index of a provisioned table that states no capacity takes the table's."""
    provisioned = mode is BillingMode.PROVISIONED
    units: Request = {
        "ProvisionedThroughput": _capacity(index.capacity, default) if provisioned else None,
        "OnDemandThroughput": None if provisioned else _on_demand(index.on_demand),
        "WarmThroughput": _warm(index.warm),
    }
    return stated(units)


def _projection(projection: Projection) -> Request:
    names = list(projection.non_key_attributes)
    return stated({"ProjectionType": projection.type.value, "NonKeyAttributes": names})


def _capacity(units: Units | None, default: Units | None = None) -> Request | None:
    own, other = units or Units(), default or Units()
    read, write = own.read or other.read, own.write or other.write
    request = stated({"ReadCapacityUnits": read, "WriteCapacityUnits": write})
    return request or None


def _on_demand(units: Units | None) -> Request | None:
    units = units or Units()
    return stated({"MaxReadRequestUnits": units.read, "MaxWriteRequestUnits": units.write}) or None


def _limits(units: Units | None) -> Units:
    """For a new table or index: no limit is said by saying nothing."""
    units = units or Units()
    return Units(*(None if one == -1 else one for one in (units.read, units.write)))


def _warm(units: Units | None) -> Request | None:
    units = units or Units()
    return stated({"ReadUnitsPerSecond": units.read or None, "WriteUnitsPerSecond": units.write or None}) or None


def _stream(stream: Stream) -> Request:
    return stated({"StreamEnabled": stream.enabled, "StreamViewType": stream.view_type if stream.enabled else None})


def _encrypted(settings: Settings) -> bool:
    return settings.encryption is not None and settings.encryption.enabled


def _encryption(encryption: Encryption | None) -> Request:
    if encryption is None or not encryption.enabled:
        return {"Enabled": False}
    return stated({"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": encryption.kms_key_arn})
