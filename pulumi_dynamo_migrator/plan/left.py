"""Versions that were left by going back to an older one: they stand, frozen, and are never served again. Pure."""

from __future__ import annotations

from pulumi_dynamo_migrator.model.history import Entry, MigrationRecord, Version


def gone_back_from(entry: Entry) -> Version | None:
    """The newest version that was left by going back, if one stands."""
    newer = [version for version in entry.versions if _left(version, entry)]
    return max(newer, key=lambda version: version.number, default=None)


def leads_to_left(feed: MigrationRecord, entry: Entry) -> bool:
    """Whether a replicator still runs towards a version that was left."""
    return feed.ended_at is None and feed.target in {v.number for v in entry.versions if _left(v, entry)}


def _left(version: Version, entry: Entry) -> bool:
    return version.frozen and version.number > (entry.served or 0)
