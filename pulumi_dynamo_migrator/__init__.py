"""Change the keys, key types, local indexes and item shape of a live DynamoDB table, with `pulumi up`.

What is named here is loaded when it is used: Pulumi's plugin process needs the provider alone, in every preview.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_dynamo_migrator.errors import MigratorError
    from pulumi_dynamo_migrator.resource import Conversion, MigratedTable, Migration, Retire
    from pulumi_dynamo_migrator.script import Migrator

__all__ = ["Conversion", "MigratedTable", "Migration", "Migrator", "MigratorError", "Retire"]

_MODULES = {
    "errors": ("MigratorError",),
    "resource": ("Conversion", "MigratedTable", "Migration", "Retire"),
    "script": ("Migrator",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
