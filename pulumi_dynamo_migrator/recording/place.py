"""Where in the program something stands: "customers.py, line 12". Never a path that differs from machine to machine."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from types import FrameType

PACKAGE = "pulumi_dynamo_migrator"
_INSTALLED = {"site-packages", "dist-packages"}


def callers_place() -> str:
    """The line of the program that has called this package."""
    frame = inspect.currentframe()
    while frame is not None and _is_ours(frame):
        frame = frame.f_back
    return "an unknown line" if frame is None else place(frame.f_code.co_filename, frame.f_lineno)


def place(file: str, line: int) -> str:
    """A line of a file, for people."""
    return f"{shown_path(file)}, line {line}"


def shown_path(file: str) -> str:
    """The file's path in the program's folder (an engine runs it there), or in where its package is installed."""
    path = Path(file)
    for folder in (Path.cwd(), *map(Path, sys.path)):
        if path.is_relative_to(folder) and not _INSTALLED & set(path.relative_to(folder).parts):
            return path.relative_to(folder).as_posix()
    return path.name


def _is_ours(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__"))
    return name == PACKAGE or name.startswith(f"{PACKAGE}.")
