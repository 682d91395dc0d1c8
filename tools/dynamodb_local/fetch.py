"""Fetch DynamoDB Local with Maven, once, into the user's cache folder: Amazon's own engine, to ask for its opinion.

It is not open source (Amazon DynamoDB Local License Agreement): the tests fetch it for whoever runs them, and nothing
of it is ever shipped. Where there is no Java or no Maven, or Maven cannot fetch it, the error says what is missing.
Never installs either.
"""

from __future__ import annotations

import shutil
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

from tools.cache import cache_folder, only_one, whole_or_not

POM = Path(__file__).with_name("pom.xml")
FETCHED_WITHIN = 600.0  # 51 MB; 30 s where the registry is near
TRIED_AGAIN_AFTER = 600.0  # test processes side by side do not each wait for a registry that cannot be reached
NATIVE = "*sqlite4java-*"  # the libraries that its storage engine loads, one for each platform


class NoDynamoDbLocalError(Exception):
    """DynamoDB Local cannot be had here; the text says what is missing."""


def fetched(environment: Mapping[str, str]) -> Path:
    """Give the folder of its archives and native libraries; fetch it when it is not there."""
    for command in ("java", "mvn"):
        if shutil.which(command, path=environment.get("PATH")) is None:
            raise NoDynamoDbLocalError(f"DynamoDB Local needs Java and Maven, and there is no {command} on PATH.")
    cache = cache_folder(environment, "dynamodb-local", version())
    if is_whole(cache):
        return cache
    with only_one(cache):
        if not is_whole(cache):  # another process may have fetched it while this one waited
            _fetch(cache, environment)
    return cache


def version() -> str:
    """Tell the version that the POM names."""
    found = ET.parse(POM).find(".//{*}dependency/{*}version")  # noqa: S314 (our own file)
    assert found is not None
    assert found.text is not None
    return found.text


def is_whole(folder: Path) -> bool:
    """Tell whether a folder holds all that it needs."""
    return (folder / f"DynamoDBLocal-{version()}.jar").is_file() and any(folder.glob(NATIVE))


def _fetch(cache: Path, environment: Mapping[str, str]) -> None:
    failed = cache.parent / f"{cache.name}.failed"
    if not failed.is_file() or time.time() - failed.stat().st_mtime > TRIED_AGAIN_AFTER:
        with whole_or_not(cache, is_whole=is_whole) as draft:
            failed.write_text(_run_maven(draft, environment))
    if not is_whole(cache):
        raise NoDynamoDbLocalError(f"Maven could not fetch DynamoDB Local ({failed}): {failed.read_text()[-300:]}")
    failed.unlink()


def _run_maven(into: Path, environment: Mapping[str, str]) -> str:
    """Let Maven copy everything into one folder; give what it says when it fails."""
    command = ["mvn", "-q", "-B", "-Dstyle.color=never", "-f", str(POM)]
    command += ["dependency:copy-dependencies", f"-DoutputDirectory={into}"]
    try:
        ended = subprocess.run(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=FETCHED_WITHIN,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it did not end within {FETCHED_WITHIN:.0f} s"
    return ended.stdout.decode(errors="replace").strip() or f"it ended with exit code {ended.returncode}"
