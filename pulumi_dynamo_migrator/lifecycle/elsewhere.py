"""The conversions in another process, as they run in Lambda: sets in another order, and on another day.

What a conversion makes there must be what it makes here. Within one process nobody sees that it depends on the order of
a set, and within one second not that it depends on the time. Asks no AWS.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.items import WireItem

SCRIPT = Path(__file__).with_name("another_day.py")
PATIENCE = 120.0
"""Seconds for the whole sample."""


def results_elsewhere(items: Sequence[WireItem], chain: Chain) -> list[list[bytes] | None]:
    """For each item the digests of its results in another process, None where it fails there."""
    given = {
        "path": sys.path,
        "package": str(Path(__file__).parents[1]),
        "chain": chain.to_json(),
        "items": [reordered(item) for item in items],
    }
    try:
        ran = subprocess.run(
            [sys.executable, "-P", str(SCRIPT)],
            input=json.dumps(given),
            env={**os.environ, "PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MigratorError(
            f"The conversions took longer than {PATIENCE:.0f} s for {len(items)} items.",
            now="make them faster: they run for every item, and in Lambda for every change.",
        ) from None
    if ran.returncode:
        last = (ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1]
        raise MigratorError(
            f"The conversions do not run in a process of their own: {last}",
            now="they run in Lambda: whatever they need must come with them.",
        )
    told: list[list[str] | None] = json.loads(ran.stdout)
    return [None if one is None else [bytes.fromhex(digest) for digest in one] for one in told]


def reordered(wire: Any) -> Any:
    """The same item, or value, with its attributes and the members of its sets in another order."""
    if isinstance(wire, dict):
        return {name: _members(name, wire[name]) for name in reversed(wire)}
    if isinstance(wire, list):
        return [reordered(value) for value in wire]
    return wire


def _members(kind: str, value: Any) -> Any:
    return value[::-1] if kind in ("SS", "NS", "BS") and isinstance(value, list) else reordered(value)
