"""What a successor takes over from its source, where the program does not say otherwise. Pure."""

from __future__ import annotations

from dataclasses import fields, replace

from pulumi_dynamo_migrator.model.spec import BillingMode, Settings
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
