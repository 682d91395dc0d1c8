"""What differs between what is asked and what is seen.

Never decides what to do about it. Pure; compare(x, x) is empty.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum

from pulumi_dynamo_migrator.model.names import TAG_PREFIX
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Encryption,
    GlobalIndex,
    LocalIndex,
    PointInTimeRecovery,
    Settings,
    Stream,
    Structure,
    Ttl,
    Units,
)


class Setting(StrEnum):
    """The settings that can be changed in place, named as in `Settings`, in the order in which they are changed."""

    BILLING = "billing_mode"
    ON_DEMAND = "on_demand"
    WARM = "warm"
    TABLE_CLASS = "table_class"
    ENCRYPTION = "encryption"
    STREAM = "stream"
    TTL = "ttl"
    RECOVERY = "point_in_time_recovery"
    TAGS = "tags"
    PROTECTION = "deletion_protection"


@dataclass(frozen=True, slots=True)
class StructureDifference:
    """What differs in the parts that DynamoDB fixes at creation, and in the global indexes."""

    keys: tuple[str, ...] = ()
    types: tuple[tuple[str, str, str], ...] = ()
    local_indexes: tuple[str, ...] = ()
    remove_global: tuple[GlobalIndex, ...] = ()
    add_global: tuple[GlobalIndex, ...] = ()
    change_global: tuple[GlobalIndex, ...] = ()

    @property
    def needs_successor(self) -> bool:
        """Whether DynamoDB would need another table for this."""
        return bool(self.keys or self.types or self.local_indexes)

    @property
    def in_place(self) -> bool:
        """Whether a global index is added, removed or changed."""
        return bool(self.remove_global or self.add_global or self.change_global)


def compare_structure(seen: Structure, asked: Structure) -> StructureDifference:
    """The differences from `seen` to `asked`, each in words that a plan can print."""
    removed, added, changed = _global_indexes(seen, asked)
    return StructureDifference(
        keys=tuple(_keys(seen, asked)),
        types=_types(seen, asked),
        local_indexes=tuple(_local_indexes(seen.local_indexes, asked.local_indexes)),
        remove_global=removed,
        add_global=added,
        change_global=changed,
    )


def _keys(seen: Structure, asked: Structure) -> list[str]:
    found = []
    if seen.hash_key != asked.hash_key:
        found.append(f"hash_key {seen.hash_key} → {asked.hash_key}")
    if seen.range_key != asked.range_key:
        found.append(f"range_key {seen.range_key or 'none'} → {asked.range_key or 'none'}")
    return found


def _types(seen: Structure, asked: Structure) -> tuple[tuple[str, str, str], ...]:
    fixed = {*asked.keys, *(index.range_key for index in asked.local_indexes)}
    fixed &= {*seen.keys, *(index.range_key for index in seen.local_indexes)}
    before, after = seen.types, asked.types
    return tuple((name, before[name], after[name]) for name in sorted(fixed) if before.get(name) != after.get(name))


def _local_indexes(seen: tuple[LocalIndex, ...], asked: tuple[LocalIndex, ...]) -> list[str]:
    before, after = {index.name: index for index in seen}, {index.name: index for index in asked}
    return [
        *(f"local index {name} removed" for name in sorted(before.keys() - after.keys())),
        *(f"local index {name} added" for name in sorted(after.keys() - before.keys())),
        *(
            f"local index {name} changed"
            for name in sorted(before.keys() & after.keys())
            if before[name] != after[name]
        ),
    ]


def _global_indexes(
    seen: Structure, asked: Structure
) -> tuple[tuple[GlobalIndex, ...], tuple[GlobalIndex, ...], tuple[GlobalIndex, ...]]:
    before = {index.name: index for index in seen.global_indexes}
    after = {index.name: index for index in asked.global_indexes}
    reshaped = {
        name
        for name in before.keys() & after.keys()
        if _typed_shape(before[name], seen) != _typed_shape(after[name], asked)
    }
    removed = tuple(before[name] for name in sorted((before.keys() - after.keys()) | reshaped))
    added = tuple(after[name] for name in sorted((after.keys() - before.keys()) | reshaped))
    changed = tuple(
        after[name]
        for name in sorted((before.keys() & after.keys()) - reshaped)
        if _units_differ(before[name], after[name])
    )
    return removed, added, changed


def _typed_shape(index: GlobalIndex, structure: Structure) -> tuple[object, ...]:
    types = structure.types
    return (*index.shape, tuple(types.get(key) for key in index.keys))


def _units_differ(seen: GlobalIndex, asked: GlobalIndex) -> bool:
    """What is not stated never differs; an index of a table without provisioned capacity has none to change."""
    return (
        (asked.capacity is not None and seen.capacity is not None and _stated_over(asked.capacity, seen.capacity))
        or (asked.on_demand is not None and _unlimited(asked.on_demand) != _unlimited(seen.on_demand))
        or (asked.warm is not None and _warmer(asked.warm, than=seen.warm or Units()))
    )


def _stated_over(asked: Units, seen: Units) -> bool:
    return asked.read not in (None, seen.read) or asked.write not in (None, seen.write)


def _warmer(asked: Units, *, than: Units) -> bool:
    """Warm throughput only grows: DynamoDB refuses less, and raises it by itself."""
    return (asked.read or 0) > (than.read or 0) or (asked.write or 0) > (than.write or 0)


AWS_DEFAULTS = Settings(
    stream=Stream(False),
    ttl=Ttl(False),
    point_in_time_recovery=PointInTimeRecovery(False),
    encryption=Encryption(False),
    table_class="STANDARD",
    deletion_protection=False,
    tags=(),
    on_demand=Units(-1, -1),
)
"""What a setting goes back to when it was asked for and then taken out of the program."""


def stated(settings: Settings) -> frozenset[str]:
    """The names of the settings that a program states."""
    return frozenset(field.name for field in fields(Settings) if getattr(settings, field.name) is not None)


def wanted_settings(asked: Settings, stated_before: frozenset[str] = frozenset()) -> Settings:
    """`asked`, and AWS's default for each setting that the program stated last time and states no more."""
    filled = {name: getattr(AWS_DEFAULTS, name) for name in stated_before - stated(asked)}
    return _with_billing(replace(asked, **filled))


