"""The plan that takes the place of "destroy and create": a successor table, fed by stream and backfill. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.figures import about
from pulumi_dynamo_migrator.model.history import Entry, MigrationRecord, Objects
from pulumi_dynamo_migrator.model.names import helper_name, migration_id, version_table
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.model.spec import Conversion, Spec, Structure
from pulumi_dynamo_migrator.plan.carry import carried_settings, carried_structure
from pulumi_dynamo_migrator.plan.chain import chain_for, fingerprint, meeting, type_problems
from pulumi_dynamo_migrator.plan.compare import StructureDifference, wanted_settings
from pulumi_dynamo_migrator.plan.copy_hazards import copy_hazards
from pulumi_dynamo_migrator.plan.copy_within import in_time
from pulumi_dynamo_migrator.plan.cost import Successor, estimate
from pulumi_dynamo_migrator.plan.ending import data_steps, fed, hold_reason, pinned
from pulumi_dynamo_migrator.plan.first import describe_keys
from pulumi_dynamo_migrator.plan.hazards import successor_hazards
from pulumi_dynamo_migrator.plan.pending import pending
from pulumi_dynamo_migrator.plan.plan import Plan, Route, refused
from pulumi_dynamo_migrator.plan.script import todo
from pulumi_dynamo_migrator.plan.situation import Situation
from pulumi_dynamo_migrator.plan.views import key_alone, view_refusal
from pulumi_dynamo_migrator.plan.within_hazards import within_hazards
from pulumi_dynamo_migrator.replicate.config import BOTH_IMAGES
from pulumi_dynamo_migrator.steps.begin import Begin
from pulumi_dynamo_migrator.steps.create_replicator import CreateReplicator
from pulumi_dynamo_migrator.steps.create_successor import CreateSuccessor
from pulumi_dynamo_migrator.steps.enable_stream import EnableStream
from pulumi_dynamo_migrator.steps.step import Step

MAY_MEET = (
    "two items may meet at one key of {target}: its key ({keys}) does not hold the old key ({old}) unchanged. It is "
    "copied and verified, and held; version {served} goes on being served. If no two items ever share a new key, say "
    "so with distinct_keys=True on the conversion; or cut over behind a fence, with Migration(fence=True)."
)


@dataclass(frozen=True, slots=True)
class _Ends:
    """The source and what a successor of it would be."""

    entry: Entry
    source: ObservedTable
    base: str
    number: int
    conversions: tuple[Conversion, ...]
    how: Meeting

    @property
    def table(self) -> str:
        return version_table(self.base, self.number)


def next_version(spec: Spec, entry: Entry) -> tuple[int, str]:
    """The number and the table name of the successor that the program would need."""
    numbers = [v.number for v in entry.versions if entry.migration is None or v.number != entry.migration.target]
    numbers += [row.version for row in entry.history if row.retired_at is not None]  # a number is never used again
    waiting = pending(spec.conversions, entry.applied)
    scripted = 0 if spec.script is None else spec.script.number
    number = max([scripted, *(n + 1 for n in numbers), *(conversion.number for conversion in waiting)])
    return number, version_table(spec.name or entry.base_name, number)


def target_fingerprint(spec: Spec, situation: Situation) -> str:
    """The fingerprint of what the program asks for now."""
    ends = _ends(spec, situation)
    return _fingerprint(spec, ends)


def _fingerprint(spec: Spec, ends: _Ends) -> str:
    return fingerprint(ends.base, spec.structure, ends.conversions, how=ends.how, source=ends.entry.served or 0)


def _ends(spec: Spec, situation: Situation) -> _Ends:
    entry, source = situation.entry, situation.served
    assert entry is not None
    assert source is not None
    waiting = pending(spec.conversions, entry.applied)
    how = meeting(source.structure, spec.structure, waiting, situation.sample.keys_kept)
    declared = any(conversion.distinct_keys for conversion in waiting)
    if entry.migration is not None and how is not Meeting.DISTINCT and waiting and not declared:
        how = entry.migration.meeting if entry.migration.meeting is not Meeting.DISTINCT else how
    number, _ = next_version(spec, entry)
    return _Ends(entry, source, spec.name or entry.base_name, number, waiting, how)


def successor_plan(spec: Spec, situation: Situation, difference: StructureDifference) -> Plan:
    """Everything from the stream to the outputs, for a migration that has not begun."""
    ends = _ends(spec, situation)
    reasons = _refusals(spec, situation, ends, difference)
    if reasons:
        return refused(*reasons)
    record = _record(spec, ends, difference)
    settings = carried_settings(ends.source.settings, wanted_settings(spec.settings, situation.stated_before))
    asked = Successor(ends.table, carried_structure(ends.source.structure, spec.structure), settings)
    timely = in_time(ends.source, asked, options=spec.options)
    if timely.refusals:
        return refused(*timely.refusals)
    target, record = timely.target, replace(record, raised=timely.raised)
    steps: tuple[Step, ...] = (
        Begin(record, ends.table),
        EnableStream(ends.source.name, already=ends.source.stream.enabled),
        CreateSuccessor(ends.table, target.structure, target.settings),
        CreateReplicator(record.objects.function, ends.source.name, ends.table),
        *data_steps(spec, ends.entry, ends.source, record, table=ends.table),
    )
    held = bool(record.hold)
    cost = estimate(ends.source, target, options=spec.options)
    return Plan(
        Route.SUCCESSOR,
        _headline(spec, ends, held=held),
        why=_whys(spec, ends, difference),
        steps=steps,
        makes=_makes(ends, record, stream=not ends.source.stream.enabled),
        hazards=(
            *successor_hazards(situation, held=record.hold, fence=spec.options.fence, pinned=pinned(spec, ends.entry)),
            *within_hazards(ends.source, asked, timely, options=spec.options),
            *copy_hazards(ends.source, target, cost, options=spec.options, raised=timely.raised),
        ),
        items=ends.source.items,
        bytes=ends.source.bytes,
        estimate=cost,
        served=ends.entry.served,
        becomes=ends.entry.served if held else ends.number,
        complete=not held,
    )


def _refusals(spec: Spec, situation: Situation, ends: _Ends, difference: StructureDifference) -> list[str]:
    untyped = type_problems(difference, ends.conversions)
    found, source = list(untyped), ends.source
    if situation.in_the_way is not None:
        found.append(
            f"the successor's name {ends.table} is taken by a table that is not this resource's: delete or rename "
            "that table, or give this resource another base name with name=."
        )
    if source.stream.enabled:
        alone = key_alone(source.structure, spec.structure, ends.conversions, ends.how)
        unseen = view_refusal(source.stream.view_type, source=source.name, alone=alone, fence=spec.options.fence)
        found += [unseen] if unseen else []
    found += fed(spec, ends.entry)
    if source.replicas:
        found.append(
            f"{source.name} is a global table with {source.replicas} replicas, which cannot be migrated: remove the "
            "replicas first."
        )
    sample = situation.sample
    if sample.unsteady:
        found.append(sample.unsteady)
    nothing_goes = bool(sample.read) and len(sample.problems) == sample.read
    if nothing_goes and not untyped and spec.options.on_item_error == "stop":
        found.append(
            f"none of {sample.read} sampled items of {source.name} can be moved, such as {sample.problems[0]}. Correct "
            "the conversion, or the new key: `up` would stop at the first item."
        )
    return found


def _record(spec: Spec, ends: _Ends, difference: StructureDifference) -> MigrationRecord:
    attempt = ends.entry.attempts + 1
    mid = migration_id(ends.entry.id, ends.number, attempt)
    chain = chain_for(ends.source.structure, spec.structure, ends.conversions, how=ends.how)
    helper = helper_name(mid)
    may_meet = _may_meet(spec, ends) if ends.how is Meeting.MAY_MEET else ""
    record = MigrationRecord(
        id=mid,
        source=ends.entry.served or 0,
        target=ends.number,
        fingerprint=_fingerprint(spec, ends),
        chain=json.dumps(chain.to_json(), sort_keys=True),
        numbers=tuple(conversion.number for conversion in ends.conversions),
        meeting=ends.how,
        stage=Stage.PLANNED,
        objects=Objects(role=spec.options.role or helper, function=helper, role_is_ours=spec.options.role is None),
        started_at="",
        base_name=ends.base,
        why="; ".join(_whys(spec, ends, difference)),
        may_meet=may_meet,
        global_indexes=index_words(spec.structure),
        function_timeout=spec.options.function_timeout,
        view=(ends.source.stream.view_type or BOTH_IMAGES) if ends.source.stream.enabled else BOTH_IMAGES,
    )
    return replace(record, hold=hold_reason(spec, ends.entry, record))


def index_words(structure: Structure) -> tuple[str, ...]:
    """The global indexes, but for their capacity: a migration that is under way keeps those that it began with."""
    types = structure.types
    return tuple(
        f"{index.name}: hash {_typed(index.hash_keys, types)}; range {_typed(index.range_keys, types)}; "
        f"{index.projection.type} {', '.join(index.projection.non_key_attributes)}".strip()
        for index in structure.global_indexes
    )


def _typed(names: tuple[str, ...], types: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {types[name]}" for name in names)


def _may_meet(spec: Spec, ends: _Ends) -> str:
    return MAY_MEET.format(
        target=ends.table,
        keys=", ".join(spec.structure.keys),
        old=", ".join(ends.source.structure.keys),
        served=ends.entry.served,
    )


def _whys(spec: Spec, ends: _Ends, difference: StructureDifference) -> tuple[str, ...]:
    words = [
        *difference.keys,
        *(f"type of {name}: {a} → {b}" for name, a, b in difference.types),
        *difference.local_indexes,
    ]
    if ends.base != ends.entry.base_name:
        words.append(f"base name {ends.entry.base_name} → {ends.base}")
    if spec.script is not None:
        steps = [step for step in todo(spec.script, ends.entry) if not step.retires]
        words.append("script: " + ", ".join(f"version {step.version} ({step.operation})" for step in steps))
    if len(ends.conversions) == 1:
        words.append(f"conversion {ends.conversions[0].number}")
    elif ends.conversions:
        words.append(f"conversions {', '.join(str(c.number) for c in ends.conversions)}, composed")
    return tuple(words)


def _headline(spec: Spec, ends: _Ends, *, held: bool) -> str:
    size = f"about {about(ends.source.items):,} items" if ends.source.items else "its items"
    end = (
        "and hold it (not served)" if held else "and cut over behind a fence" if spec.options.fence else "and hand over"
    )
    return (
        f"successor {ends.table} ({describe_keys(spec.structure)}): copy {size} from {ends.source.name}, verify, {end}"
    )


def _makes(ends: _Ends, record: MigrationRecord, *, stream: bool) -> tuple[str, ...]:
    objects = record.objects
    made = [
        f"table {ends.table}",
        f"Lambda function {objects.function}",
        f"event source mapping {ends.source.name} → {objects.function}",
    ]
    if objects.role_is_ours:
        made.append(f"IAM role {objects.role}")
    if stream:
        made.append(f"stream on {ends.source.name} (NEW_AND_OLD_IMAGES)")
    return tuple(made)
