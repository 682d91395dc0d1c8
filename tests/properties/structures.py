"""Hypothesis strategies for what a table can be, and an echo of what DynamoDB makes of a CreateTable request."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Encryption,
    GlobalIndex,
    LocalIndex,
    Projection,
    ProjectionType,
    Settings,
    Stream,
    Structure,
    Units,
)

NAMES = st.sampled_from([f"attribute{n}" for n in range(12)])
UNITS = st.builds(Units, st.integers(1, 40_000), st.integers(1, 40_000))


def projections() -> st.SearchStrategy[Projection]:
    """Every kind of projection."""
    included = st.sets(st.sampled_from(["x", "y", "z"]), min_size=1).map(
        lambda names: Projection(ProjectionType.INCLUDE, tuple(sorted(names)))
    )
    return st.one_of(st.just(Projection()), st.just(Projection(ProjectionType.KEYS_ONLY)), included)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Structure, Settings]:
    """A structure and the settings that CreateTable takes, that fit each other."""
    provisioned = draw(st.booleans())
    hash_key, range_key, *others = draw(st.lists(NAMES, min_size=4, max_size=8, unique=True))
    ranged = draw(st.booleans())
    local = draw(st.lists(st.sampled_from(others), max_size=3, unique=True)) if ranged else []
    local_indexes = tuple(LocalIndex(f"l-{name}", name, draw(projections())) for name in sorted(local))
    global_indexes = tuple(
        GlobalIndex(
            name=f"g-{n}",
            hash_keys=tuple(draw(st.lists(st.sampled_from(others), min_size=1, max_size=2, unique=True))),
            range_keys=tuple(draw(st.lists(st.sampled_from([hash_key, range_key]), max_size=2, unique=True))),
            projection=draw(projections()),
            capacity=draw(UNITS) if provisioned else None,
            on_demand=None if provisioned else draw(st.none() | UNITS),
            warm=draw(st.none() | UNITS),
        )
        for n in range(draw(st.integers(0, 3)))
    )
    keys = (hash_key, *([range_key] if ranged else []))
    used = {*keys, *local, *(key for index in global_indexes for key in index.keys)}
    attributes = tuple((name, draw(st.sampled_from("SNB"))) for name in sorted(used))
    structure = Structure(hash_key, range_key if ranged else None, attributes, local_indexes, global_indexes)
    return structure, draw(settings(provisioned=provisioned))


@st.composite
def settings(draw: st.DrawFn, *, provisioned: bool) -> Settings:
    """Settings in the normal form in which they are observed, but for what CreateTable does not take."""
    view = st.sampled_from(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"])
    return Settings(
        billing_mode=BillingMode.PROVISIONED if provisioned else BillingMode.PAY_PER_REQUEST,
        capacity=draw(UNITS) if provisioned else None,
        on_demand=Units(-1, -1) if provisioned else draw(st.just(Units(-1, -1)) | UNITS),
        warm=draw(st.none() | UNITS),
        stream=draw(st.just(Stream(False)) | view.map(lambda one: Stream(True, one))),
        encryption=draw(st.sampled_from([Encryption(False), Encryption(True, "arn:aws:kms:eu-west-1:1:key/k")])),
        table_class=draw(st.sampled_from(["STANDARD", "STANDARD_INFREQUENT_ACCESS"])),
        deletion_protection=draw(st.booleans()),
    )


def description_after(request: dict[str, Any]) -> dict[str, Any]:
    """DescribeTable's `Table` after this CreateTable, as AWS's API reference shows it."""
    table = {name: request[name] for name in request.keys() & _ECHOED}
    if request["BillingMode"] == "PAY_PER_REQUEST":
        table["BillingModeSummary"] = {"BillingMode": "PAY_PER_REQUEST"}
    table.setdefault("ProvisionedThroughput", {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0})
    if "SSESpecification" in request:
        key = request["SSESpecification"].get("KMSMasterKeyId")
        table["SSEDescription"] = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key}
    if "TableClass" in request:
        table["TableClassSummary"] = {"TableClass": request["TableClass"]}
    table["GlobalSecondaryIndexes"] = [
        {"ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}, "IndexStatus": "ACTIVE", **index}
        for index in request.get("GlobalSecondaryIndexes", [])
    ]
    return {**table, "TableArn": "arn", "TableId": "id", "TableStatus": "ACTIVE", "ItemCount": 0, "TableSizeBytes": 0}


_ECHOED = {
    "TableName",
    "KeySchema",
    "AttributeDefinitions",
    "ProvisionedThroughput",
    "OnDemandThroughput",
    "WarmThroughput",
    "LocalSecondaryIndexes",
    "StreamSpecification",
    "DeletionProtectionEnabled",
}
