"""The user's cache folder: what is made once, whole or not there. Removes nothing but its own drafts."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def cache_folder(environment: Mapping[str, str], kind: str, version: str) -> Path:
    """Name the folder of one version of something in the user's cache."""
    base = environment.get("XDG_CACHE_HOME") or str(Path(environment.get("HOME") or Path.home()) / ".cache")
    return Path(base) / "pulumi-dynamo-migrator" / kind / version


@contextmanager
def only_one(cache: Path) -> Iterator[None]:
    """Let one process fill the folder while others wait for it."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    with (cache.parent / f"{cache.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def whole_or_not(cache: Path, *, is_whole: Callable[[Path], bool]) -> Iterator[Path]:
    """Give a folder that takes the cache's place when it is whole, and vanishes otherwise."""
    draft = Path(tempfile.mkdtemp(prefix=f"{cache.name}.", dir=cache.parent))
    try:
        yield draft
        if is_whole(draft):
            shutil.rmtree(cache, ignore_errors=True)
            draft.chmod(0o755)  # mkdtemp made it for its owner alone
            draft.rename(cache)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
