"""Versions that were left by going back to an older one: they stand, frozen, and are never served again. Pure."""

from __future__ import annotations

from pulumi_dynamo_migrator.model.history import Entry, MigrationRecord, Version


def left_behind(entry: Entry) -> tuple[Version, ...]:
    """The versions that were left by going back and still stand."""
    return tuple(version for version in entry.versions if version.frozen and version.number > (entry.served or 0))


def gone_back_from(entry: Entry) -> Version | None:
    """The newest of them, if there is one."""
    return max(left_behind(entry), key=lambda version: version.number, default=None)


def leads_to_left(feed: MigrationRecord, entry: Entry) -> bool:
    """Whether a replicator still runs towards a version that was left."""
    return feed.ended_at is None and feed.target in {version.number for version in left_behind(entry)}
