"""CreateTable's and UpdateTable's own shapes as our nouns: keys, indexes, units, and the other settings.

Source of names and nesting: Amazon DynamoDB API Reference, CreateTable and UpdateTable.
"""

from __future__ import annotations

from pulumi_dynamo_migrator.lowering.given import Given
from pulumi_dynamo_migrator.lowering.step import Teller
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Encryption,
    GlobalIndex,
    LocalIndex,
    Projection,
    ProjectionType,
    Stream,
    Units,
)

UNITS = ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")

Keys = tuple[tuple[str, ...], tuple[str, ...]]
"""Hash keys and range keys, each in order."""


def key_schema(given: Given) -> Keys:
    """KeySchema."""
    names: dict[str, list[str]] = {"HASH": [], "RANGE": []}
    for one in given.many("KeySchema"):
        one.only("AttributeName", "KeyType")
        name, kind = one.needed("AttributeName"), one.needed("KeyType", ("HASH", "RANGE"))
        if name is not None and kind is not None:
            names[kind].append(name)
    return tuple(names["HASH"]), tuple(names["RANGE"])


def table_key(given: Given, tell: Teller) -> tuple[str, str | None]:
    """A table's hash and range key; an empty hash key is one that could not be read."""
    hashes, ranges = key_schema(given)
    if "KeySchema" not in given:
        given.tell("it has no KeySchema: name the table's HASH key, and its RANGE key if it has one.")
    elif len(hashes) != 1 or len(ranges) > 1:
        tell.consequence(
            f"KeySchema has {len(hashes)} HASH and {len(ranges)} RANGE keys: a table has one HASH key and at most one "
            "RANGE key."
        )
    if hashes and ranges and hashes[0] == ranges[0]:
        tell(f"KeySchema uses {hashes[0]!r} as HASH and as RANGE key: name another attribute, or leave RANGE out.")
        return hashes[0], None
    return hashes[0] if hashes else "", ranges[0] if ranges else None


def local_index(given: Given, hash_key: str, tell: Teller) -> LocalIndex | None:
    """One of LocalSecondaryIndexes, of a table with that hash key."""
    given.only("IndexName", "KeySchema", "Projection")
    name = given.needed("IndexName")
    hashes, ranges = key_schema(given)
    if name is None:
        return None
    if len(hashes) != 1 or len(ranges) != 1:
        tell.consequence(
            f"local index {name!r} has {len(hashes)} HASH and {len(ranges)} RANGE keys: it takes the table's HASH key "
            "and one RANGE key."
        )
    elif hash_key and hashes[0] != hash_key:
        tell(
            f"local index {name!r} has the HASH key {hashes[0]!r}, and the table's is {hash_key!r}: a local index "
            "keeps the table's HASH key; use it, or make this a global index."
        )
    return LocalIndex(name, ranges[0], _projection(given)) if ranges else None


def global_index(given: Given, tell: Teller) -> GlobalIndex | None:
    """One of GlobalSecondaryIndexes, or the Create of GlobalSecondaryIndexUpdates."""
    given.only("IndexName", "KeySchema", "Projection", *UNITS)
    name = given.needed("IndexName")
    hashes, ranges = key_schema(given)
    if name is None:
        return None
    if not hashes:
        tell.consequence(f"global index {name!r} has no HASH key: give its KeySchema one.")
        return None
    return GlobalIndex(name, hashes, ranges, _projection(given), provisioned(given), on_demand(given), warm(given))


def _projection(given: Given) -> Projection:
    inner = given.inner("Projection")
    if inner is None:
        if "Projection" not in given:
            given.tell(f"{given.path} has no Projection: say which attributes it copies.")
        return Projection()
    inner.only("ProjectionType", "NonKeyAttributes")
    kind = inner.one_of("ProjectionType", tuple(ProjectionType)) or ProjectionType.ALL
    return Projection(ProjectionType(kind), tuple(sorted(set(inner.texts("NonKeyAttributes")))))


def provisioned(given: Given) -> Units | None:
    """ProvisionedThroughput, both of it."""
    units = _units(given, "ProvisionedThroughput", ("ReadCapacityUnits", "WriteCapacityUnits"))
    if units is not None and (units.read is None or units.write is None):
        given.tell(f"{given.at('ProvisionedThroughput')} needs ReadCapacityUnits and WriteCapacityUnits: give both.")
    return units


def on_demand(given: Given) -> Units | None:
    """OnDemandThroughput."""
    return _units(given, "OnDemandThroughput", ("MaxReadRequestUnits", "MaxWriteRequestUnits"))


def warm(given: Given) -> Units | None:
    """WarmThroughput."""
    return _units(given, "WarmThroughput", ("ReadUnitsPerSecond", "WriteUnitsPerSecond"))


def _units(given: Given, name: str, parts: tuple[str, str]) -> Units | None:
    inner = given.inner(name)
    if inner is None:
        return None
    units = Units(*(inner.only(*parts).whole(part) for part in parts))
    return None if units == Units() else units


def billing_mode(given: Given) -> BillingMode | None:
    """BillingMode."""
    mode = given.one_of("BillingMode", tuple(BillingMode))
    return None if mode is None else BillingMode(mode)


def stream(given: Given) -> Stream | None:
    """StreamSpecification."""
    inner = given.inner("StreamSpecification")
    if inner is None:
        return None
    enabled = inner.only("StreamEnabled", "StreamViewType").switch("StreamEnabled")
    if enabled is None and "StreamEnabled" not in inner:
        inner.tell(f"{inner.path} has no StreamEnabled: say True or False.")
    return Stream(bool(enabled), inner.text("StreamViewType") if enabled else None)


def encryption(given: Given, tell: Teller) -> Encryption | None:
    """SSESpecification. Not enabled is AWS's own key; KMS is the only type (API Reference, SSESpecification)."""
    inner = given.inner("SSESpecification")
    if inner is None:
        return None
    enabled, key = inner.only("Enabled", "SSEType", "KMSMasterKeyId").switch("Enabled"), inner.text("KMSMasterKeyId")
    if inner.one_of("SSEType", ("AES256", "KMS")) == "AES256":
        tell("SSESpecification asks for AES256, and DynamoDB takes KMS only: leave SSEType out, or say KMS.")
    if key is not None and not enabled:
        tell("SSESpecification names a KMSMasterKeyId without Enabled=True: enable it, or leave the key out.")
    return Encryption(bool(enabled), key if enabled else None)
