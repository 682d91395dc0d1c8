"""Late changes that did not go over, or may be lost, said wherever a user looks: preview, `up`, refresh. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.aws.ledger import MigrationLedger
from pulumi_dynamo_migrator.model.history import Entry

SHOWN = 3


def conflict_texts(entry: Entry, doors: Doors) -> list[str]:
    """What each replicator that still works has kept or may have missed; nothing where all went over."""
    tables = {version.number: version.table for version in entry.versions}
    return [
        text
        for feed in entry.feeds
        if feed.ended_at is None
        for text in _texts(doors.ledger.migration(feed.id), tables.get(feed.source), tables.get(feed.target))
    ]


def _texts(partition: MigrationLedger, source: str | None, target: str | None) -> Iterator[str]:
    counters = partition.counters()
    if counters.conflicts:
        shown = {one.key: one.why for one in partition.conflicts(most=SHOWN)}
        lines = "".join(f"\n  {key}: {why}" for key, why in shown.items())
        yield (
            f"{counters.conflicts} late change(s) to {source} did not fit what {target} holds, "
            f"and were kept as conflicts, not applied:{lines}\n"
            f"  what now: their images are in the ledger (partition {partition.pk}, conflict#…); put right by hand "
            "what must be, and see that nobody writes to the old table any more."
        )
    if counters.gaps:
        yield (
            f"{counters.gaps} batch(es) of late changes to {source} came to {target} 20 h or more after they were "
            "made, and a stream drops what is older than 24 h: changes before them may be lost to it\n"
            "  what now: compare both tables, put right by hand what must be, and see that nobody writes to the old "
            "table any more."
        )
