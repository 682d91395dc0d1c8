"""A standing for people: one block of lines, what is nothing left out. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_dynamo_migrator.aws.ledger.lease_row import time_text
from pulumi_dynamo_migrator.cli.find import resource_name
from pulumi_dynamo_migrator.cli.standing import Replicator, Standing
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.plan.render import pending_text

WIDTH = 11


def text(one: Standing) -> str:
    """The whole block; its first line is the entry's id."""
    lines = [_line(label, said) for label, said in _said(one)]
    return "\n".join([one.entry.id, *lines])


def _line(label: str, said: str) -> str:
    return f"  {label:<{WIDTH}} {said.replace(chr(10), chr(10) + ' ' * (WIDTH + 3))}"


def _said(one: Standing) -> Iterator[tuple[str, str]]:
    entry = one.entry
    yield "resource", f"{resource_name(entry)} (project {entry.project}, stack {entry.stack})"
    yield "urn", entry.urn
    yield "phase", entry.phase.value
    yield "serves", served(entry)
    yield from (("table", f"{version.number}: {version.table}{_frozen(version.frozen)}") for version in entry.versions)
    yield from _under_way(one)
    yield "at work", _worker(one)
    if one.works and one.lease is not None and one.lease.stop is not None:
        yield "asked", f"to stop {one.lease.stop}"
    for replicator in one.replicators:
        yield from _replicator(replicator, entry)
    yield from _ends(entry)


def served(entry: Entry) -> str:
    """The version that the outputs name."""
    return "nothing yet" if entry.serving is None else f"version {entry.served}, table {entry.serving.table}"


def under_way(entry: Entry) -> str:
    """The migration that has begun and not ended."""
    migration = entry.migration
    if migration is None:
        return ""
    return f"to version {migration.target}, table {_table(entry, migration.target)}, at {migration.stage.name.lower()}"


def _under_way(one: Standing) -> Iterator[tuple[str, str]]:
    entry, migration = one.entry, one.entry.migration
    if migration is None:
        return
    items = ""
    if one.copied is not None:
        items = f", {one.copied:,} source items so far"
    elif migration.items is not None:
        items = f", {migration.items:,} items"
    yield "migration", f"{under_way(entry)}{items}, since {_at(migration.started_at)}"
    more = [
        f"{one.write:,} of {one.index or _table(entry, migration.target)} in place of {one.back:,}"
        for one in migration.raised
        if one.back is not None
    ]
    if more:
        yield "raised", f"write units until all is copied: {', '.join(more)}"
    if migration.hold:
        yield "held", migration.hold


def _worker(one: Standing) -> str:
    lease = one.lease
    if lease is None:
        return "nobody"
    if one.works:
        return str(lease)
    if not lease.released:
        return f"nobody: {lease.owner} died or was cut off, last heard of at {time_text(lease.beat)}"
    return "nobody" if lease.stop is None else f"nobody: the last one was asked to stop {lease.stop}"


def _replicator(one: Replicator, entry: Entry) -> Iterator[tuple[str, str]]:
    migration, counters = one.migration, one.counters
    road = f"{_table(entry, migration.source)} → {_table(entry, migration.target)}"
    word = "taken away" if migration.ended_at is not None else f"word '{one.word.value}'" if one.word else "no word yet"
    last = "" if counters.last_at is None else f", the last at {time_text(counters.last_at)}"
    yield "replicator", f"{road}: {word}, {counters.records:,} records{last}"
    yield from (("failing", f"since {time_text(batch.at)}: {batch.error}") for batch in one.failing)
    if one.failed_count:
        named = [f"{item.key}: {item.reason}" for item in one.failed]
        yield "failed", _counted(one.failed_count, "item(s) could not be moved", named)
    if counters.conflicts:
        named = list(dict.fromkeys(f"{conflict.key}: {conflict.why}" for conflict in one.conflicts))
        yield "conflicts", _counted(counters.conflicts, "late change(s) were kept, not applied", named)
    if counters.gaps:
        yield "gap", f"{counters.gaps:,} batch(es) of late changes came over 20 h or more late; others may be lost"


def _counted(count: int, what: str, named: list[str]) -> str:
    return "\n".join([f"{count:,} {what}", *named, *([] if count <= len(named) else ["…"])])


def _ends(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.fence is not None:
        until = time_text(entry.fence.until)
        yield "fence", f"writes to {_table(entry, entry.fence.version)} are denied, until {until} unless it is renewed"
    if entry.retirement is not None:
        ending = entry.retirement
        stage = ending.stage.name.lower()
        yield (
            "retiring",
            f"version {ending.version}, {_table(entry, ending.version)}: {stage}, since {_at(ending.began_at)}",
        )
    yield from (("pending", pending_text(one).removeprefix("pending: ")) for one in entry.pending)
    if entry.error:
        yield "error", entry.error


def _table(entry: Entry, number: int) -> str:
    """Its name, or its number where the version has ended."""
    return next((version.table for version in entry.versions if version.number == number), f"version {number} (ended)")


def _frozen(frozen: bool) -> str:
    return " (writes to it are denied for good)" if frozen else ""


def _at(iso: str) -> str:
    """A time of the history as the other lines have it."""
    return iso.replace("T", " ").replace("Z", " UTC")
