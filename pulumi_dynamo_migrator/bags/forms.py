"""What a structured argument must look like: a dict or a list of dicts, with which keys, and which of them are numbers.

Names and nesting are those of aws.dynamodb.Table (pulumi_aws 7). Pure: every misfit is told, nothing is put right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

Bag = Mapping[str, Any]

_ON_DEMAND = ("max_read_request_units", "max_write_request_units")
_WARM = ("read_units_per_second", "write_units_per_second")
_INDEX = ("name", "range_key", "projection_type", "non_key_attributes")

DICTS: dict[str, tuple[str, ...]] = {
    "ttl": ("enabled", "attribute_name"),
    "point_in_time_recovery": ("enabled", "recovery_period_in_days"),
    "server_side_encryption": ("enabled", "kms_key_arn"),
    "on_demand_throughput": _ON_DEMAND,
    "warm_throughput": _WARM,
}
LISTS: dict[str, tuple[str, ...]] = {
    "local_secondary_indexes": _INDEX,
    "global_secondary_indexes": (
        *_INDEX,
        "hash_key",
        "key_schemas",
        "read_capacity",
        "write_capacity",
        "on_demand_throughput",
        "warm_throughput",
    ),
    "key_schemas": ("attribute_name", "key_type"),
}
NUMBERS = frozenset({"read_capacity", "write_capacity", "recovery_period_in_days", *_ON_DEMAND, *_WARM})
SWITCHES = frozenset({"enabled", "stream_enabled", "deletion_protection_enabled"})
OPTION_NUMBERS = frozenset(
    {
        "segments",
        "workers",
        "processes",
        "max_write_units",
        "max_read_units",
        "function_timeout",
        "wait_for",
        "copy_within",
    }
)
OPTION_SWITCHES = frozenset({"accept_failed_items", "accept_loss", "fence"})


def misfits(bag: Bag) -> list[str]:
    """Everything in a normalised bag that is not of the form it must have."""
    return [*_within(bag, ""), *_tags(bag), *_options(bag)]


def _within(bag: Bag, where: str) -> Iterator[str]:
    for name, value in bag.items():
        if name in DICTS:
            yield from _dict(value, where + name, DICTS[name])
        elif name in LISTS:
            yield from _list(value, where + name, LISTS[name])
        elif name in NUMBERS and value is not None:
            yield from _number(value, where + name)
        elif name in SWITCHES and value is not None and not isinstance(value, bool):
            yield f"{where}{name} must be True or False; it is {value!r}."
        elif name == "non_key_attributes" and not isinstance(value, list | tuple):
            yield f"{where}{name} must be a list of attribute names; it is {type(value).__name__}."


def _list(value: Any, where: str, keys: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(value, list | tuple):
        yield f"{where} must be a list of dicts with {', '.join(keys)}; it is {type(value).__name__}."
        return
    for number, one in enumerate(value):
        yield from _dict(one, f"{where}[{number}]", keys)


def _dict(value: Any, where: str, keys: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{where} must be a dict with {', '.join(keys)}; it is {type(value).__name__}."
        return
    for name in value:
        if name not in keys and not name.startswith("_"):
            near = get_close_matches(name, keys, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(keys)}."
            yield f"unknown argument {name} in {where}; {hint}"
    yield from _within(value, f"{where}.")
    if "key_type" in keys and (value.get("attribute_name") is None or value.get("key_type") not in ("HASH", "RANGE")):
        yield f"{where} needs an attribute_name, and HASH or RANGE as key_type."


def _number(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, str) and value.isdecimal():
        return  # a number from Pulumi's configuration is text
    if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
        yield f"{where} must be a whole number; it is {value!r}."


def _tags(bag: Bag) -> Iterator[str]:
    tags = bag.get("tags")
    if tags is not None and not isinstance(tags, Mapping):
        yield f"tags must be a dict of name to text; it is {type(tags).__name__}."


def _options(bag: Bag) -> Iterator[str]:
    options = bag.get("migration")
    if options is None:
        return
    if not isinstance(options, Mapping):
        yield f"migration must be a Migration(…); it is {type(options).__name__}."
        return
    for name in OPTION_NUMBERS & options.keys():
        value = options[name]
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            yield f"migration.{name} must be a number; it is {value!r}."
    for name in OPTION_SWITCHES & options.keys():
        if not isinstance(options[name], bool | None):
            yield f"migration.{name} must be True or False; it is {options[name]!r}."
