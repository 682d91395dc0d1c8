"""The time as history writes it."""

from __future__ import annotations

from datetime import UTC, datetime

from pulumi_dynamo_migrator.ports import Clock

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def stamp(clock: Clock) -> str:
    """Now, in UTC, to the second, as ISO 8601."""
    return datetime.fromtimestamp(clock.now(), UTC).strftime(_FORMAT)


def time_of(stamp: str) -> float:
    """Epoch seconds of a stamp."""
    return datetime.strptime(stamp, _FORMAT).replace(tzinfo=UTC).timestamp()
