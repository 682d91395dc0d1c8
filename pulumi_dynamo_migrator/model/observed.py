"""What AWS reports about a table, in the same words as `spec`. Never what a program asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pulumi_dynamo_migrator.model.spec import Settings, Structure


class TableStatus(StrEnum):
    """DescribeTable's TableStatus."""

    CREATING = "CREATING"
    UPDATING = "UPDATING"
    DELETING = "DELETING"
    ACTIVE = "ACTIVE"
    INACCESSIBLE_ENCRYPTION_CREDENTIALS = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    ARCHIVING = "ARCHIVING"
    ARCHIVED = "ARCHIVED"
    REPLICATION_NOT_AUTHORIZED = "REPLICATION_NOT_AUTHORIZED"


@dataclass(frozen=True, slots=True)
class ObservedStream:
    """The stream as it is: the latest ARN stays after a stream is switched off."""

    enabled: bool
    view_type: str | None
    latest_arn: str | None


@dataclass(frozen=True, slots=True)
class ObservedTable:
    """One DescribeTable, with TTL, point-in-time recovery and tags where `complete` says they were read.

    `items` and `bytes` are DynamoDB's own figures, up to six hours old. `settings` has no None but for what was not
    read.
    """

    name: str
    arn: str
    table_id: str
    status: TableStatus
    structure: Structure
    settings: Settings
    stream: ObservedStream
    items: int
    bytes: int
    replicas: int = 0
    index_statuses: tuple[tuple[str, str], ...] = ()
    complete: bool = False

    @property
    def tags(self) -> dict[str, str]:
        """Tags by name; empty where they were not read."""
        return dict(self.settings.tags or ())
