"""Change one setting of a living table and wait until DynamoDB has done it. Never touches keys, indexes or items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import BillingMode, Settings, Units
from pulumi_dynamo_migrator.plan.compare import Setting, compare_settings, own_tags
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.waiting import change_table, set_recovery


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    """Bring `setting` of `table` to what `wanted` says."""

    table: str
    setting: Setting
    wanted: Settings

    def describe(self) -> str:
        """One line for the preview."""
        return f"set {self.setting} of {self.table} to {in_words(self.setting, self.wanted)}"

    def apply(self, site: Site) -> None:
        """Ask for the change where it is not there yet, and wait until the table is ACTIVE again."""
        name = self.table if site.entry.serving is None else site.entry.serving.table
        change_setting(site, name, setting=self.setting, wanted=self.wanted)


_SHOWN = (Setting.BILLING, Setting.TABLE_CLASS, Setting.ENCRYPTION, Setting.STREAM, Setting.PROTECTION)
"""What DescribeTable tells in the words in which it was asked for; TTL, recovery and tags have calls of their own."""


def change_setting(site: Site, table: str, *, setting: Setting, wanted: Settings) -> None:
    """Carry out one change on `table` and wait for it; a later look finds no difference."""

    def done(seen: ObservedTable) -> bool:
        return setting not in compare_settings(seen.settings, wanted)

    ask = _APPLY[setting]
    change_table(site, table, lambda seen: ask(site, seen, wanted), done=done if setting in _SHOWN else None)


def describe_setting(setting: Setting, seen: Settings, wanted: Settings) -> str:
    """Before and after in a few words."""
    return f"{setting}: {in_words(setting, seen)} → {in_words(setting, wanted)}"


def in_words(setting: Setting, settings: Settings) -> str:
    """A setting's value for people."""
    if setting is Setting.BILLING:
        return _billing_words(settings)
    value: Any = getattr(settings, setting.value)
    if setting is Setting.TAGS:
        return ", ".join(f"{key}={text}" for key, text in own_tags(value)) or "none"
    if value is None:
        return "none"
    if isinstance(value, Units):
        return f"{_units(value.read)} read, {_units(value.write)} write"
    if isinstance(value, bool):
        return "on" if value else "off"
    if hasattr(value, "enabled"):
        return _switch_words(value)
    return str(value)


def _units(number: int | None) -> str:
    return "no limit" if number in (None, -1) else f"{number:,}"


def _billing_words(settings: Settings) -> str:
    if settings.billing_mode is BillingMode.PROVISIONED and settings.capacity is not None:
        return f"PROVISIONED ({settings.capacity.read} read, {settings.capacity.write} write)"
    return str(settings.billing_mode or "as it is")


def _switch_words(value: Any) -> str:
    if not value.enabled:
        return "off"
    rest = [
        str(getattr(value, name)) for name in value.__slots__ if name != "enabled" and getattr(value, name) is not None
    ]
    return f"on ({', '.join(rest)})" if rest else "on"


Apply = Callable[[Site, ObservedTable, Settings], None]


def _billing(site: Site, table: ObservedTable, wanted: Settings) -> None:
    mode = wanted.billing_mode or table.settings.billing_mode or BillingMode.PROVISIONED
    indexes = {index.name: index.capacity for index in site.spec.structure.global_indexes if index.capacity is not None}
    site.doors.tables.update_billing(table.name, mode, capacity=wanted.capacity, indexes=indexes)


def _given(field: str, change: Callable[[Site, ObservedTable, Any], None]) -> Apply:
    """A change that only makes sense with a value: a planner that asks for it without one is wrong."""

    def apply(site: Site, table: ObservedTable, wanted: Settings) -> None:
        value = getattr(wanted, field)
        if value is None:
            raise LookupError(f"{field} of {table.name} is to be changed, to nothing")
        change(site, table, value)

    return apply


_APPLY: dict[Setting, Apply] = {
    Setting.BILLING: _billing,
    Setting.ON_DEMAND: _given(
        "on_demand", lambda site, table, value: site.doors.tables.update_on_demand(table.name, value)
    ),
    Setting.WARM: _given("warm", lambda site, table, value: site.doors.tables.update_warm(table.name, value)),
    Setting.TABLE_CLASS: _given(
        "table_class", lambda site, table, value: site.doors.tables.update_class(table.name, value)
    ),
    Setting.ENCRYPTION: _given(
        "encryption", lambda site, table, value: site.doors.tables.update_encryption(table.name, value)
    ),
    Setting.STREAM: _given("stream", lambda site, table, value: site.doors.tables.update_stream(table.name, value)),
    Setting.TTL: _given("ttl", lambda site, table, value: site.doors.tables.set_ttl(table.name, value)),
    Setting.RECOVERY: _given(
        "point_in_time_recovery", lambda site, table, value: set_recovery(site, table.name, value)
    ),
    Setting.TAGS: _given(
        "tags", lambda site, table, value: site.doors.tables.set_tags(table.arn, dict(own_tags(value)))
    ),
    Setting.PROTECTION: _given(
        "deletion_protection",
        lambda site, table, value: site.doors.tables.update_deletion_protection(table.name, value),
    ),
}
