"""Which values can be shipped: by their value (literals), by the statement that makes them, or not at all."""

from __future__ import annotations

import types
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from re import Pattern
from typing import Any

from pulumi_dynamo_migrator.conversion.capture.origin import Origin, origin_of

_DEEP = 40
"""Deeper than any DynamoDB item, and an end for a value that holds itself."""


def literal(value: Any, depth: int = 0) -> str | None:
    """Give an expression for the value that needs no name but `__import__`; None when it is no literal."""
    write = _WRITERS.get(type(value))
    return write(value, depth + 1) if write and depth < _DEEP else None


def _write_float(value: float, _: int) -> str:
    if value != value:  # noqa: PLR0124  (nan)
        return "(1e309 - 1e309)"
    return repr(value).replace("inf", "1e309")


def _write_all(values: Any, depth: int, *, pattern: str, empty: str, in_order: bool = True) -> str | None:
    texts = [literal(value, depth) for value in values]
    if None in texts:
        return None
    written = [text for text in texts if text is not None]
    # A set has another order in each process: the fingerprint must not.
    return pattern % ", ".join(written if in_order else sorted(written)) if texts else empty


def _write_dict(values: dict[Any, Any], depth: int) -> str | None:
    texts = [(literal(key, depth), literal(value, depth)) for key, value in values.items()]
    if any(None in pair for pair in texts):
        return None
    return "{" + ", ".join(f"{key}: {value}" for key, value in texts) + "}"


def _write_pattern(value: Pattern[Any], _: int) -> str:
    return f'__import__("re").compile({value.pattern!r}, {value.flags})'


_WRITERS: dict[type, Callable[[Any, int], str | None]] = {
    **dict.fromkeys((str, bytes, int, bool, type(None), type(...)), lambda value, _: repr(value)),
    float: _write_float,
    Decimal: lambda value, _: f'__import__("decimal").Decimal({str(value)!r})',
    Pattern: _write_pattern,
    list: lambda values, depth: _write_all(values, depth, pattern="[%s]", empty="[]"),
    tuple: lambda values, depth: _write_all(values, depth, pattern="(%s,)", empty="()"),
    set: lambda values, depth: _write_all(values, depth, pattern="{%s}", empty="{*()}", in_order=False),
    frozenset: lambda values, depth: _write_all(
        values, depth, pattern="frozenset({%s})", empty="frozenset()", in_order=False
    ),
    dict: _write_dict,
}

_TIMELESS = frozenset(
    (
        "_collections",
        "_functools",
        "_json",
        "_operator",
        "_struct",
        "array",
        "builtins",
        "collections",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "ipaddress",
        "json",
        "logging",
        "operator",
        "pathlib",
        "re",
        "string",
        "struct",
        "types",
        "typing",
        "uuid",
        "zoneinfo",
    )
)
"""Standard modules whose objects are values: making one again in another process gives the same one."""
_BUILTINS = (str, bytes, int, float, complex, bool, type(None), type(...), range, slice)


def is_value(value: Any, depth: int = 0) -> bool:
    """Whether making the value again elsewhere gives the same: no file, client, socket, lock, iterator."""
    if isinstance(value, (*_BUILTINS, types.FunctionType, type)) and not hasattr(value, "registry"):
        return True
    if depth > _DEEP:
        return False
    if isinstance(value, dict | types.MappingProxyType):
        return all(is_value(part, depth + 1) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set | frozenset):
        return all(is_value(part, depth + 1) for part in value)
    if isinstance(value, types.BuiltinFunctionType | types.MethodType):
        owner = value.__self__
        return isinstance(owner, types.ModuleType) or is_value(owner, depth + 1)
    return _is_value_object(value, depth)


def _is_value_object(value: Any, depth: int) -> bool:
    module = type(value).__module__.partition(".")[0]
    if isinstance(value, Enum) or origin_of(module) is Origin.OWN or module == "__main__":
        return all(is_value(part, depth + 1) for part in fields_of(value).values())
    return module in _TIMELESS and module != "builtins" and not hasattr(value, "registry")


def fields_of(value: Any) -> dict[str, Any]:
    """Give an object's fields, whether it keeps them in a dict or in slots."""
    slots = [name for base in type(value).__mro__ for name in _names(base.__dict__.get("__slots__", ()))]
    return {name: getattr(value, name) for name in slots if hasattr(value, name)} | dict(getattr(value, "__dict__", {}))


def _names(slots: Any) -> list[str]:
    names = [slots] if isinstance(slots, str) else list(slots)
    return [name for name in names if name not in {"__dict__", "__weakref__"}]


def same_shape(made: Any, shipped: Any, depth: int = 0) -> bool:
    """Whether a value made again has the contents of the first: a registry that was filled later has not."""
    if type(made).__name__ != type(shipped).__name__ or depth > _DEEP:
        return False
    if isinstance(made, dict):
        pairs = zip(made.items(), shipped.items(), strict=False)
        return len(made) == len(shipped) and all(same_shape(one, other, depth + 1) for one, other in pairs)
    if isinstance(made, list | tuple):
        return len(made) == len(shipped) and all(map(lambda a, b: same_shape(a, b, depth + 1), made, shipped))
    if isinstance(made, set | frozenset):
        return len(made) == len(shipped)
    if literal(made) is not None:
        return bool(made == shipped)
    if origin_of(type(made).__module__) is Origin.OWN and not isinstance(made, type | Enum):
        return same_shape(fields_of(made), fields_of(shipped), depth + 1)
    return True


def described(value: Any) -> str:
    """Name a value's type for people: "an open file (TextIOWrapper)", "a botocore.client.S3"."""
    kind = type(value)
    if kind.__module__ == "_io":
        return f"an open file or stream ({kind.__name__})"
    if kind.__module__ == "builtins":
        return f"a {kind.__name__}"
    return f"a {kind.__module__}.{kind.__qualname__}"
