"""Property bags ↔ model: the only place that knows how Pulumi's state spells things. Never looks at AWS.

Property names are in users' state files: they are read for ever. Numbers arrive as floats, absent values as None or not
at all, dictionaries in any order; pulumi_aws's argument objects arrive in camelCase (`shapes.normalise` has put them
right).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from pulumi_dynamo_migrator.bags.forms import misfits
from pulumi_dynamo_migrator.bags.life import BESIDE_A_SCRIPT, read_retire, read_script, read_serve, script_bag
from pulumi_dynamo_migrator.bags.reading import ProblemError, tag
from pulumi_dynamo_migrator.bags.reading import text as _text
from pulumi_dynamo_migrator.bags.reading import whole as _whole
from pulumi_dynamo_migrator.bags.shapes import ARGUMENTS, OPTIONS, REFUSED, normalise
from pulumi_dynamo_migrator.conversion.source import CapturedSource
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Conversion,
    Encryption,
    GlobalIndex,
    LocalIndex,
    Options,
    PointInTimeRecovery,
    Projection,
    ProjectionType,
    Settings,
    Spec,
    Stream,
    Structure,
    Ttl,
    Units,
)
from pulumi_dynamo_migrator.plan.compare import stated

Bag = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A description, or every reason why the bag is none."""

    spec: Spec | None
    problems: tuple[str, ...] = ()


def parse(raw: Bag) -> Parsed:
    """Read a bag of checked or unchecked inputs; hidden properties (two underscores) are not looked at."""
    return _described(raw) if raw.get("script") is None else _scripted(raw)


def _scripted(raw: Bag) -> Parsed:
    """A migration script, as the description that it stands for."""
    from pulumi_dynamo_migrator.lowering import lower

    lowered = lower(raw["script"])
    if lowered.problems:
        return Parsed(None, lowered.problems)
    parsed = _described(script_bag(raw, lowered))
    if parsed.spec is None:
        return parsed
    try:
        script = read_script(lowered, lambda bag: _structure(normalise(bag)))
    except ProblemError as problem:
        return Parsed(None, (str(problem),))
    return Parsed(replace(parsed.spec, script=script))


def _described(raw: Bag) -> Parsed:
    bag = normalise({key: value for key, value in raw.items() if not key.startswith("_")})
    found = [*_unknown_arguments(raw, bag), *misfits(bag), *_uncaptured(bag)]
    if bag.get("hash_key") is None:
        found.append("hash_key is missing: name the attribute that is the table's hash (partition) key.")
    if found:
        return Parsed(None, tuple(found))
    try:
        return Parsed(replace(_spec(bag), adopts_resource=bool(raw.get("__adopts_resource"))))
    except ProblemError as problem:
        return Parsed(None, (str(problem),))


def _unknown_arguments(raw: Bag, bag: Bag) -> list[str]:
    given = [
        *(raw.get("__unknown") or ()),
        *(f"migration.{key}" for key in _mapping(bag.get("migration")) if key not in OPTIONS),
    ]
    found = []
    for name in given:
        if name in REFUSED:
            found.append(f"{name}= is not possible here: {REFUSED[name]}")
        else:
            near = get_close_matches(name.removeprefix("migration."), [*ARGUMENTS, *OPTIONS], n=1)
            hint = f"; did you mean {near[0]}?" if near else "; see the arguments of aws.dynamodb.Table."
            found.append(f"unknown argument {name}{hint}")
    return found


def _mapping(value: Any) -> Bag:
    return value if isinstance(value, Mapping) else {}


def _uncaptured(bag: Bag) -> list[str]:
    conversions = bag.get("conversions") or ()
    if not isinstance(conversions, list | tuple):
        return ["conversions is a list of Conversion(number, function)."]
    return [str(one["problem"]) for one in conversions if isinstance(one, Mapping) and one.get("problem")]


def _spec(bag: Bag) -> Spec:
    return Spec(
        structure=_structure(bag),
        settings=_settings(bag),
        name=_text(bag, "name"),
        adopt=_text(bag, "adopt"),
        conversions=tuple(_conversion(one) for one in bag.get("conversions") or ()),
        options=_options(bag.get("migration") or {}),
        serve=read_serve(bag),
        retire=read_retire(bag),
    )


def _structure(bag: Bag) -> Structure:
    attributes = bag.get("attributes") or {}
    if not isinstance(attributes, Mapping):
        raise ProblemError("attributes must be a dict of name to type, or a list of {'name': …, 'type': …}.")
    return Structure(
        hash_key=str(bag["hash_key"]),
        range_key=_text(bag, "range_key"),
        attributes=tuple(sorted((str(name), str(kind)) for name, kind in attributes.items())),
        local_indexes=tuple(
            sorted((_local(one) for one in bag.get("local_secondary_indexes") or ()), key=lambda i: i.name)
        ),
        global_indexes=tuple(
            sorted((_global(one) for one in bag.get("global_secondary_indexes") or ()), key=lambda i: i.name)
        ),
    )


def _local(one: Bag) -> LocalIndex:
    return LocalIndex(_need(one, "name", "a local index"), _need(one, "range_key", "a local index"), _projection(one))


def _global(one: Bag) -> GlobalIndex:
    name = _need(one, "name", "a global index")
    keys = one.get("key_schemas") or ()
    hashes = tuple(str(key["attribute_name"]) for key in keys if key["key_type"] == "HASH")
    ranges = tuple(str(key["attribute_name"]) for key in keys if key["key_type"] == "RANGE")
    if not keys:
        hashes = (_need(one, "hash_key", f"global index {name!r}"),)
        ranges = (str(one["range_key"]),) if one.get("range_key") is not None else ()
    return GlobalIndex(
        name=name,
        hash_keys=hashes,
        range_keys=ranges,
        projection=_projection(one),
        capacity=_units(one, "read_capacity", "write_capacity"),
        on_demand=_units(one.get("on_demand_throughput"), "max_read_request_units", "max_write_request_units"),
        warm=_units(one.get("warm_throughput"), "read_units_per_second", "write_units_per_second"),
    )


