"""The user's cache folder of engines: one per version, whole or not there. Removes nothing but its own drafts."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.pulumi.engine import ENGINE_VERSION, is_complete


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Name the folder of this version's engine in the user's cache."""
    base = environment.get("XDG_CACHE_HOME") or str(Path(environment.get("HOME") or Path.home()) / ".cache")
    return Path(base) / "pulumi-dynamo-migrator" / "engine" / ENGINE_VERSION


@contextmanager
def only_one(cache: Path) -> Iterator[None]:
    """Let one process make the engine while others wait for it."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    with (cache.parent / f"{cache.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def whole_or_not(cache: Path) -> Iterator[Path]:
    """Give a folder that takes the cache's place when it holds a complete engine, and vanishes otherwise."""
    draft = Path(tempfile.mkdtemp(prefix=f"{cache.name}.", dir=cache.parent))
    try:
        yield draft
        if is_complete(draft / "bin"):
            shutil.rmtree(cache, ignore_errors=True)
            draft.chmod(0o755)  # mkdtemp made it for its owner alone
            draft.rename(cache)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
