"""Make sure that a Pulumi engine is there, and print the folder to put on PATH.

The first way that works is taken: a new enough `pulumi` on PATH, one made earlier, Pulumi's official installer, a build
from Go modules. Engines go to the user's cache folder, one per version, whole or not at all. Only the folder is printed
on stdout; everything else goes to stderr. Needs the standard library alone.
Never touches ~/.pulumi, never changes a shell's start-up files. (This folder has no `__init__.py` on purpose: it would
hide Pulumi's own package from the scripts in `tools/`.)
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.cache import cache_folder, only_one, whole_or_not
from tools.pulumi.engine import (
    ENGINE_VERSION,
    Choice,
    Found,
    NoEngineError,
    Way,
    choose,
    is_complete,
    look_on_path,
)
from tools.pulumi.go_modules import build, go_wanted, why_go_cannot
from tools.pulumi.installer import fetch_script, install


@dataclass(frozen=True, slots=True)
class Ways:
    """The two ways to make an engine; tests give their own."""

    fetch_script: Callable[[], bytes | None] = fetch_script
    install: Callable[[bytes, Path, Mapping[str, str]], bool] = install
    why_go_cannot: Callable[[Mapping[str, str]], str] = why_go_cannot
    build: Callable[[Path, Mapping[str, str], Path], None] = build


def engine_folder(environment: Mapping[str, str], ways: Ways | None = None) -> Path:
    """Give the folder of a working engine; install or build it when there is none."""
    ways = ways or Ways()
    cache = engine_cache(environment)
    fetch = functools.cache(ways.fetch_script)
    found = Found(
        on_path=look_on_path(environment),
        cached=has_engine(cache),
        reachable=lambda: fetch() is not None,
        go_wrong=lambda: ways.why_go_cannot(environment),
    )
    choice = choose(found)
    if choice.way is Way.ON_PATH and found.on_path is not None:
        return found.on_path.folder
    if choice.way is not Way.CACHED:
        with only_one(cache):
            if not has_engine(cache):  # another process may have made it while this one waited
                make_engine(choice, found, cache, environment, ways=ways, script=fetch() or b"")
    return cache / "bin"


def engine_cache(environment: Mapping[str, str]) -> Path:
    """Name the folder of this version's engine in the user's cache."""
    return cache_folder(environment, "engine", ENGINE_VERSION)


def has_engine(folder: Path) -> bool:
    """Tell whether a folder holds a whole engine."""
    return is_complete(folder / "bin")


def make_engine(
    choice: Choice, found: Found, cache: Path, environment: Mapping[str, str], *, ways: Ways, script: bytes
) -> None:
    """Install the engine, or build it where the installer cannot be reached or fails."""
    if choice.way is Way.INSTALLER:
        tell(f"installing the Pulumi engine {ENGINE_VERSION} with Pulumi's installer, once; cached in {cache}")
        with whole_or_not(cache, is_whole=has_engine) as draft:
            installed = ways.install(script, draft, environment)
        if installed and has_engine(cache):
            return
        tell("Pulumi's installer failed")
        choice = choose(replace(found, reachable=lambda: False))
    if choice.way is Way.NONE:
        now = f"install Pulumi {ENGINE_VERSION} or newer, or Go {go_wanted()} or newer, and run this again"
        raise NoEngineError(f"There is no Pulumi engine: {'; '.join(choice.reasons)}; {now}.")
    tell(f"building the Pulumi engine {ENGINE_VERSION} from Go modules, about 4 minutes, once; cached in {cache}")
    log = cache.parent / f"{cache.name}.log"
    with whole_or_not(cache, is_whole=has_engine) as draft:
        ways.build(draft, environment, log)
    if not has_engine(cache):
        raise NoEngineError(
            f"The Pulumi engine was built but is not complete in {cache}; see {log}, and run this again."
        )


def tell(text: str) -> None:
    """Speak to the user, not to the caller of this script."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Print the engine's folder, or one sentence about why there is none."""
    try:
        print(engine_folder(os.environ))
    except NoEngineError as error:
        tell(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