def _projection(one: Bag) -> Projection:
    kind = str(one.get("projection_type") or "ALL")
    try:
        return Projection(
            ProjectionType(kind), tuple(sorted(str(name) for name in one.get("non_key_attributes") or ()))
        )
    except ValueError:
        raise ProblemError(
            f"index {one.get('name')!r}: projection_type {kind!r} is not ALL, KEYS_ONLY or INCLUDE."
        ) from None


def _settings(bag: Bag) -> Settings:
    ttl, recovery, encryption = (bag.get(name) for name in ("ttl", "point_in_time_recovery", "server_side_encryption"))
    return Settings(
        billing_mode=_billing_mode(bag),
        capacity=_units(bag, "read_capacity", "write_capacity"),
        on_demand=_units(bag.get("on_demand_throughput"), "max_read_request_units", "max_write_request_units"),
        warm=_units(bag.get("warm_throughput"), "read_units_per_second", "write_units_per_second"),
        stream=None
        if bag.get("stream_enabled") is None
        else Stream(bool(bag["stream_enabled"]), _text(bag, "stream_view_type")),
        ttl=None if ttl is None else Ttl(bool(ttl.get("enabled", True)), ttl.get("attribute_name")),
        point_in_time_recovery=None
        if recovery is None
        else PointInTimeRecovery(bool(recovery.get("enabled")), _whole(recovery.get("recovery_period_in_days"))),
        encryption=None
        if encryption is None
        else Encryption(bool(encryption.get("enabled")), encryption.get("kms_key_arn")),
        table_class=_text(bag, "table_class"),
        deletion_protection=bag.get("deletion_protection_enabled"),
        resource_policy=_text(bag, "resource_policy"),
        tags=None if bag.get("tags") is None else tuple(sorted((str(k), tag(v)) for k, v in bag["tags"].items())),
    )


def _billing_mode(bag: Bag) -> BillingMode | None:
    mode = _text(bag, "billing_mode")
    try:
        return None if mode is None else BillingMode(mode)
    except ValueError:
        raise ProblemError(f"billing_mode {mode!r} is not PROVISIONED or PAY_PER_REQUEST.") from None


def _conversion(one: Any) -> Conversion:
    if not isinstance(one, Mapping) or "number" not in one or "source" not in one:
        raise ProblemError("conversions is a list of Conversion(number, function).")
    number = one["number"]
    if isinstance(number, bool) or not isinstance(number, int | float) or not float(number).is_integer():
        raise ProblemError(f"conversion number {number!r} is not a whole number: number conversions 2, 3, 4 and so on.")
    reverse = one.get("reverse")
    return Conversion(
        number=int(number),
        source=CapturedSource.from_json(one["source"]),
        reverse=None if reverse is None else CapturedSource.from_json(reverse),
        distinct_keys=bool(one.get("distinct_keys")),
    )


def _options(bag: Bag) -> Options:
    whole = {"segments", "workers", "processes", "max_write_units", "max_read_units", "function_timeout"}
    given: dict[str, Any] = {key: value for key, value in bag.items() if value is not None and key in OPTIONS}
    given.update({key: int(given[key]) for key in whole & given.keys()})
    return Options(**given)


def _units(bag: Bag | None, read: str, write: str) -> Units | None:
    if bag is None or (bag.get(read) is None and bag.get(write) is None):
        return None
    return Units(_whole(bag.get(read)), _whole(bag.get(write)))


def _need(one: Bag, name: str, where: str) -> str:
    if one.get(name) is None:
        raise ProblemError(f"{where} has no {name}: give it one.")
    return str(one[name])


def asked_fingerprint(bag: Bag) -> str:
    """What the program asks, as a short text that changes exactly when that does.

    The manner (`migration`) never counts.
    """
    asked = {key: value for key, value in normalise(_visible(bag)).items() if key in ARGUMENTS and key != "migration"}
    if asked.get("script") is not None:
        from pulumi_dynamo_migrator.lowering import asked as asked_of_script

        asked = {
            **{key: asked[key] for key in asked if key in BESIDE_A_SCRIPT},
            "script": asked_of_script(asked["script"]),
        }
    asked["conversions"] = [
        [int(one["number"]), one["source"]["fingerprint"], bool(one.get("distinct_keys"))]
        for one in asked.get("conversions") or ()
        if isinstance(one, Mapping) and "source" in one
    ]
    text = json.dumps(_plain(asked), sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _visible(bag: Bag) -> dict[str, Any]:
    return {key: value for key, value in bag.items() if not key.startswith("_")}


def _plain(value: Any) -> Any:
    """Floats that are whole as ints, None left out of dicts: two spellings of one bag become one."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def asked_text(bag: Bag, spec: Spec) -> str:
    """What the ledger keeps of a description carried out: its fingerprint and which settings it stated; no values."""
    return json.dumps({"fingerprint": asked_fingerprint(bag), "stated": sorted(stated(spec.settings))})


def stated_before(text: str | None) -> frozenset[str]:
    """The settings that were stated last time."""
    return frozenset(json.loads(text)["stated"]) if text else frozenset()


def fingerprint_before(text: str | None) -> str | None:
    """The fingerprint of the description that was carried out last."""
    return json.loads(text)["fingerprint"] if text else None
