"""The rest of an unfinished migration: resuming has no steps of its own, only fewer of the same. Pure."""

from __future__ import annotations

from pulumi_dynamo_migrator.model.history import Entry, MigrationRecord
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.spec import Spec
from pulumi_dynamo_migrator.plan.carry import carried_settings, carried_structure
from pulumi_dynamo_migrator.plan.compare import wanted_settings
from pulumi_dynamo_migrator.plan.copy_within import with_raised
from pulumi_dynamo_migrator.plan.ending import data_steps, hold_reason
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.situation import Situation
from pulumi_dynamo_migrator.steps.backfill import Backfill
from pulumi_dynamo_migrator.steps.close import Close
from pulumi_dynamo_migrator.steps.create_replicator import CreateReplicator
from pulumi_dynamo_migrator.steps.create_successor import CreateSuccessor
from pulumi_dynamo_migrator.steps.enable_stream import EnableStream
from pulumi_dynamo_migrator.steps.step import Step
from pulumi_dynamo_migrator.steps.verify import Verify


def resume_plan(spec: Spec, situation: Situation) -> Plan:
    """The rest of an unfinished migration: the same steps, without those whose stage is over."""
    entry, source = situation.entry, situation.served
    assert entry is not None
    assert entry.migration is not None
    assert source is not None
    migration = entry.migration
    target = entry.version(migration.target)
    hold = hold_reason(spec, entry, migration)
    if entry.phase is Phase.HELD and hold:
        return Plan(Route.NOTHING, f"held: {hold}", served=entry.served, becomes=entry.served, complete=False)
    settings = carried_settings(source.settings, wanted_settings(spec.settings, situation.stated_before))
    structure = carried_structure(source.structure, spec.structure)
    before: tuple[Step, ...] = (
        EnableStream(source.name, already=source.stream.enabled),
        CreateSuccessor(target.table, *with_raised(structure, settings, migration.raised)),
        CreateReplicator(migration.objects.function, source.name, target.table),
    )
    data = data_steps(spec, entry, source, migration, table=target.table)
    skip = {
        Stage.PLANNED: 0,
        Stage.COPYING: 0,
        Stage.CLOSING: 1,
        Stage.VERIFYING: 2,
        Stage.VERIFIED: 2,
        Stage.NOTING: 3,
        # Behind a fence all is compared again; without one, a comparison behind it may have failed.
        Stage.FENCING: 3 if spec.options.fence else 2,
    }
    if migration.stage is Stage.ABANDONING:
        raise LookupError("an abandoned migration is not resumed")
    steps = data[4:] if migration.stage.served else data[skip[migration.stage] :]
    if migration.stage is Stage.PLANNED:
        steps = before + steps
    return Plan(
        Route.RESUME,
        _resumption(entry, migration, target.table),
        why=(_ended(entry), migration.why),
        steps=steps,
        items=source.items,
        bytes=source.bytes,
        served=entry.served,
        becomes=entry.served if hold else migration.target,
        again=True,
        complete=not hold,
    )


def copy_plan(entry: Entry, source: ObservedTable, migration: MigrationRecord) -> Plan:
    """What is left of the copy alone: nothing of it needs the program, and nothing moves."""
    table = entry.version(migration.target).table
    steps: tuple[Step, ...] = (
        Backfill(source.name, table, source.items),
        Close(table, migration.raised),
        Verify(source.name, table),
    )
    skip = {Stage.COPYING: 0, Stage.CLOSING: 1, Stage.VERIFYING: 2}
    return Plan(
        Route.RESUME,
        f"carry the copy to {table} on at {migration.stage.name.lower()}",
        steps=steps[skip[migration.stage] :],
        served=entry.served,
        becomes=entry.served,
        again=True,
        complete=False,
    )


def _resumption(entry: Entry, migration: MigrationRecord, table: str) -> str:
    if entry.phase is Phase.HELD:
        return f"cut over to {table}, which was held"
    return f"resume the migration to {table} at {migration.stage.name.lower()}"


def _ended(entry: Entry) -> str:
    if entry.phase is Phase.HELD:
        return "nothing holds it any more"
    return f"the last `pulumi up` ended before it was done{': ' + entry.error if entry.error else ''}"
