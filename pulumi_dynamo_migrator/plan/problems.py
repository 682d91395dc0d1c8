"""What is wrong with what is asked, before AWS is looked at: one sentence each with what, where, what now. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pulumi_dynamo_migrator.model import limits
from pulumi_dynamo_migrator.model.names import TABLE_NAME
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Conversion,
    GlobalIndex,
    LocalIndex,
    Projection,
    ProjectionType,
    Settings,
    Spec,
    Structure,
)


def problems(spec: Spec) -> list[str]:
    """Every reason why the description itself cannot stand; empty when it can."""
    return [
        *_name(spec),
        *_keys(spec.structure),
        *_attributes(spec.structure),
        *_indexes(spec.structure),
        *_settings(spec.settings),
        *_conversions(spec.conversions),
        *_options(spec),
    ]


def _name(spec: Spec) -> Iterator[str]:
    for argument, value in (("name", spec.name), ("adopt", spec.adopt)):
        if value is not None and not TABLE_NAME.match(value):
            yield (
                f"{argument} = {value!r} is not a table name: DynamoDB takes 3 to 255 characters of a-z, A-Z, 0-9, "
                "'_', '-' and '.'; choose another."
            )
    if spec.name is not None and spec.adopt is not None and spec.name != spec.adopt:
        yield (
            f"name = {spec.name!r} and adopt = {spec.adopt!r} name two tables: leave `name` out, "
            f"an adopted table keeps its own name."
        )


def _keys(structure: Structure) -> Iterator[str]:
    types = structure.types
    if structure.range_key == structure.hash_key:
        yield f"hash_key and range_key are both {structure.hash_key!r}: leave range_key out, or name another attribute."
    for key, where in _key_uses(structure):
        if key not in types:
            yield (
                f"{where} uses the attribute {key!r}, which `attributes` does not declare: add {key!r} with its type "
                "S, N or B."
            )


def _attributes(structure: Structure) -> Iterator[str]:
    used = {key for key, _ in _key_uses(structure)}
    for name, kind in structure.attributes:
        if kind not in limits.KEY_TYPES:
            yield (
                f"attributes: {name!r} has the type {kind!r}; a key attribute is S (string), N (number) or B (binary)."
            )
        if name not in used:
            yield (
                f"attributes: {name!r} is declared but no key and no index uses it; take it out "
                f"(DynamoDB needs only key attributes declared)."
            )


def _key_uses(structure: Structure) -> Iterator[tuple[str, str]]:
    yield structure.hash_key, "hash_key"
    if structure.range_key is not None:
        yield structure.range_key, "range_key"
    for local in structure.local_indexes:
        yield local.range_key, f"local index {local.name!r}"
    for index in structure.global_indexes:
        for key in index.keys:
            yield key, f"global index {index.name!r}"


def _indexes(structure: Structure) -> Iterator[str]:
    if len(structure.local_indexes) > limits.LOCAL_INDEXES:
        yield (
            f"local_secondary_indexes: {len(structure.local_indexes)} are asked for, DynamoDB allows "
            f"{limits.LOCAL_INDEXES} a table; make the rest global indexes."
        )
    if structure.local_indexes and structure.range_key is None:
        yield (
            "local_secondary_indexes need a table with a range_key: a local index is the table's hash key with "
            "another range key; add range_key, or make it a global index."
        )
    yield from _index_names(structure)
    for local in structure.local_indexes:
        yield from _local_index(structure, local)
    for index in structure.global_indexes:
        yield from _global_index(index)


def _index_names(structure: Structure) -> Iterator[str]:
    names = [one.name for one in structure.local_indexes] + [one.name for one in structure.global_indexes]
    for name, count in Counter(names).items():
        if count > 1:
            yield (
                f"two indexes are named {name!r}: index names are unique in a table, local and global together; "
                "rename one."
            )
        if not TABLE_NAME.match(name):
            yield (
                f"index name {name!r}: DynamoDB takes 3 to 255 characters of a-z, A-Z, 0-9, '_', '-' and '.'; choose "
                "another."
            )


def _local_index(structure: Structure, index: LocalIndex) -> Iterator[str]:
    if index.range_key in structure.keys:
        yield (
            f"local index {index.name!r} has a table key, {index.range_key!r}, as its range key; name another "
            "attribute."
        )
    yield from _projection(index.name, index.projection)


def _global_index(index: GlobalIndex) -> Iterator[str]:
    most = limits.INDEX_KEY_ATTRIBUTES
    if not 1 <= len(index.hash_keys) <= most or len(index.range_keys) > most:
        yield (
            f"global index {index.name!r} has {len(index.hash_keys)} hash and {len(index.range_keys)} range keys; "
            f"DynamoDB takes 1 to {most} and 0 to {most}: leave some out."
        )
    yield from _projection(index.name, index.projection)


def _projection(index: str, projection: Projection) -> Iterator[str]:
    if projection.type is ProjectionType.INCLUDE and not projection.non_key_attributes:
        yield f"index {index!r} has projection_type INCLUDE and no non_key_attributes: list them, or use KEYS_ONLY."
    if projection.type is not ProjectionType.INCLUDE and projection.non_key_attributes:
        yield f"index {index!r} lists non_key_attributes but its projection_type is {projection.type}: use INCLUDE."


def _settings(settings: Settings) -> Iterator[str]:
    if settings.billing_mode is BillingMode.PROVISIONED and (
        settings.capacity is None or settings.capacity.read is None or settings.capacity.write is None
    ):
        yield "billing_mode PROVISIONED needs read_capacity and write_capacity: give both, or use PAY_PER_REQUEST."
    stream = settings.stream
    if stream is not None and stream.enabled and stream.view_type not in limits.STREAM_VIEW_TYPES:
        yield (
            f"stream_enabled needs a stream_view_type of {', '.join(limits.STREAM_VIEW_TYPES)}; it is "
            f"{stream.view_type!r}."
        )
    if settings.ttl is not None and settings.ttl.enabled and not settings.ttl.attribute:
        yield "ttl is enabled without attribute_name: name the attribute that holds the time."
    if settings.table_class is not None and settings.table_class not in limits.TABLE_CLASSES:
        yield f"table_class {settings.table_class!r} is not one of {', '.join(limits.TABLE_CLASSES)}."
    recovery = settings.point_in_time_recovery
    if (
        recovery is not None
        and recovery.recovery_period_in_days is not None
        and not 1 <= recovery.recovery_period_in_days <= 35
    ):
        yield "point_in_time_recovery: recovery_period_in_days is 1 to 35."


def _conversions(conversions: tuple[Conversion, ...]) -> Iterator[str]:
    previous = 1
    for conversion in conversions:
        if conversion.number <= previous:
            expected = "from 2 on" if previous == 1 else f"above {previous}"
            yield (
                f"conversions are out of order: number {conversion.number} comes after {previous}; the list is "
                f"append-only, numbered {expected}, so give the new one the next number and put it last."
            )
        previous = max(previous, conversion.number)


def _options(spec: Spec) -> Iterator[str]:
    options = spec.options
    low, high = limits.FUNCTION_TIMEOUT
    if not low <= options.function_timeout <= high:
        yield (
            f"migration: function_timeout = {options.function_timeout} is not within Lambda's {low} to {high} seconds."
        )
    low, high = limits.PROCESSES
    if not low <= options.processes <= high:
        yield f"migration: processes = {options.processes} is not within {low} to {high}."
    for name, value, allowed in (
        ("verify", options.verify, ("check", "repair")),
        ("on_item_error", options.on_item_error, ("stop", "skip")),
    ):
        if value not in allowed:
            yield f"migration: {name} = {value!r} is not one of {', '.join(allowed)}."
    for name, number in (
        ("segments", options.segments),
        ("workers", options.workers),
        ("max_write_units", options.max_write_units),
        ("max_read_units", options.max_read_units),
        ("wait_for", options.wait_for),
        ("copy_within", options.copy_within),
    ):
        if number is not None and number <= 0:
            yield f"migration: {name} = {number} must be above 0."
