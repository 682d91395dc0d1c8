"""What is seen when a plan is made: the ledger's entry and the tables it names, looked at once. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_dynamo_migrator.model.history import Entry
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
class Situation:
    """All that the planner may know.

    `served` is the table that the outputs name (None: gone, or none yet); `found` a table that stands under the name
    that a first version or an adoption asks for; `in_the_way` one under the successor's name; `stated_before` names the
    settings that the description last carried out stated.
    """

    identity: Identity
    entry: Entry | None = None
    served: ObservedTable | None = None
    found: ObservedTable | None = None
    in_the_way: ObservedTable | None = None
    stated_before: frozenset[str] = frozenset()
    sample: Sample = Sample()
    stream_readers: tuple[str, ...] = ()
