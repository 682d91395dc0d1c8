"""The time as history writes it."""

from __future__ import annotations

from datetime import UTC, datetime

from pulumi_dynamo_migrator.ports import Clock


def stamp(clock: Clock) -> str:
    """Now, in UTC, to the second, as ISO 8601."""
    return datetime.fromtimestamp(clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
