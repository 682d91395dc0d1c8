"""Hypothesis strategies for descriptions: whole specs in their normal form, and bags that say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Conversion,
    Encryption,
    GlobalIndex,
    LocalIndex,
    Options,
    PointInTimeRecovery,
    Projection,
    Settings,
    Spec,
    Stream,
    Structure,
    Ttl,
    Units,
)
from tests.fakes.plans import conversion
from tests.properties.structures import settings, tables

TAGS = st.dictionaries(st.sampled_from(["team", "costCenter", "a"]), st.sampled_from(["1", "shop"]), max_size=3)
FENCED = Options(fence=True, accept_loss=True)
IN_TIME = Options(copy_within=3.5)
TEXTS = ("return item", "return None", "return {**item, 'n': 1}", "return [item]")


@st.composite
def asked_settings(draw: st.DrawFn) -> Settings:
    """Any setting stated or not, as `props` reads them."""
    units = st.builds(Units, st.integers(1, 99), st.integers(1, 99))
    capacity = draw(st.none() | units)
    return Settings(
        billing_mode=draw(
            st.sampled_from([None, BillingMode.PAY_PER_REQUEST, *([BillingMode.PROVISIONED] if capacity else [])])
        ),
        capacity=capacity,
        on_demand=draw(st.none() | st.builds(Units, st.integers(1, 99), st.none() | st.integers(1, 99))),
        warm=draw(st.none() | units),
        stream=draw(st.sampled_from([None, Stream(False), Stream(True, "NEW_AND_OLD_IMAGES")])),
        ttl=draw(st.sampled_from([None, Ttl(False), Ttl(True, "expires"), Ttl(False, "expires")])),
        point_in_time_recovery=draw(
            st.sampled_from([None, PointInTimeRecovery(False), PointInTimeRecovery(True), PointInTimeRecovery(True, 7)])
        ),
        encryption=draw(st.sampled_from([None, Encryption(False), Encryption(True), Encryption(True, "arn:key")])),
        table_class=draw(st.sampled_from([None, "STANDARD", "STANDARD_INFREQUENT_ACCESS"])),
        deletion_protection=draw(st.none() | st.booleans()),
        tags=draw(st.none() | TAGS.map(lambda tags: tuple(sorted(tags.items())))),
    )


def seen_settings() -> st.SearchStrategy[Settings]:
    """Settings as a living table is seen to have them: none is unknown."""

    def whole(one: Settings, ttl: Ttl, recovery: PointInTimeRecovery, tags: dict[str, str]) -> Settings:
        return replace(one, ttl=ttl, point_in_time_recovery=recovery, tags=tuple(sorted(tags.items())))

    return st.builds(
        whole,
        st.booleans().flatmap(lambda provisioned: settings(provisioned=provisioned)),
        st.sampled_from([Ttl(False), Ttl(True, "expires")]),
        st.sampled_from([PointInTimeRecovery(False), PointInTimeRecovery(True, 35), PointInTimeRecovery(True, 7)]),
        TAGS,
    )


@st.composite
def conversion_lists(draw: st.DrawFn) -> tuple[Conversion, ...]:
    """Numbered in order, with gaps."""
    numbers = sorted(draw(st.sets(st.integers(2, 9), max_size=3)))
    return tuple(conversion(one, draw(st.sampled_from(TEXTS)), distinct_keys=draw(st.booleans())) for one in numbers)


def structures() -> st.SearchStrategy[Structure]:
    """Any structure."""
    return tables().map(lambda both: both[0])


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    """A whole description that has no problem."""
    return Spec(
        structure=draw(structures()),
        settings=draw(asked_settings()),
        name=draw(st.sampled_from([None, "orders", "customers"])),
        conversions=draw(conversion_lists()),
        options=draw(
            st.sampled_from(
                [
                    Options(),
                    Options(segments=4, verify="repair", wait_for=1.5, workers=2, processes=2),
                    FENCED,
                    IN_TIME,
                ]
            )
        ),
    )


def bag_of(spec: Spec) -> dict[str, Any]:
    """The inputs that a program would give for a description: `props.parse` turned round."""
    structure = spec.structure
    bag: dict[str, Any] = {
        "name": spec.name,
        "hash_key": structure.hash_key,
        "range_key": structure.range_key,
        "attributes": dict(structure.attributes),
        "local_secondary_indexes": [_local(one) for one in structure.local_indexes],
        "global_secondary_indexes": [_global(one) for one in structure.global_indexes],
        "conversions": [_conversion(one) for one in spec.conversions],
        "migration": {name: getattr(spec.options, name) for name in Options.__slots__},
        **_settings(spec.settings),
    }
    return {name: value for name, value in bag.items() if value is not None}


def _local(index: LocalIndex) -> dict[str, Any]:
    return {"name": index.name, "range_key": index.range_key, **_projection(index.projection)}


def _global(index: GlobalIndex) -> dict[str, Any]:
    keys = [(name, "HASH") for name in index.hash_keys] + [(name, "RANGE") for name in index.range_keys]
    simple = len(index.hash_keys) == 1 and len(index.range_keys) <= 1
    spelled: dict[str, Any] = (
        {"hash_key": index.hash_keys[0], "range_key": next(iter(index.range_keys), None)}
        if simple
        else {"key_schemas": [{"attribute_name": name, "key_type": kind} for name, kind in keys]}
    )
    return {"name": index.name, **spelled, **_projection(index.projection), **_units(index)}


def _projection(projection: Projection) -> dict[str, Any]:
    found: dict[str, Any] = {"projection_type": projection.type.value}
    if projection.non_key_attributes:
        found["non_key_attributes"] = list(projection.non_key_attributes)
    return found


def _units(of: Settings | GlobalIndex) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if of.capacity is not None:
        found |= {"read_capacity": of.capacity.read, "write_capacity": of.capacity.write}
    if of.on_demand is not None:
        read, write = of.on_demand.read, of.on_demand.write
        found["on_demand_throughput"] = {"max_read_request_units": read, "max_write_request_units": write}
    if of.warm is not None:
        found["warm_throughput"] = {"read_units_per_second": of.warm.read, "write_units_per_second": of.warm.write}
    return found


def _settings(asked: Settings) -> dict[str, Any]:
    stream, ttl, recovery, encryption = asked.stream, asked.ttl, asked.point_in_time_recovery, asked.encryption
    return {
        **_units(asked),
        "billing_mode": asked.billing_mode and asked.billing_mode.value,
        "stream_enabled": stream and stream.enabled,
        "stream_view_type": stream and stream.view_type,
        "ttl": ttl and {"enabled": ttl.enabled, "attribute_name": ttl.attribute},
        "point_in_time_recovery": recovery
        and {"enabled": recovery.enabled, "recovery_period_in_days": recovery.recovery_period_in_days},
        "server_side_encryption": encryption and {"enabled": encryption.enabled, "kms_key_arn": encryption.kms_key_arn},
        "table_class": asked.table_class,
        "deletion_protection_enabled": asked.deletion_protection,
        "tags": None if asked.tags is None else dict(asked.tags),
    }


def _conversion(one: Conversion) -> dict[str, Any]:
    return {
        "number": one.number,
        "source": one.source.to_json(),
        "reverse": None,
        "distinct_keys": one.distinct_keys,
    }


FREE = {"tags", "attributes", "source"}
"""Dicts whose names are the user's, or captured text: no spelling of theirs may change."""


@st.composite
def respelled(draw: st.DrawFn, value: Any) -> Any:
    """The same bag as another program or another road of the engine spells it: camelCase, floats, another order."""
    if isinstance(value, dict):
        items = draw(st.permutations(list(value.items())))
        return {_spelled(draw, key): one if key in FREE else draw(respelled(one)) for key, one in items}
    if isinstance(value, list):
        return [draw(respelled(one)) for one in value]
    if isinstance(value, int) and not isinstance(value, bool) and draw(st.booleans()):
        return float(value)
    return value


def _spelled(draw: st.DrawFn, name: str) -> str:
    if name in {"number", "source", "reverse", "distinct_keys"} or not draw(st.booleans()):
        return name
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
