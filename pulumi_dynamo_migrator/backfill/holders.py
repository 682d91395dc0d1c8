"""Who sits at a key where an insert found somebody. Reads only; whoever it cannot account for is left to verify."""

from __future__ import annotations

from pulumi_dynamo_migrator.backfill.job import BackfillJob
from pulumi_dynamo_migrator.backfill.page import Batch
from pulumi_dynamo_migrator.backfill.plain_keys import CanonicalKey
from pulumi_dynamo_migrator.conversion.canonical import equal
from pulumi_dynamo_migrator.conversion.keys import canonical_key
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.items import AnyItem, Items, WireItem, decoded
from pulumi_dynamo_migrator.replicate.tombstone import is_tombstone


def count_unsettled(job: BackfillJob, met: Batch, *, items: Items) -> int:
    """How many of these inserts, all answered PRESENT, met an item that is not explained by their own source item.

    Separate: the holder comes from the same source item by construction. May meet: verify counts source items per key.
    Distinct: the holder must be a tombstone, or what the source item, read again, means now.
    """
    if job.chain.meeting is not Meeting.DISTINCT or not met:
        return 0
    keys = job.chain.target.keys
    asked = [decoded({name: item[name] for name in keys.names}) for item in met.items]
    holders = {canonical_key(item, keys): item for item in items.get_items(job.target, asked)}
    unsettled = 0
    for key, item, origin in zip(asked, met.items, met.origins, strict=True):
        target = canonical_key(key, keys)
        holder = holders.get(target)
        unsettled += not _own(holder, decoded(item)) and not _own(holder, _now(job, target, origin, items=items))
    return unsettled


def _own(holder: WireItem | None, item: WireItem | None) -> bool:
    if holder is None or is_tombstone(holder):
        return True  # gone again, or deleted: the replicator was here
    return item is not None and equal(holder, item)


def _now(job: BackfillJob, target: CanonicalKey, origin: AnyItem, *, items: Items) -> WireItem | None:
    """What the source item, read again, puts at the target key."""
    key = decoded({name: origin[name] for name in job.chain.source_keys.names})
    image = items.get_item(job.source, key)
    if image is None:
        return None
    try:
        made = job.chain.apply(image)
    except ItemError:
        return None
    return next((one for one in made if canonical_key(one, job.chain.target.keys) == target), None)
