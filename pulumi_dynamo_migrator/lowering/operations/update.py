"""`update`: UpdateTable's own keywords, all that can be changed in place."""

from __future__ import annotations

from dataclasses import replace

from pulumi_dynamo_migrator.lowering import keywords
from pulumi_dynamo_migrator.lowering.attributes import declared, definitions, settled
from pulumi_dynamo_migrator.lowering.description import Description, of_mode, over
from pulumi_dynamo_migrator.lowering.given import Given, of_aws
from pulumi_dynamo_migrator.lowering.index_updates import created, deleted, tell_of_updates, updated
from pulumi_dynamo_migrator.lowering.refused import REFUSED, tell_refused
from pulumi_dynamo_migrator.lowering.step import Step, Teller
from pulumi_dynamo_migrator.model.spec import Settings, Structure

KEYWORDS = (
    "TableName",
    "AttributeDefinitions",
    "BillingMode",
    *keywords.UNITS,
    "GlobalSecondaryIndexUpdates",
    "StreamSpecification",
    "SSESpecification",
    "TableClass",
    "DeletionProtectionEnabled",
)


def apply(step: Step, before: Description, tell: Teller) -> Description:
    """With other settings and global indexes."""
    given = of_aws(step, tell).only(*KEYWORDS, *REFUSED)
    tell_refused(given, tell)
    _tell_of_name(given, before, tell)
    if not set(given.keywords) - {"TableName"}:
        tell("it changes nothing: give one of UpdateTable's keywords.")
    mode = keywords.billing_mode(given)
    old = before if mode is None else of_mode(before, mode)
    return replace(old, structure=_structure(given, old, tell), settings=_settings(given, old, tell))


def _tell_of_name(given: Given, before: Description, tell: Teller) -> None:
    name = given.text("TableName")
    if name is not None and before.name and name not in (before.name, before.newest_table):
        tell(f"TableName {name!r} is not this migrator's table, {before.name!r}: leave TableName out.")


def _structure(given: Given, before: Description, tell: Teller) -> Structure:
    """Indexes go before others come, so that a name or an attribute may be used anew."""
    tell_of_updates(given, tell)
    types = definitions(given, tell)
    kept = declared(deleted(before.structure, given, tell), types, tell)
    return settled(created(updated(kept, given, tell), given, tell), types, tell)


def _settings(given: Given, before: Description, tell: Teller) -> Settings:
    """What is not said stays. The billing mode is said already."""
    old, protection = before.settings, given.switch("DeletionProtectionEnabled")
    return replace(
        old,
        capacity=over(old.capacity, keywords.provisioned(given)),
        on_demand=over(old.on_demand, keywords.on_demand(given)),
        warm=over(old.warm, keywords.warm(given)),
        stream=keywords.stream(given) or old.stream,
        encryption=keywords.encryption(given, tell) or old.encryption,
        table_class=given.text("TableClass") or old.table_class,
        deletion_protection=old.deletion_protection if protection is None else protection,
    )
