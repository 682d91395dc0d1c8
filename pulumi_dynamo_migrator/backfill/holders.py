"""Who sits at a key where an insert found somebody. Reads only; whoever it cannot account for is left to verify."""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_dynamo_migrator.backfill.job import BackfillJob
from pulumi_dynamo_migrator.backfill.page import Write
from pulumi_dynamo_migrator.backfill.plain_keys import CanonicalKey
from pulumi_dynamo_migrator.conversion.canonical import equal
from pulumi_dynamo_migrator.conversion.keys import canonical_key
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.items import Items, WireItem, decoded
from pulumi_dynamo_migrator.replicate.tombstone import is_tombstone

ByKey = dict[CanonicalKey, WireItem]


def count_unsettled(job: BackfillJob, writes: Sequence[Write], *, items: Items) -> int:
    """How many of these inserts, all answered PRESENT, met an item that is not explained by their own source item.

    Separate: the holder comes from the same source item by construction. May meet: verify counts source items per key.
    Distinct: the holder must be a tombstone, or what the source item, read again, means now.
    """
    if job.chain.meeting is not Meeting.DISTINCT or not writes:
        return 0
    holders = _read(items, job.target, [_target_key(job, write) for write in writes], job=job)
    strangers = [write for write in writes if not _own(holders.get(write.key), decoded(write.item))]
    return sum(not _own(holders.get(write.key), _now(job, write, items=items)) for write in strangers)


def _own(holder: WireItem | None, item: WireItem | None) -> bool:
    if holder is None or is_tombstone(holder):
        return True  # gone again, or deleted: the replicator was here
    return item is not None and equal(holder, item)


def _now(job: BackfillJob, write: Write, *, items: Items) -> WireItem | None:
    """What the source item, read again, puts at the key."""
    key = decoded({name: write.origin[name] for name in job.chain.source_keys.names})
    image = items.get_item(job.source, key)
    if image is None:
        return None
    try:
        made = job.chain.apply(image)
    except ItemError:
        return None
    return next((one for one in made if canonical_key(one, job.chain.target.keys) == write.key), None)


def _read(items: Items, table: str, keys: Sequence[WireItem], *, job: BackfillJob) -> ByKey:
    return {canonical_key(item, job.chain.target.keys): item for item in items.get_items(table, keys)}


def _target_key(job: BackfillJob, write: Write) -> WireItem:
    return decoded({name: write.item[name] for name in job.chain.target.keys.names})
