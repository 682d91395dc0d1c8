"""What is made of pip-audit's report: a known weakness fails, a registry that knows nothing does not, and is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools.audit import verdict

SOUND: dict[str, Any] = {"name": "boto3", "version": "1.43.106", "vulns": []}
WEAK: dict[str, Any] = {
    "name": "urllib3",
    "version": "2.0.0",
    "vulns": [{"id": "PYSEC-2023-192", "fix_versions": ["1.26.17", "2.0.6"], "aliases": [], "description": ""}],
}
UNKNOWN: dict[str, Any] = {"name": "dill", "skip_reason": "Dependency not found on PyPI and could not be audited: dill"}


def report(*dependencies: dict[str, Any]) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def test_a_known_weakness_fails_and_says_where_it_is_mended() -> None:
    found = verdict(report(SOUND, WEAK, UNKNOWN))
    assert found.bad
    assert found.lines == (
        "urllib3 2.0.0: PYSEC-2023-192, mended in 1.26.17, 2.0.6",
        "2 of 3 pinned versions were audited; weaknesses known: 1",
    )


def test_a_weakness_that_nobody_has_mended_fails_too() -> None:
    unmended = {**WEAK, "vulns": [{"id": "PYSEC-2023-192", "fix_versions": []}]}
    assert verdict(report(unmended)).lines[0] == "urllib3 2.0.0: PYSEC-2023-192"


def test_where_the_registry_knows_nothing_it_is_told_how_little_was_audited() -> None:
    found = verdict(report(SOUND, UNKNOWN, UNKNOWN))
    assert (found.bad, found.lines) == (False, ("1 of 3 pinned versions were audited; weaknesses known: 0",))


@pytest.mark.parametrize("text", ["", "Traceback", "[]", "{}"])
def test_where_nobody_answers_it_is_told_that_nothing_was_audited(text: str) -> None:
    found = verdict(text, trouble="nobody answers")
    assert (found.bad, found.lines) == (False, ("nothing was audited: nobody answers",))
