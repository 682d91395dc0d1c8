"""`create`: CreateTable's own keywords make the first description."""

from __future__ import annotations

from pulumi_dynamo_migrator.lowering import keywords
from pulumi_dynamo_migrator.lowering.attributes import definitions, settled, with_types
from pulumi_dynamo_migrator.lowering.description import Description
from pulumi_dynamo_migrator.lowering.given import Given, of_aws
from pulumi_dynamo_migrator.lowering.indexes import global_indexes, local_indexes
from pulumi_dynamo_migrator.lowering.refused import REFUSED, tell_refused
from pulumi_dynamo_migrator.lowering.step import Step, Teller
from pulumi_dynamo_migrator.model.spec import BillingMode, Settings, Structure

KEYWORDS = (
    "TableName",
    "AttributeDefinitions",
    "KeySchema",
    "LocalSecondaryIndexes",
    "GlobalSecondaryIndexes",
    "BillingMode",
    *keywords.UNITS,
    "StreamSpecification",
    "SSESpecification",
    "Tags",
    "TableClass",
    "DeletionProtectionEnabled",
    "ResourcePolicy",
)


def apply(step: Step, tell: Teller) -> Description:
    """The table that is created; TableName is the base name of all its versions."""
    given = of_aws(step, tell).only(*KEYWORDS, *REFUSED)
    tell_refused(given, tell)
    return Description(
        name=given.needed("TableName") or "",
        structure=_structure(given, tell),
        settings=_settings(given, tell),
        resource_policy=given.text("ResourcePolicy"),
    )


def _structure(given: Given, tell: Teller) -> Structure:
    types = definitions(given, tell)
    hash_key, range_key = keywords.table_key(given, tell)
    structure = Structure(
        hash_key,
        range_key,
        attributes=(),
        local_indexes=local_indexes(given, hash_key, tell),
        global_indexes=global_indexes(given, tell),
    )
    return settled(with_types(structure, types), types, tell)


def _settings(given: Given, tell: Teller) -> Settings:
    mode, capacity = keywords.billing_mode(given), keywords.provisioned(given)
    if mode is None and capacity is not None:
        mode = BillingMode.PROVISIONED  # as for boto3 (API Reference, CreateTable: ProvisionedThroughput)
    return Settings(
        billing_mode=mode,
        capacity=capacity,
        on_demand=keywords.on_demand(given),
        warm=keywords.warm(given),
        stream=keywords.stream(given),
        encryption=keywords.encryption(given, tell),
        table_class=given.text("TableClass"),
        deletion_protection=given.switch("DeletionProtectionEnabled"),
        tags=_tags(given, tell),
    )


def _tags(given: Given, tell: Teller) -> tuple[tuple[str, str], ...] | None:
    if "Tags" not in given:
        return None
    found: dict[str, str] = {}
    for one in given.many("Tags"):
        key, value = one.only("Key", "Value").needed("Key"), one.needed("Value")
        if key is None or value is None:
            continue
        if key in found:
            tell(f"Tags has the key {key!r} twice: leave one out.")
        found[key] = value
    return tuple(sorted(found.items()))
