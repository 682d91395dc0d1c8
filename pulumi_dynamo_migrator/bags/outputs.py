"""What Pulumi's state keeps of a table: its outputs, from the ledger's entry and what AWS says. Changes nothing.

Never a secret, never configuration. Names are in users' state files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pulumi_dynamo_migrator.bags.props import asked_fingerprint
from pulumi_dynamo_migrator.bags.shapes import ARGUMENTS
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Phase

if TYPE_CHECKING:
    from pulumi_dynamo_migrator.aws.doors import Doors

ECHOED = tuple(name for name in ARGUMENTS if name not in ("name", "hash_key", "range_key"))
"""Inputs that come back as outputs, each under its own name: so the engine keeps a secret one secret."""


LEFT = "__left"
"""An input of ours, and the output that says it was heeded: the revision of an entry that was left in the ledger by an
`up` that was killed before Pulumi's state heard of it. Without it a program that was put back would look done."""


def outputs(
    entry: Entry,
    served: ObservedTable | None,
    bag: Mapping[str, Any],
    *,
    stream_arns: Mapping[str, str],
    conflicts: int,
    failed_items: int,
) -> dict[str, Any]:
    """The whole bag of outputs."""
    version = entry.serving
    return {
        **{name: bag[name] for name in ECHOED if bag.get(name) is not None},
        "name": version.table if version else entry.base_name,
        "arn": version.arn if version else None,
        "stream_arn": _stream_arn(served),
        "stream_arns": dict(stream_arns),
        "hash_key": served.structure.hash_key if served is not None else bag.get("hash_key"),
        "range_key": served.structure.range_key if served is not None else bag.get("range_key"),
        "version": entry.served,
        "phase": entry.phase.value,
        "tables": {str(v.number): v.table for v in entry.versions},
        "history": [_row(row) for row in entry.history],
        "error": entry.error,
        "hold": entry.migration.hold if entry.migration is not None and entry.phase is Phase.HELD else None,
        "steps": [_row(step) for step in entry.steps],
        "pending": [_row(one) for one in entry.pending],
        "__held_for": _held_for(entry, bag),
        "conflicts": conflicts,
        "failed_items": failed_items,
        "__urn": entry.urn,
        # A destroy is given outputs only, and must reach the same account; a secret of the same name stays one.
        "__aws": bag.get("__aws"),
        "__asked": asked_fingerprint(bag),
        "__named": entry.base_name if bag.get("name") is not None else None,
        LEFT: bag.get(LEFT),
    }


def _held_for(entry: Entry, bag: Mapping[str, Any]) -> str | None:
    """What has to change for a held version to be served."""
    if entry.phase is not Phase.HELD:
        return None
    return "serve" if bag.get("serve") is not None and bag["serve"] == entry.served else "fence"


def _row(row: Any) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in asdict(row).items()
        if value is not None
    }


def all_outputs(
    entry: Entry, bag: Mapping[str, Any], doors: Doors, *, known: Mapping[int, ObservedTable | None] | None = None
) -> dict[str, Any]:
    """The bag, with what has to be asked for it: streams that are on, counts of conflicts and failed items.

    `known` are tables that have just been looked at, by version (None: it is gone).
    """
    seen = dict(known or {})
    for version in entry.versions:
        if version.number not in seen:
            seen[version.number] = doors.tables.describe(version.table)
    arns = {str(number): arn for number, table in seen.items() if (arn := _stream_arn(table)) is not None}
    unfinished = () if entry.migration is None else (entry.migration,)
    return outputs(
        entry,
        seen.get(entry.served or 0),
        bag,
        stream_arns=arns,
        conflicts=sum(doors.ledger.migration(one.id).counters().conflicts for one in entry.feeds),
        failed_items=sum(doors.ledger.migration(one.id).failed_count() for one in (*entry.feeds, *unfinished)),
    )


def _stream_arn(table: ObservedTable | None) -> str | None:
    return table.stream.latest_arn if table is not None and table.stream.enabled else None


def differs(olds: Mapping[str, Any], news: Mapping[str, Any], *, now: float) -> bool:
    """Whether an update is needed: asked differs from what was last carried out, or a migration has work left."""
    settled = str(olds.get("phase")) in {phase.value for phase in Phase if phase.settled}
    moved = olds.get("__urn") != news.get("__urn")
    let_go = olds.get("__held_for") == "fence" and bool((news.get("migration") or {}).get("fence"))
    due = any(float(one.get("not_before", 0)) <= now for one in olds.get("pending") or ())
    left = news.get(LEFT) is not None and news[LEFT] != olds.get(LEFT)
    return not settled or moved or let_go or due or left or olds.get("__asked") != asked_fingerprint(news)
