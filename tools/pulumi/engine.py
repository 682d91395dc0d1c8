"""Which Pulumi engine to use: what was found in, a decision out.

Pure but for `look_on_path`, which asks a `pulumi` that is there for its version. Never installs or downloads anything.
"""

from __future__ import annotations

import enum
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ENGINE_VERSION = "v3.250.0"
OLDEST_VERSION = (3, 238)  # resource hooks that fail an update and keep its state
PARTS = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")


class NoEngineError(Exception):
    """There is no engine, and no way to get one; the text is one sentence for the user."""


class Way(enum.Enum):
    """How an engine comes to be there."""

    ON_PATH = "the one on PATH"
    CACHED = "the one in the cache"
    INSTALLER = "Pulumi's official installer"
    GO = "a build from Go modules"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class OnPath:
    """What PATH holds: the folder of `pulumi`, its version, and the parts that are missing beside it."""

    folder: Path
    version: tuple[int, ...]
    missing: tuple[str, ...] = ()

    @property
    def wrong(self) -> str:
        """Why this engine cannot be used, or nothing."""
        if not self.version:
            return f"{self.folder / 'pulumi'} does not tell its version"
        if self.version[:2] < OLDEST_VERSION:
            oldest = ".".join(map(str, OLDEST_VERSION))
            return f"{self.folder / 'pulumi'} is {'.'.join(map(str, self.version))}, older than {oldest}"
        if self.missing:
            return f"{self.folder / 'pulumi'} comes without {', '.join(self.missing)}"
        return ""


@dataclass(frozen=True, slots=True)
class Found:
    """All that the decision rests on. An empty `go_wrong` says that Go can build; `reachable` that the installer is."""

    on_path: OnPath | None
    cached: bool
    reachable: Callable[[], bool]
    go_wrong: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Choice:
    """The way to take, and why the ways before it were not taken."""

    way: Way
    reasons: tuple[str, ...] = ()


def choose(found: Found) -> Choice:
    """Give the first way that works: PATH, the cache, the official installer, Go. Asks the slow questions last."""
    reasons = []
    if found.on_path is None:
        reasons.append("no pulumi on PATH")
    elif not found.on_path.wrong:
        return Choice(Way.ON_PATH)
    else:
        reasons.append(found.on_path.wrong)
    if found.cached:
        return Choice(Way.CACHED, tuple(reasons))
    if found.reachable():
        return Choice(Way.INSTALLER, tuple(reasons))
    reasons.append("Pulumi's installer cannot be reached")
    wrong = found.go_wrong()
    if not wrong:
        return Choice(Way.GO, tuple(reasons))
    return Choice(Way.NONE, (*reasons, wrong))


def is_complete(folder: Path) -> bool:
    """Tell whether every part of an engine is in this folder and can be run."""
    return all(os.access(folder / part, os.X_OK) for part in PARTS)


def look_on_path(environment: Mapping[str, str]) -> OnPath | None:
    """Find `pulumi` on PATH and what belongs to it (beside it, or anywhere on PATH)."""
    path = environment.get("PATH", "")
    pulumi = shutil.which("pulumi", path=path)
    if pulumi is None:
        return None
    folder = Path(pulumi).absolute().parent
    around = os.pathsep.join((str(Path(pulumi).resolve().parent), path))
    missing = tuple(part for part in PARTS if shutil.which(part, path=around) is None)
    return OnPath(folder, version_of(pulumi, environment), missing)


def version_of(pulumi: str, environment: Mapping[str, str]) -> tuple[int, ...]:
    """Ask a `pulumi` for its version; an empty one when it gives none."""
    quiet = {**environment, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        told = subprocess.run(
            [pulumi, "version"], env=quiet, capture_output=True, text=True, timeout=30, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    numbers = re.match(r"v?(\d+)\.(\d+)\.(\d+)", told.strip())
    return tuple(map(int, numbers.groups())) if numbers else ()
