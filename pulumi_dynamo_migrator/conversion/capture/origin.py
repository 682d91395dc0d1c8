"""Where a module comes from: the standard library, this package, somebody else's package, or the user's own program."""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

from pulumi_dynamo_migrator.conversion.capture.errors import NotShippable

PACKAGE = "pulumi_dynamo_migrator"
_SHIPPED = f"{PACKAGE}.conversion"
_NOT_SHIPPED = f"{_SHIPPED}.capture"


class Origin(Enum):
    """Who wrote a module; it decides how a conversion may use it."""

    STANDARD = "standard"
    SHIPPED = "shipped"
    OURS = "ours"
    FOREIGN = "foreign"
    OWN = "own"


def origin_of(name: str) -> Origin:
    """Give the origin of a module by its absolute name."""
    if name.partition(".")[0] in sys.stdlib_module_names:
        return Origin.STANDARD
    if _inside(name, _SHIPPED) and not _inside(name, _NOT_SHIPPED):
        return Origin.SHIPPED
    if _inside(name, PACKAGE):
        return Origin.OURS
    module = sys.modules.get(name)
    own = _is_own(module) if module is not None else _is_own_file(_file_of(name.partition(".")[0]))
    return Origin.OWN if own else Origin.FOREIGN


def refuse_foreign(name: str) -> NotShippable:
    """Give the refusal of an import that would not work in Lambda."""
    top = name.partition(".")[0]
    return NotShippable(
        f"it imports {top}, which is not in the Lambda runtime: only the standard library can be used",
        now="write what it needs of that with the standard library (third-party imports come in a later release).",
    )


def is_ours(value: Any) -> bool:
    """Whether this package made the value (a decorator of ours, its result)."""
    named = value if isinstance(value, ModuleType | type) or callable(value) else type(value)
    names = (getattr(named, "__module__", None), getattr(named, "__name__", None), type(value).__module__)
    return any(isinstance(name, str) and _inside(name, PACKAGE) for name in names)


def _inside(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


_FOREIGN_FOLDERS = {"site-packages", "dist-packages"}
_LIBRARY = Path(sysconfig.get_path("stdlib"))


def _is_own(module: ModuleType) -> bool:
    """Whether there is Python source outside of where packages are installed."""
    file = getattr(module, "__file__", None)
    if file is None:
        return getattr(module, "__path__", None) is not None  # a folder without __init__.py
    return _is_own_file(file)


def _is_own_file(file: str | None) -> bool:
    if not file or not file.endswith(".py"):
        return False
    path = Path(file).resolve()
    return not _FOREIGN_FOLDERS & set(path.parts) and _LIBRARY.resolve() not in path.parents


def _file_of(top: str) -> str | None:
    """Where a top-level module that is not imported yet would come from. Finding it runs nothing."""
    try:
        spec = importlib.util.find_spec(top) if top else None
    except ValueError:  # a module in sys.modules without a spec, such as a runner's __main__
        return None
    return spec.origin if spec else None
