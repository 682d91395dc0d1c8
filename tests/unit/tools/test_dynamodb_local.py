"""How DynamoDB Local is had: fetched once, whole or not at all, and a sentence where it cannot be had."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools.dynamodb_local import fetch
from tools.dynamodb_local.fetch import NoDynamoDbLocalError, fetched, is_whole, version

MakeMaven = Callable[[str], None]

COPIES = f"""
for word in "$@"; do case $word in -DoutputDirectory=*) into=${{word#*=}} ;; esac; done
touch "$into/DynamoDBLocal-{version()}.jar" "$into/libsqlite4java-linux-amd64.so"
"""
COPIES_HALF = COPIES.replace(' "$into/libsqlite4java-linux-amd64.so"', "")
IS_REFUSED = "echo 'Could not transfer artifact: Connection refused'; exit 1"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A machine with Java, and an empty cache."""
    executable(tmp_path / "bin" / "java", "exit 0")
    return {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "XDG_CACHE_HOME": str(tmp_path / "cache")}


@pytest.fixture
def maven(tmp_path: Path) -> MakeMaven:
    """Make a Maven that does something, and notes each time that it is asked."""
    return lambda does: executable(tmp_path / "bin" / "mvn", f"echo >> {tmp_path}/asked\n{does}")


def executable(path: Path, does: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)


def times_asked(tmp_path: Path) -> int:
    return len((tmp_path / "asked").read_text().splitlines())


@pytest.mark.parametrize("missing", ["java", "mvn"])
def test_what_is_missing_is_named(environment: dict[str, str], maven: MakeMaven, tmp_path: Path, missing: str) -> None:
    maven(COPIES)
    (tmp_path / "bin" / missing).unlink()
    with pytest.raises(NoDynamoDbLocalError, match=f"there is no {missing} on PATH"):
        fetched({**environment, "PATH": f"{tmp_path}/bin"})


def test_it_is_fetched_once_however_many_ask_at_once(
    environment: dict[str, str], maven: MakeMaven, tmp_path: Path
) -> None:
    maven(f"sleep 0.1\n{COPIES}")
    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(fetched, [environment] * 4))
    assert folders == {tmp_path / "cache" / "pulumi-dynamo-migrator" / "dynamodb-local" / version()}
    assert all(map(is_whole, folders))
    assert times_asked(tmp_path) == 1


def test_a_registry_that_cannot_be_reached_is_asked_once_and_again_later(
    environment: dict[str, str], maven: MakeMaven, tmp_path: Path
) -> None:
    maven(IS_REFUSED)
    for _ in range(2):
        with pytest.raises(NoDynamoDbLocalError, match="Connection refused"):
            fetched(environment)
    assert times_asked(tmp_path) == 1
    (failed,) = (tmp_path / "cache").rglob("*.failed")
    os.utime(failed, (0, failed.stat().st_mtime - fetch.TRIED_AGAIN_AFTER - 1))
    maven(COPIES)
    assert is_whole(fetched(environment))
    assert not failed.exists()


def test_half_of_it_is_not_kept(environment: dict[str, str], maven: MakeMaven, tmp_path: Path) -> None:
    maven(COPIES_HALF)
    with pytest.raises(NoDynamoDbLocalError, match="exit code 0"):
        fetched(environment)
    left = [path.name for path in (tmp_path / "cache" / "pulumi-dynamo-migrator" / "dynamodb-local").iterdir()]
    assert sorted(left) == [f"{version()}.failed", f"{version()}.lock"]
