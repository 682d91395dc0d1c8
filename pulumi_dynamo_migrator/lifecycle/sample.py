"""What a first page of the source says about a chain: are keys kept, do items go through, is it steady. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.keys import canonical_key
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.conversion.values import digest, equal
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.plan.situation import Sample

UNSTEADY = (
    "the conversion gives two results for one item (key {key}): it must depend on the item alone, because it runs in "
    "the backfill and in the replicator; take random numbers, clocks and counters out of it."
)


def sample_items(items: Sequence[WireItem], chain: Chain) -> Sample:
    """Put each item through the chain twice."""
    free = replace(chain, meeting=Meeting.MAY_MEET)
    kept, problems, unsteady = True, [], None
    for item in items:
        try:
            first, second = free.apply(item), free.apply(item)
        except ItemError as error:
            problems.append(f"{_key(item, chain)}: {error}")
            continue
        if [digest(one) for one in first] != [digest(one) for one in second]:
            unsteady = UNSTEADY.format(key=_key(item, chain))
        kept = kept and all(_keeps(item, one, chain) for one in first)
    return Sample(read=len(items), keys_kept=kept, problems=tuple(problems), unsteady=unsteady)


def _keeps(item: WireItem, result: WireItem, chain: Chain) -> bool:
    return all(name in result and equal(item[name], result[name]) for name in chain.source_keys.names)


def _key(item: WireItem, chain: Chain) -> str:
    return " / ".join(canonical_key(item, chain.source_keys))
