"""What is seen when a plan is made: the ledger's entry and the tables it names, looked at once. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_dynamo_migrator.model.history import Entry, OlderFeed, Version
from pulumi_dynamo_migrator.model.names import Identity
from pulumi_dynamo_migrator.model.observed import ObservedTable


@dataclass(frozen=True, slots=True)
class Sample:
    """What a first page of the source showed: items read, what the conversions did with them, twice."""

    read: int = 0
    keys_kept: bool = True
    problems: tuple[str, ...] = ()
    unsteady: str | None = None


@dataclass(frozen=True, slots=True)
class RetireSight:
    """What is seen of a version that is asked to end (`table` None: it is gone already).

    `last_write` is the last that its replicator has seen, `watched_since` since when it looks (epoch seconds);
    `conflicts` and `failed` count what did not go over, `gaps` the batches before which late changes may be lost;
    `stopped` says why the replicator cannot be relied on ("": it can); `readers` are functions that read its stream,
    `removes` all that would go with it.
    """

    version: int
    table: ObservedTable | None = None
    last_write: float | None = None
    watched_since: float | None = None
    conflicts: int = 0
    gaps: int = 0
    failed: int = 0
    stopped: str = ""
    readers: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakeOver:
    """What the older decorator library has left of this script: the versions with their tables, what feeds them.

    `tables` are those versions' tables as they are (None: gone); `strange` says what of it is not understood.
    """

    versions: tuple[Version, ...]
    feeds: tuple[OlderFeed, ...]
    tables: tuple[ObservedTable | None, ...]
    strange: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the planner may know.

    `served` is the table that the outputs name (None: gone, or none yet); `found` a table that stands under the name
    that a first version or an adoption asks for; `in_the_way` one under the successor's name; `stated_before` names the
    settings that the description last carried out stated. `began` is the version that was served when this `up` began,
    `now` the time (epoch seconds), `written` the write units that the served table has consumed since it is served
    (None: not known), `left` what an older library has left. `held_by` is another resource (its URN) of the same ledger
    that has a table which is to be adopted or taken over. `attached`: what AWS does with the served table beside
    keeping it, in words, and what does not follow to a successor.
    """

    identity: Identity
    entry: Entry | None = None
    served: ObservedTable | None = None
    found: ObservedTable | None = None
    in_the_way: ObservedTable | None = None
    stated_before: frozenset[str] = frozenset()
    sample: Sample = Sample()
    stream_readers: tuple[str, ...] = ()
    retiring: tuple[RetireSight, ...] = ()
    began: int | None = None
    now: float = 0.0
    written: float | None = None
    left: TakeOver | None = None
    held_by: str = ""
    attached: tuple[str, ...] = ()
