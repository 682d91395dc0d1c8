"""Look at AWS and the ledger once, for a plan. Reads only; makes nothing, not even the control table."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.bags.props import stated_before
from pulumi_dynamo_migrator.lifecycle.sample import sample_items
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.names import TAG_TABLE, Identity
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import Spec
from pulumi_dynamo_migrator.plan.chain import chain_for, meeting
from pulumi_dynamo_migrator.plan.compare import compare_structure
from pulumi_dynamo_migrator.plan.first import base_name
from pulumi_dynamo_migrator.plan.pending import pending
from pulumi_dynamo_migrator.plan.situation import Sample, Situation
from pulumi_dynamo_migrator.plan.successor import next_version

SAMPLE = 200
"""Items of the first page that are put through the conversions before a plan is made."""


def look(spec: Spec, identity: Identity, doors: Doors, entry: Entry | None) -> Situation:
    """Everything that the planner may know."""
    if entry is None or entry.served is None:
        return _first(spec, identity, doors, entry)
    served = doors.tables.observe(entry.version(entry.served).table)
    seen = Situation(identity, entry, served=served, stated_before=stated_before(entry.asked))
    if served is None or not _successor_asked(spec, entry, served):
        return seen
    return _towards_successor(spec, seen, doors, entry, served)


def _first(spec: Spec, identity: Identity, doors: Doors, entry: Entry | None) -> Situation:
    seen = Situation(identity, entry)
    drawn = spec.adopt is None and spec.name is None and entry is None
    return seen if drawn else replace(seen, found=doors.tables.observe(spec.adopt or base_name(spec, seen)))


def _successor_asked(spec: Spec, entry: Entry, served: ObservedTable) -> bool:
    renamed = spec.name is not None and spec.name != entry.base_name
    return (
        compare_structure(served.structure, spec.structure).needs_successor
        or renamed
        or bool(pending(spec.conversions, entry.applied))
    )


def _towards_successor(spec: Spec, seen: Situation, doors: Doors, entry: Entry, served: ObservedTable) -> Situation:
    if not _well_formed(spec):
        return seen
    _, table = next_version(spec, entry)
    standing = doors.tables.observe(table)
    mine = standing is not None and standing.tags.get(TAG_TABLE) == entry.id
    readers = (
        doors.stream_readers(served.stream.latest_arn) if served.stream.enabled and served.stream.latest_arn else ()
    )
    own = {m.objects.function for m in (*entry.feeds, *(() if entry.migration is None else (entry.migration,)))}
    return Situation(
        seen.identity,
        entry,
        served=served,
        stated_before=seen.stated_before,
        in_the_way=None if mine else standing,
        sample=_sample(spec, entry, served, doors),
        stream_readers=tuple(reader for reader in readers if reader not in own),
    )


def _well_formed(spec: Spec) -> bool:
    types = spec.structure.types
    return all(key in types for key in spec.structure.keys) and all(kind in "SNB" for kind in types.values())


def _sample(spec: Spec, entry: Entry, served: ObservedTable, doors: Doors) -> Sample:
    """A first page through the chain, twice."""
    todo = pending(spec.conversions, entry.applied)
    how = meeting(served.structure, spec.structure, todo, keys_kept=True)
    try:
        chain = chain_for(served.structure, spec.structure, todo, how=how)
    except KeyError:
        return Sample()
    return sample_items(list(islice(doors.first_items(served.name, SAMPLE), SAMPLE)), chain)
