"""The ledger's record of one MigratedTable: its versions, its migrations and what was done. No decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.model.phase import Phase, Stage


@dataclass(frozen=True, slots=True)
class Version:
    """A numbered table. `table_id` is None until AWS has answered; `ours` is False for an adopted table.

    `frozen`: writes to it are denied for good (a fenced cut-over left it, or one has gone back from it).
    """

    number: int
    table: str
    table_id: str | None = None
    arn: str | None = None
    ours: bool = True
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Objects:
    """Every AWS object of a migration besides its table, by name before it is made; what AWS answered after."""

    role: str
    function: str
    role_is_ours: bool = True
    mapping: str | None = None
    stream_arn: str | None = None
    stream_is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Raised:
    """Write units a second that a successor is made with for its copy: of the table ("") or of a global index.

    `back` are the provisioned ones that it has again once it is copied; None: warm throughput, which stays.
    """

    index: str
    write: int
    back: int | None = None


@dataclass(frozen=True, slots=True)
class MigrationRecord:
    """One migration from a version to its successor.

    `unknown_at`: when a copy that was stopped had a request whose outcome is not known (epoch seconds); `chain` is the
    conversion chain as JSON text; `hold` says why it is not served, `may_meet` why two items may meet in it; `view` is
    the source's stream view type; `met`: two items were found at one key where none may meet; `verified_at`: when the
    comparison began that found both tables equal (epoch seconds); `flipped_at`: when the outputs moved; `ended_at`:
    when its replicator was taken away; `raised`: what the successor has more of for the copy, until it is
    put back.
    """

    id: str
    source: int
    target: int
    fingerprint: str
    chain: str
    numbers: tuple[int, ...]
    meeting: Meeting
    stage: Stage
    objects: Objects
    started_at: str
    base_name: str = ""
    why: str = ""
    hold: str = ""
    may_meet: str = ""
    finished_at: str | None = None
    items: int | None = None
    bytes: int | None = None
    in_motion: int = 0
    global_indexes: tuple[str, ...] = ()
    function_timeout: int = 60
    unknown_at: float | None = None
    view: str = "NEW_AND_OLD_IMAGES"
    verified_at: float | None = None
    met: bool = False
    flipped_at: float | None = None
    ended_at: str | None = None
    raised: tuple[Raised, ...] = ()


@dataclass(frozen=True, slots=True)
class OlderFeed:
    """What the older decorator library made to keep a version in step with the one before it. Names as AWS has them."""

    source: int
    target: int
    functions: tuple[str, ...] = ()
    mappings: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Fence:
    """Writes to a version that are being denied, until `until` (epoch seconds) unless it is renewed."""

    version: int
    until: float


class RetireStage(IntEnum):
    """How far the end of a version has come: until its replicator goes, it can be let be again."""

    FENCED = 0
    DISCONNECTED = 1


@dataclass(frozen=True, slots=True)
class Retirement:
    """The end of a version that has begun."""

    version: int
    stage: RetireStage
    began_at: str
    backup: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """A version that is asked to end and may not yet: why, and when (epoch seconds) to ask again."""

    version: int
    table: str
    why: str
    not_before: float


@dataclass(frozen=True, slots=True)
class AppliedStep:
    """A step of a migration script that was carried out; `by` names the older library where that one did it."""

    version: int
    operation: str
    fingerprint: str
    at: str
    table: str
    where: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """A conversion that the served version's items have been through (or were born with)."""

    number: int
    fingerprint: str
    at: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """What was done for one version: to `table`, from `source` (a table's name; None where nothing was copied).

    `operation` is the script's word for it; `cut_over` says how the outputs moved.
    """

    version: int
    table: str
    route: str
    started_at: str
    finished_at: str | None = None
    conversions: tuple[int, ...] = ()
    items: int | None = None
    bytes: int | None = None
    engine: str | None = None
    verified: str | None = None
    why: str = ""
    retired_at: str | None = None
    source: str | None = None
    operation: str | None = None
    cut_over: str | None = None
    backup: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """All that the ledger knows of one MigratedTable. `revision` counts its writes; a write names the one it read.

    `attempts` counts the migrations begun, so that an attempt after an abandoned one has names of its own;
    `asked` is the description last carried out, as JSON text. `moved_from`: the version that the outputs named before
    they moved, until an `up` has ended well: what depends on them may not have followed before that.
    """

    id: str
    urn: str
    project: str
    stack: str
    base_name: str
    generation: int
    phase: Phase
    revision: int = 0
    served: int | None = None
    error: str | None = None
    versions: tuple[Version, ...] = ()
    migration: MigrationRecord | None = None
    feeds: tuple[MigrationRecord, ...] = ()
    applied: tuple[Applied, ...] = ()
    history: tuple[HistoryRow, ...] = ()
    asked: str | None = None
    attempts: int = 0
    steps: tuple[AppliedStep, ...] = ()
    older: tuple[OlderFeed, ...] = ()
    fence: Fence | None = None
    retirement: Retirement | None = None
    pending: tuple[Pending, ...] = ()
    moved_from: int | None = None

    def version(self, number: int) -> Version:
        """The version with that number; KeyError if there is none."""
        for version in self.versions:
            if version.number == number:
                return version
        raise KeyError(number)

    def with_frozen(self, number: int, *, frozen: bool = True) -> tuple[Version, ...]:
        """The versions, with that one frozen: writes to it are denied for good; or not any more."""
        return tuple(replace(one, frozen=frozen) if one.number == number else one for one in self.versions)

    @property
    def fed(self) -> bool:
        """Whether a replicator still works."""
        return any(feed.ended_at is None for feed in self.feeds)

    def feed_to(self, number: int | None) -> MigrationRecord | None:
        """The last migration that led to that version, if one did."""
        return next((feed for feed in reversed(self.feeds) if feed.target == number), None)

    @property
    def serving(self) -> Version | None:
        """The version that the outputs name."""
        return None if self.served is None else self.version(self.served)

    @property
    def told(self) -> int | None:
        """The version that an `up` which ended well has told the rest of the stack of."""
        return self.served if self.moved_from is None else self.moved_from
