"""Short texts that change exactly when a step asks something else. Where it stands, and its callback, never count."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pulumi_dynamo_migrator.lowering.step import Step, plain, steps_of

SETS = frozenset(
    {
        "AttributeDefinitions",
        "LocalSecondaryIndexes",
        "GlobalSecondaryIndexes",
        "GlobalSecondaryIndexUpdates",
        "NonKeyAttributes",
        "Tags",
        "names",
    }
)
"""Lists whose order means nothing."""

MANNER = ("evidence", "backup", "accept_conflicts")
"""How a version is retired, not which: may be put right after the step was applied."""


def step_fingerprint(step: Step) -> str:
    """What the step asks: its operation, its arguments, and what its conversion does."""
    arguments = {name: value for name, value in step.arguments.items() if name not in _manner(step)}
    whole = [step.kind, canonical(arguments), _conversion(step.conversion)]
    return hashlib.blake2b(_text(whole).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def asked(script: Any) -> list[list[Any]]:
    """What of a script counts as what is asked: each step's number, operation and fingerprint, and how it retires."""
    return [
        [step.version, step.kind, step_fingerprint(step), *(step.arguments.get(name) for name in _manner(step))]
        for step in steps_of(script)
    ]


def canonical(value: Any, name: str = "") -> Any:
    """Equal for all spellings of one thing: numbers, the order of dicts, and that of lists that are sets."""
    if isinstance(value, Mapping):
        return {key: canonical(one, key) for key, one in plain(value).items()}
    if isinstance(value, list | tuple):
        found = [canonical(one) for one in value]
        if name == "KeySchema":  # the order of several hash keys, or range keys, of an index has a meaning
            return sorted(found, key=lambda one: str(one.get("KeyType")) if isinstance(one, dict) else "")
        return sorted(found, key=_text) if name in SETS else found
    return plain(value)


def _conversion(conversion: Mapping[str, Any] | None) -> Any:
    source = (conversion or {}).get("source")
    if conversion is None or not isinstance(source, Mapping):
        return None
    return [source.get("fingerprint"), bool(conversion.get("distinct_keys"))]


def _manner(step: Step) -> tuple[str, ...]:
    return MANNER if step.kind == "delete_table" else ()


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)
