"""A Lambda stream event as data. Reads the event's shape and nothing else: no conversion, no decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.replicate.tombstone import Item

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
TTL_SERVICE = "dynamodb.amazonaws.com"


class UnreadableRecordError(MigratorError):
    """A stream record without the images that the copy needs."""


@dataclass(frozen=True, slots=True)
class Record:
    """One change of one source item: what it was, what it is."""

    event_id: str
    keys: Item
    old: Item | None
    new: Item | None
    at: float  # DynamoDB's approximate time of the change, epoch seconds
    ttl_removal: bool = False


def records_of(event: Mapping[str, Any], *, images: bool = True) -> tuple[Record, ...]:
    """The records of one invocation, in stream order; without `images`, only what holds in every view type."""
    return tuple(_record(entry, images=images) for entry in event["Records"])


def oldest(event: Mapping[str, Any]) -> float:
    """The time of the oldest change in the event."""
    return min(_at(entry) for entry in event["Records"])


def comes_late(event: Mapping[str, Any], *, since: float, by: float) -> bool:
    """Whether the event has a change that was made between the two times."""
    return any(since < _at(entry) < by for entry in event["Records"])


def only_expiry(event: Mapping[str, Any]) -> bool:
    """Whether nobody wrote: every record is a removal by the time to live."""
    return all(_expired(entry) for entry in event["Records"])


def _expired(entry: Mapping[str, Any]) -> bool:
    by = entry.get("userIdentity") or {}
    return entry["eventName"] == "REMOVE" and by.get("type") == "Service" and by.get("principalId") == TTL_SERVICE


def _at(entry: Mapping[str, Any]) -> float:
    return float(entry["dynamodb"].get("ApproximateCreationDateTime", 0))


def _record(entry: Mapping[str, Any], *, images: bool) -> Record:
    change, name = entry["dynamodb"], entry["eventName"]
    old, new = (change.get("OldImage"), change.get("NewImage")) if images else (None, None)
    if images and ((name != "INSERT" and old is None) or (name != "REMOVE" and new is None)):
        raise UnreadableRecordError(
            f"the {name} record {entry['eventID']} of {entry.get('eventSourceARN', 'the source')} lacks an image",
            now="switch the source's stream to NEW_AND_OLD_IMAGES and start the migration again",
        )
    return Record(
        event_id=entry["eventID"],
        keys=change["Keys"],
        old=None if name == "INSERT" else old,
        new=None if name == "REMOVE" else new,
        at=_at(entry),
        ttl_removal=_expired(entry),
    )
