"""What a successor takes over from its source, where the program does not say otherwise. Pure."""

from __future__ import annotations

from dataclasses import fields, replace

from pulumi_dynamo_migrator.model.spec import BillingMode, GlobalIndex, Settings, Structure
from pulumi_dynamo_migrator.plan.compare import own_tags


def carried_settings(source: Settings, wanted: Settings) -> Settings:
    """`wanted`, and the source's setting for everything that the program does not state."""
    filled = {
        field.name: getattr(source, field.name) if getattr(wanted, field.name) is None else getattr(wanted, field.name)
        for field in fields(Settings)
    }
    settings = replace(
        wanted,
        **filled,
    )
    settings = replace(settings, tags=own_tags(settings.tags))
    if settings.billing_mode is BillingMode.PAY_PER_REQUEST:
        return replace(settings, capacity=None)
    return replace(settings, on_demand=None)


def carried_structure(source: Structure, wanted: Structure) -> Structure:
    """`wanted`, where a global index that states no units takes those of the source's index of its name."""
    held = {index.name: index for index in source.global_indexes}
    return replace(
        wanted, global_indexes=tuple(_with_units(index, held.get(index.name)) for index in wanted.global_indexes)
    )


def _with_units(index: GlobalIndex, held: GlobalIndex | None) -> GlobalIndex:
    if held is None:
        return index
    return replace(
        index,
        capacity=index.capacity or held.capacity,
        on_demand=index.on_demand or held.on_demand,
        warm=index.warm or held.warm,
    )
