"""Late changes that were kept as conflicts, said wherever a user looks: preview, `up`, refresh. Reads only."""

from __future__ import annotations

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.model.history import Entry

SHOWN = 3


def conflict_texts(entry: Entry, doors: Doors) -> list[str]:
    """One text a replicator that still works and has kept some; none where all went over."""
    found = []
    tables = {version.number: version.table for version in entry.versions}
    for feed in entry.feeds:
        partition = doors.ledger.migration(feed.id)
        count = 0 if feed.ended_at is not None else partition.conflict_count()
        if not count:
            continue
        shown = {one.key: one.why for one in partition.conflicts(most=SHOWN)}
        lines = "".join(f"\n  {key}: {why}" for key, why in shown.items())
        found.append(
            f"{count} late change(s) to {tables.get(feed.source)} did not fit what {tables.get(feed.target)} holds, "
            f"and were kept as conflicts, not applied:{lines}\n"
            f"  what now: their images are in the ledger (partition {partition.pk}, conflict#…); put right by hand "
            "what must be, and see that nobody writes to the old table any more."
        )
    return found
