"""What a program asks of a table, in AWS's words. Never what AWS has: that is `observed`.

`Structure` is what DynamoDB fixes when a table is created, plus its global indexes; `Settings` is all the rest.
A setting that is None was not asked for: it is left as it is, and a successor takes it over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pulumi_dynamo_migrator.conversion.source import CapturedSource
from pulumi_dynamo_migrator.model.limits import DAY


class BillingMode(StrEnum):
    """How reads and writes are paid for."""

    PROVISIONED = "PROVISIONED"
    PAY_PER_REQUEST = "PAY_PER_REQUEST"


class ProjectionType(StrEnum):
    """Which attributes an index copies."""

    ALL = "ALL"
    KEYS_ONLY = "KEYS_ONLY"
    INCLUDE = "INCLUDE"


@dataclass(frozen=True, slots=True)
class Units:
    """Read and write units; None where one was not stated."""

    read: int | None = None
    write: int | None = None


@dataclass(frozen=True, slots=True)
class Projection:
    """An index's projection; `non_key_attributes` (sorted) only with INCLUDE."""

    type: ProjectionType = ProjectionType.ALL
    non_key_attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalIndex:
    """A local secondary index: the table's hash key with another range key."""

    name: str
    range_key: str
    projection: Projection = Projection()


@dataclass(frozen=True, slots=True)
class GlobalIndex:
    """A global secondary index; keys may be of several attributes (up to four each since November 2025)."""

    name: str
    hash_keys: tuple[str, ...]
    range_keys: tuple[str, ...] = ()
    projection: Projection = Projection()
    capacity: Units | None = None
    on_demand: Units | None = None
    warm: Units | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """All key attributes, hash keys first."""
        return self.hash_keys + self.range_keys

    @property
    def shape(self) -> tuple[object, ...]:
        """What cannot be changed in a living index."""
        return (self.name, self.hash_keys, self.range_keys, self.projection)


@dataclass(frozen=True, slots=True)
class Structure:
    """Keys, the types of every key attribute (sorted by name) and the indexes (sorted by name)."""

    hash_key: str
    range_key: str | None
    attributes: tuple[tuple[str, str], ...]
    local_indexes: tuple[LocalIndex, ...] = ()
    global_indexes: tuple[GlobalIndex, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The table's key attributes, hash key first."""
        return (self.hash_key,) if self.range_key is None else (self.hash_key, self.range_key)

    @property
    def types(self) -> Mapping[str, str]:
        """Attribute name → S, N or B."""
        return dict(self.attributes)


@dataclass(frozen=True, slots=True)
class Stream:
    """The table's stream; the view type counts only when it is on."""

    enabled: bool
    view_type: str | None = None


@dataclass(frozen=True, slots=True)
class Ttl:
    """Time to live."""

    enabled: bool
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class PointInTimeRecovery:
    """Continuous backups; the recovery period in days, 1 to 35."""

    enabled: bool
    recovery_period_in_days: int | None = None


@dataclass(frozen=True, slots=True)
class Encryption:
    """Server-side encryption with a KMS key; off means the key that AWS owns."""

    enabled: bool
    kms_key_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that DynamoDB can change on a living table; None: not asked for.

    `resource_policy` (JSON text) counts when a table is created, and never after: from then on the policy is whoever's
    keeps it.
    """

    billing_mode: BillingMode | None = None
    capacity: Units | None = None
    on_demand: Units | None = None
    warm: Units | None = None
    stream: Stream | None = None
    ttl: Ttl | None = None
    point_in_time_recovery: PointInTimeRecovery | None = None
    encryption: Encryption | None = None
    table_class: str | None = None
    deletion_protection: bool | None = None
    tags: tuple[tuple[str, str], ...] | None = None
    resource_policy: str | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """One numbered change of item shape, captured as source."""

    number: int
    source: CapturedSource
    reverse: CapturedSource | None = None
    distinct_keys: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """`Migration(...)`: how a migration is carried out, never what it does."""

    verify: str = "check"
    on_item_error: str = "stop"
    segments: int | None = None
    workers: int = 8
    processes: int = 1
    max_write_units: int | None = None
    max_read_units: int | None = None
    function_timeout: int = 60
    accept_failed_items: bool = False
    wait_for: float | None = None
    copy_within: float | None = None
    role: str | None = None
    permissions_boundary: str | None = None
    fence: bool = False
    accept_loss: bool = False


@dataclass(frozen=True, slots=True)
class Retire:
    """An old version to end, named by its `version` or by its `table`.

    `evidence`: seconds in which nothing was written to it before it may go. `step`: the version of the script that asks
    for it (None: the declarative form).
    """

    version: int | None = None
    table: str | None = None
    evidence: float = DAY
    backup: bool = True
    accept_conflicts: bool = False
    step: int | None = None

    def __str__(self) -> str:
        return f"version {self.version}" if self.table is None else f"table {self.table}"


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """One decorated step of a migration script.

    `fingerprint` is of what it asks, not of where it stands (`where`, "customers.py, line 12"); `structure` is what the
    table is asked to be once this step and those before it are done; `table` is the one that it ends, if it does.
    """

    version: int
    operation: str
    fingerprint: str
    where: str
    structure: Structure
    table: str | None = None

    @property
    def retires(self) -> bool:
        """Whether it ends an old version; it changes nothing of the served table then."""
        return self.operation == "delete_table"


@dataclass(frozen=True, slots=True)
class Script:
    """A migration script: its steps in order, and the number of the table that their end stands for.

    `number`: the last version that DynamoDB needs another table for, 1 where there is none. `identifier` is the one by
    which the older decorator library knew the script.
    """

    steps: tuple[ScriptStep, ...]
    number: int
    identifier: str | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """All that one MigratedTable asks: base name (None: drawn once), structure, settings, conversions, manner.

    `serve` pins the version that is served; `retire` lists those that are to end; `script` is there when a migration
    script asks.
    """

    structure: Structure
    settings: Settings = Settings()
    name: str | None = None
    adopt: str | None = None
    adopts_resource: bool = False
    conversions: tuple[Conversion, ...] = ()
    options: Options = field(default_factory=Options)
    serve: int | None = None
    retire: tuple[Retire, ...] = ()
    script: Script | None = None
