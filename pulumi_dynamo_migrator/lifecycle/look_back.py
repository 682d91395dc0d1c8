"""Look at the versions that are asked to end, and at what an older library has left. Reads only."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.aws.mappings import MappingState
from pulumi_dynamo_migrator.aws.older_library import OlderVersion
from pulumi_dynamo_migrator.model.history import Entry, MigrationRecord, OlderFeed, Version
from pulumi_dynamo_migrator.model.limits import DAY
from pulumi_dynamo_migrator.model.names import OLDER_IDENTIFIER, version_table
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import Retire, Spec
from pulumi_dynamo_migrator.model.timing import DRAWN_OUT
from pulumi_dynamo_migrator.plan.retiring import ready_at, time_text, wanted
from pulumi_dynamo_migrator.plan.situation import RetireSight, TakeOver
from pulumi_dynamo_migrator.steps.leftovers import went_over
from pulumi_dynamo_migrator.steps.stamp import time_of


def retire_sights(spec: Spec, entry: Entry, doors: Doors, *, now: float) -> tuple[RetireSight, ...]:
    """What is seen of each version that is asked to end and is not served."""
    busy = {entry.served, None if entry.migration is None else entry.migration.target}
    return tuple(
        _sight(version, how, entry, doors, now=now)
        for version, how in wanted(spec.retire, entry)
        if version.number not in busy
    )


def _sight(version: Version, how: Retire, entry: Entry, doors: Doors, *, now: float) -> RetireSight:
    table = doors.tables.describe(version.table)
    if table is not None and version.table_id not in (None, table.table_id):
        return RetireSight(version.number, table, stopped=f"another table has the name {version.table} now.")
    feeds = [feed for feed in entry.feeds if feed.ended_at is None and feed.source == version.number]
    older = [feed for feed in entry.older if feed.source == version.number]
    removes = (*(_helper(feed) for feed in feeds), *(helper for feed in older for helper in older_helpers(feed)))
    if table is None:
        return RetireSight(version.number, removes=removes)
    if version.frozen:
        left = sum(_still_failed(feed, entry, doors) for feed in entry.feeds if feed.source == version.number)
        readers = _readers(table, feeds, older, doors)
        return RetireSight(version.number, table, failed=left, removes=removes, readers=readers)
    if older:
        return _older_sight(version, table, how, older, doors, now=now, removes=removes)
    if not feeds:
        return RetireSight(version.number, table, stopped="nothing carries over what is written to it.")
    partitions = [doors.ledger.migration(feed.id) for feed in feeds]
    counters = [partition.counters() for partition in partitions]
    sight = RetireSight(
        version.number,
        table,
        last_write=max((one.last_at for one in counters if one.last_at is not None), default=None),
        watched_since=max(time_of(feed.started_at) for feed in feeds),
        conflicts=sum(one.conflicts for one in counters),
        gaps=sum(one.gaps for one in counters),
        failed=sum(_still_failed(feed, entry, doors) for feed in feeds),
        stopped=next((why for feed in feeds if (why := _stopped(feed, table, doors))), ""),
        readers=_readers(table, feeds, older, doors),
        removes=removes,
    )
    if sight.stopped or ready_at(version, how, sight) > now:
        return sight
    return replace(sight, stopped=_unheard(sight, table, how, doors, now=now))


def _unheard(sight: RetireSight, table: ObservedTable, how: Retire, doors: Doors, *, now: float) -> str:
    """A replicator that is never invoked sees no write either: the stream itself, which keeps a day, is asked as well.

    What a table's stream holds is only read when the replicator's own word would let the table go.
    """
    newest = doors.records.last_write(table.stream.latest_arn or "", since=now - min(how.evidence + DRAWN_OUT, DAY))
    heard = max(sight.last_write or 0.0, sight.watched_since or 0.0)
    if newest is None or newest <= heard + DRAWN_OUT:
        return ""
    return (
        f"its stream holds a write of {time_text(newest)}, and its replicator has handled none since "
        f"{time_text(heard)}; find out why Lambda does not invoke it (throttled, disabled, no concurrency)."
    )


def _still_failed(feed: MigrationRecord, entry: Entry, doors: Doors) -> int:
    """Items that were never moved, without those that were mended or deleted since."""
    failed = doors.ledger.migration(feed.id).failed_count()
    tables = {version.number: version.table for version in entry.versions}
    if not failed or feed.target not in tables:
        return failed
    over = went_over(feed, doors, source=tables[feed.source], target=tables[feed.target])
    return failed - sum(1 for _ in over)


def _stopped(feed: MigrationRecord, table: ObservedTable, doors: Doors) -> str:
    """Why the replicator may have missed writes, if so."""
    function = feed.objects.function
    if table.stream.latest_arn != feed.objects.stream_arn or not table.stream.enabled:
        return f"its stream was switched off or made anew since {function} began to read it."
    mapping = None if feed.objects.mapping is None else doors.functions.describe_mapping(feed.objects.mapping)
    if mapping is None:
        return f"the event source mapping of {function} is gone."
    if mapping.state is not MappingState.ENABLED:
        return f"the event source mapping of {function} is {mapping.state}; enable it, and let it catch up."
    if mapping.last_result.startswith("PROBLEM"):
        return f"Lambda says of {function}: {mapping.last_result}"
    failing = doors.ledger.migration(feed.id).failing()
    if failing:
        return (
            f"{function} cannot apply a batch: {failing[0].error}. The batch comes again by itself: run this again in "
            "a minute, and mend the cause if it lasts."
        )
    return ""


def _older_sight(
    version: Version,
    table: ObservedTable,
    how: Retire,
    older: list[OlderFeed],
    doors: Doors,
    *,
    now: float,
    removes: tuple[str, ...],
) -> RetireSight:
    """The older library counts nothing: the stream itself, which keeps a day, tells when it was written to last."""
    arn = table.stream.latest_arn
    readers = _readers(table, [], older, doors)
    if arn is None or not table.stream.enabled:
        return RetireSight(version.number, table, stopped="its stream is off.", readers=readers, removes=removes)
    window = min(how.evidence, DAY)
    return RetireSight(
        version.number,
        table,
        last_write=doors.records.last_write(arn, since=now - window),
        watched_since=max(feed.since for feed in older),
        readers=readers,
        removes=removes,
    )


def _readers(
    table: ObservedTable, feeds: list[MigrationRecord], older: list[OlderFeed], doors: Doors
) -> tuple[str, ...]:
    own = {feed.objects.function for feed in feeds} | {name for feed in older for name in feed.functions}
    if not table.stream.enabled or table.stream.latest_arn is None:
        return ()
    return tuple(reader for reader in doors.stream_readers(table.stream.latest_arn) if reader not in own)


def _helper(feed: MigrationRecord) -> str:
    role = " and role" if feed.objects.role_is_ours else ""
    return f"function {feed.objects.function} with its mapping{role}"


def older_helpers(feed: OlderFeed) -> tuple[str, ...]:
    """What the older library made for a feed, for people."""
    kinds = (
        ("function", feed.functions),
        ("mapping", feed.mappings),
        ("role", feed.roles),
        ("policy", feed.policies),
    )
    return tuple(f"{kind} {name} (of the older library)" for kind, names in kinds for name in names)


def take_over(spec: Spec, doors: Doors, *, now: float) -> TakeOver | None:
    """What the older library has applied of this script; None where it knows nothing of it."""
    if spec.script is None or spec.name is None:
        return None
    found = doors.older.read(spec.script.identifier or OLDER_IDENTIFIER)
    if found is None:
        return None
    made = [(one, _table_of(one, spec.name)) for one in found.versions]
    made = [(one, table) for one, table in made if table is not None]
    if not made:
        return None
    tables = [doors.tables.observe(table) for _, table in made if table is not None]
    versions = tuple(_version(one.number, table or "", seen) for (one, table), seen in zip(made, tables, strict=True))
    feeds = tuple(
        OlderFeed(before.number, one.number, one.functions, one.mappings, one.roles, one.policies, since=now)
        for (before, _), (one, _) in pairwise(made)
        if one.functions or one.mappings or one.roles or one.policies
    )
    return TakeOver(versions, feeds, tuple(tables))


def _table_of(one: OlderVersion, base: str) -> str | None:
    """Its table. Version 1 of a table that stood already was written down without one."""
    return one.table or (base if one.number == 1 else None)


def _version(number: int, table: str, seen: ObservedTable | None) -> Version:
    return Version(
        number,
        table or version_table(table, number),
        table_id=None if seen is None else seen.table_id,
        arn=None if seen is None else seen.arn,
        ours=False,
    )
