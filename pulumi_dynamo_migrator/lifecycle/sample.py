"""What a first page of the source says about a chain: are keys kept, do items go through, is it steady.

Pure, but for what `elsewhere` does: the same chain in another process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pulumi_dynamo_migrator.conversion.chain import Chain, SourceLink
from pulumi_dynamo_migrator.conversion.keys import canonical_key
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.conversion.values import digest, equal
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.plan.situation import Sample

UNSTEADY = (
    "the conversion gives two results for one item (key {key}): it must depend on the item alone, because it runs in "
    "the backfill and in the replicator; take random numbers, clocks and counters out of it, and sort what comes from "
    "a set, or from an item's attributes, before you rely on the order."
)

Results = list[list[bytes] | None]
Elsewhere = Callable[[Sequence[WireItem], Chain], Results]


def sample_items(items: Sequence[WireItem], chain: Chain, *, elsewhere: Elsewhere) -> Sample:
    """Put each item through the chain twice here and, where users wrote a part of it, once elsewhere."""
    free = replace(chain, meeting=Meeting.MAY_MEET)
    written = items and any(isinstance(link, SourceLink) for link in chain.links)
    there: Results | list[None] = elsewhere(items, free) if written else [None] * len(items)
    kept, problems, unsteady = True, [], None
    for item, third in zip(items, there, strict=True):
        try:
            first, second = free.apply(item), free.apply(item)
        except ItemError as error:
            problems.append(f"{_key(item, chain)}: {error}")
            continue
        digests = [digest(one) for one in first]
        if digests != [digest(one) for one in second] or (written and digests != third):
            unsteady = UNSTEADY.format(key=_key(item, chain))
        kept = kept and all(_keeps(item, one, chain) for one in first)
    return Sample(read=len(items), keys_kept=kept, problems=tuple(problems), unsteady=unsteady)


def _keeps(item: WireItem, result: WireItem, chain: Chain) -> bool:
    return all(name in result and equal(item[name], result[name]) for name in chain.source_keys.names)


def _key(item: WireItem, chain: Chain) -> str:
    return " / ".join(canonical_key(item, chain.source_keys))