def _with_billing(settings: Settings) -> Settings:
    """Capacity without a billing mode means PROVISIONED, as it does for aws.dynamodb.Table."""
    if settings.billing_mode is None and settings.capacity is not None:
        return replace(settings, billing_mode=BillingMode.PROVISIONED)
    if settings.billing_mode is BillingMode.PAY_PER_REQUEST:
        return replace(settings, capacity=None)
    return settings


def compare_settings(seen: Settings, wanted: Settings) -> tuple[Setting, ...]:
    """The settings to change, in the order of `Setting`; one that is not wanted or was not seen never differs."""
    return tuple(setting for setting in Setting if _differs(setting, seen, wanted))


def _differs(setting: Setting, seen: Settings, wanted: Settings) -> bool:
    if setting is Setting.BILLING:
        return _billing_differs(seen, wanted)
    before, after = getattr(seen, setting.value), getattr(wanted, setting.value)
    if after is None or (before is None and setting not in (Setting.ON_DEMAND, Setting.WARM)):
        return False
    if setting is Setting.TAGS:
        return own_tags(before) != own_tags(after)
    if setting is Setting.ON_DEMAND:
        mode = wanted.billing_mode or seen.billing_mode  # a provisioned table has no such limits
        return mode is not BillingMode.PROVISIONED and _unlimited(before) != _unlimited(after)
    if setting is Setting.WARM:
        return before is None or _warmer(after, than=before)
    if setting in (Setting.STREAM, Setting.TTL, Setting.ENCRYPTION, Setting.RECOVERY):
        return bool(_switch_differs(before, after))
    return bool(before != after)


def _billing_differs(seen: Settings, wanted: Settings) -> bool:
    if wanted.billing_mode is not None and wanted.billing_mode is not seen.billing_mode:
        return True
    return (
        seen.billing_mode is BillingMode.PROVISIONED
        and wanted.capacity is not None
        and wanted.capacity != seen.capacity
    )


def _switch_differs(
    before: Stream | Ttl | Encryption | PointInTimeRecovery, after: Stream | Ttl | Encryption | PointInTimeRecovery
) -> bool:
    """Off equals off whatever else is said; what is not stated of one that is on does not differ."""
    if not before.enabled and not after.enabled:
        return False
    if before.enabled != after.enabled:
        return True
    if isinstance(before, Encryption) and isinstance(after, Encryption):
        return not _same_key(before.kms_key_arn, after.kms_key_arn)
    return any(
        getattr(after, field.name) is not None and getattr(after, field.name) != getattr(before, field.name)
        for field in fields(after)
    )


def _same_key(seen: str | None, asked: str | None) -> bool:
    """DynamoDB tells a key by its ARN, however it was named: by its id, or an alias (which may be any key's)."""
    if asked is None or asked == seen:
        return True
    if asked.startswith("arn:") and ":alias/" not in asked:
        return False
    return seen is not None and ("alias/" in asked or seen.endswith(f":key/{asked}"))


def _unlimited(units: Units | None) -> Units:
    """-1 and absent both mean no limit (CreateTable, OnDemandThroughput)."""
    if units is None:
        return Units(-1, -1)
    return Units(-1 if units.read is None else units.read, -1 if units.write is None else units.write)


def own_tags(tags: tuple[tuple[str, str], ...] | None) -> tuple[tuple[str, str], ...]:
    """The user's tags: ours and AWS's own left out, sorted."""
    return tuple(sorted((k, v) for k, v in tags or () if not k.startswith((TAG_PREFIX, "aws:"))))
