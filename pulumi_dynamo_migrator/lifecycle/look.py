"""Look at AWS and the ledger once, for a plan. Reads only; makes nothing, not even the control table."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.aws.table_extras import readable
from pulumi_dynamo_migrator.bags.props import stated_before
from pulumi_dynamo_migrator.lifecycle.elsewhere import results_elsewhere
from pulumi_dynamo_migrator.lifecycle.look_back import retire_sights, take_over
from pulumi_dynamo_migrator.lifecycle.sample import sample_items
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.names import TAG_TABLE, Identity, version_table
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import Spec
from pulumi_dynamo_migrator.plan.chain import chain_for, meeting
from pulumi_dynamo_migrator.plan.compare import compare_structure
from pulumi_dynamo_migrator.plan.first import base_name
from pulumi_dynamo_migrator.plan.pending import pending
from pulumi_dynamo_migrator.plan.problems import problems
from pulumi_dynamo_migrator.plan.situation import Sample, Situation
from pulumi_dynamo_migrator.plan.successor import next_version
from pulumi_dynamo_migrator.plan.take_over import taking_over
from pulumi_dynamo_migrator.steps.own import held_by

SAMPLE = 200
"""Items of the first page that are put through the conversions before a plan is made."""


def look(
    spec: Spec, identity: Identity, doors: Doors, entry: Entry | None, *, now: float, began: int | None = None
) -> Situation:
    """Everything that the planner may know; `began`: the version that was served when this `up` began."""
    if entry is None or entry.served is None:
        return _first(spec, identity, doors, entry, now=now)
    served = doors.tables.observe(entry.version(entry.served).table)
    seen = Situation(
        identity,
        entry,
        served=served,
        stated_before=stated_before(entry.asked),
        retiring=retire_sights(spec, entry, doors, now=now),
        began=began,
        now=now,
        written=_written(spec, entry, doors, now=now),
    )
    if served is None or not _successor_asked(spec, entry, served):
        return seen
    return _towards_successor(spec, seen, doors, entry, served)


def _written(spec: Spec, entry: Entry, doors: Doors, *, now: float) -> float | None:
    """How much was written to the served version, where the program wants to go back before it."""
    feed = entry.feed_to(entry.served)
    if spec.serve is None or entry.serving is None or spec.serve >= entry.serving.number or feed is None:
        return None
    return doors.metrics.written_units(entry.serving.table, since=feed.flipped_at or now, until=now)


def _first(spec: Spec, identity: Identity, doors: Doors, entry: Entry | None, *, now: float) -> Situation:
    seen = Situation(identity, entry, now=now)
    if problems(spec):
        return seen  # it is refused; and DynamoDB refuses to be asked for a table by a name that it does not take
    left = None if entry is not None and entry.versions else take_over(spec, doors, now=now)
    if left is not None:
        holder = held_by(doors, entry, {version.table_id for version in left.versions})
        return _after_take_over(spec, replace(seen, left=left, held_by=holder), doors)
    if spec.adopt is None and spec.name is None and entry is None:
        return seen
    found = doors.tables.observe(spec.adopt or base_name(spec, seen)) or _earlier(spec, entry, doors)
    adopted: set[str | None] = set() if spec.adopt is None or found is None else {found.table_id}
    return replace(seen, found=found, held_by=held_by(doors, entry, adopted))


def _earlier(spec: Spec, entry: Entry | None, doors: Doors) -> ObservedTable | None:
    """A table under the name of an earlier version of a script: an empty one beside it would be served in its place."""
    if spec.script is None or spec.name is None or spec.adopt is not None or (entry is not None and entry.versions):
        return None
    names = [version_table(spec.name, number) for number in (1, *(step.version for step in spec.script.steps[1:]))]
    return next((table for name in names if (table := doors.tables.observe(name)) is not None), None)


def _after_take_over(spec: Spec, seen: Situation, doors: Doors) -> Situation:
    """What the plan needs that comes after the older library's versions were taken over."""
    assert seen.left is not None
    found = taking_over(spec, seen, seen.left)
    if isinstance(found, str) or found[1].served is None or found[1].entry is None:
        return seen
    after = found[1]
    entry, served = found[1].entry, found[1].served
    assert entry is not None
    assert served is not None
    seen = replace(seen, retiring=retire_sights(spec, entry, doors, now=seen.now))
    if not _successor_asked(spec, entry, served):
        return seen
    further = _towards_successor(spec, after, doors, entry, served)
    return replace(
        seen,
        sample=further.sample,
        in_the_way=further.in_the_way,
        stream_readers=further.stream_readers,
        attached=further.attached,
    )


def _successor_asked(spec: Spec, entry: Entry, served: ObservedTable) -> bool:
    renamed = spec.name is not None and spec.name != entry.base_name
    return (
        compare_structure(served.structure, spec.structure).needs_successor
        or renamed
        or bool(pending(spec.conversions, entry.applied))
    )


def _towards_successor(spec: Spec, seen: Situation, doors: Doors, entry: Entry, served: ObservedTable) -> Situation:
    if problems(spec):
        return seen
    _, table = next_version(spec, entry)
    standing = doors.tables.observe(table)
    mine = standing is not None and standing.tags.get(TAG_TABLE) == entry.id
    readers = (
        doors.stream_readers(served.stream.latest_arn) if served.stream.enabled and served.stream.latest_arn else ()
    )
    own = {m.objects.function for m in (*entry.feeds, *(() if entry.migration is None else (entry.migration,)))}
    return replace(
        seen,
        in_the_way=None if mine else standing,
        sample=_sample(spec, entry, served, doors),
        stream_readers=tuple(reader for reader in readers if reader not in own),
        attached=_attached(served.name, doors),
    )


def _attached(table: str, doors: Doors) -> tuple[str, ...]:
    """What AWS does with the table beside keeping it, in words; nothing of what may not be asked."""
    streams = readable(lambda: doors.tables.kinesis_destinations(table)) or ()
    insights = readable(lambda: doors.tables.has_insights(table))
    return (*(f"the Kinesis destination {arn}" for arn in streams), *(["Contributor Insights"] if insights else []))


def _sample(spec: Spec, entry: Entry, served: ObservedTable, doors: Doors) -> Sample:
    """A first page through the chain, twice here and once elsewhere."""
    todo = pending(spec.conversions, entry.applied)
    how = meeting(served.structure, spec.structure, todo, keys_kept=True)
    try:
        chain = chain_for(served.structure, spec.structure, todo, how=how)
    except KeyError:
        return Sample()
    items = list(islice(doors.first_items(served.name, SAMPLE), SAMPLE))
    return sample_items(items, chain, elsewhere=results_elsewhere)
