"""What I want + what I see + what was done → a plan. Pure; the same three always give the same plan.

In: a `Spec` and a `Situation`. Out: a `Plan`, refused with every reason where it cannot be carried out. One function a
route; the order of the questions in `make_plan` is the order of the routes in the docs.
"""

from __future__ import annotations

from dataclasses import replace

from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.spec import Spec
from pulumi_dynamo_migrator.plan.compare import Setting, StructureDifference, compare_structure
from pulumi_dynamo_migrator.plan.ending import fed, hold_reason, pinned
from pulumi_dynamo_migrator.plan.first import first_plan
from pulumi_dynamo_migrator.plan.in_place import in_place_plan
from pulumi_dynamo_migrator.plan.left import gone_back_from
from pulumi_dynamo_migrator.plan.pending import history_problems, pending
from pulumi_dynamo_migrator.plan.plan import Plan, Route, refused
from pulumi_dynamo_migrator.plan.problems import problems
from pulumi_dynamo_migrator.plan.resume import resume_plan
from pulumi_dynamo_migrator.plan.retiring import with_retirements
from pulumi_dynamo_migrator.plan.script import script_problems
from pulumi_dynamo_migrator.plan.serving import serving_plan
from pulumi_dynamo_migrator.plan.situation import Situation, TakeOver
from pulumi_dynamo_migrator.plan.successor import index_words, next_version, successor_plan, target_fingerprint
from pulumi_dynamo_migrator.plan.take_over import taking_over, with_what_follows
from pulumi_dynamo_migrator.steps.abandon import Abandon
from pulumi_dynamo_migrator.steps.cut_over_fenced import CutOverFenced
from pulumi_dynamo_migrator.steps.fence import LiftFence
from pulumi_dynamo_migrator.steps.retire import RetireVersion
from pulumi_dynamo_migrator.steps.step import Step


def make_plan(spec: Spec, situation: Situation) -> Plan:
    """The plan from what is seen to what is asked."""
    wrong = problems(spec)
    if wrong:
        return refused(*wrong)
    entry = situation.entry
    if entry is None or entry.served is None:
        if situation.left is not None and not (entry is not None and entry.versions):
            return _taken_over(spec, situation, situation.left)
        return first_plan(spec, situation)
    if entry.phase is Phase.DESTROYING:
        return refused(
            f"{entry.base_name} was being destroyed when the last `pulumi destroy` ended: run `pulumi destroy` again "
            "to finish it."
        )
    if situation.served is None:
        return refused(_lost(entry))
    stranger = _not_ours(entry, situation.served)
    if stranger:
        return refused(stranger)
    wrong = script_problems(spec, entry) or history_problems(spec.conversions, entry.applied)
    wrong += _adoption_problems(spec, entry)
    if wrong:
        return refused(*wrong)
    plan = _of_a_living_table(spec, situation, entry, situation.served)
    return _unfenced(with_retirements(plan, spec, situation), entry)


def _taken_over(spec: Spec, situation: Situation, left: TakeOver) -> Plan:
    """Take over from the older library, and then whatever else the script asks."""
    found = taking_over(spec, situation, left)
    if isinstance(found, str):
        return refused(found)
    plan, after = found
    return with_what_follows(plan, make_plan(spec, after))


def _unfenced(plan: Plan, entry: Entry) -> Plan:
    """A fence that a process left when it died, and that nothing goes on with, is taken away first."""
    fence = entry.fence
    if fence is None or plan.route is Route.REFUSED:
        return plan
    if any(_goes_on_with(step, fence.version, entry) for step in plan.steps):
        return plan
    lift = LiftFence(fence.version, entry.version(fence.version).table)
    if plan.empty:
        why = ("an `up` that had denied writes ended before its time",)
        return replace(plan, route=Route.IN_PLACE, headline=lift.describe(), why=why, steps=(lift,))
    return replace(plan, steps=(lift, *plan.steps))


def _goes_on_with(step: Step, fenced: int, entry: Entry) -> bool:
    """Whether the step takes up the fence of this very version, or lifts it itself."""
    if isinstance(step, RetireVersion):
        return step.number == fenced
    if isinstance(step, CutOverFenced):
        return entry.migration is not None and entry.migration.source == fenced
    return isinstance(step, Abandon)


def _of_a_living_table(spec: Spec, situation: Situation, entry: Entry, served: ObservedTable) -> Plan:
    difference = compare_structure(served.structure, spec.structure)
    wanted = _needs_successor(spec, entry, difference)
    if entry.migration is None or not entry.migration.stage.served:
        decided = serving_plan(spec, situation, next_number=next_version(spec, entry)[0])
        if decided is not None:
            return decided
    if entry.migration is None:
        if wanted and pinned(spec, entry) and gone_back_from(entry) is not None:
            return _stays_back(spec, situation)
        return successor_plan(spec, situation, difference) if wanted else in_place_plan(spec, situation, difference)
    if entry.migration.stage.served:
        return resume_plan(spec, situation)
    if entry.migration.stage is Stage.ABANDONING:
        return _abandoned(spec, situation)
    if wanted and target_fingerprint(spec, situation) == entry.migration.fingerprint:
        return _resumed(spec, situation)
    return _abandoned(spec, situation)


def _needs_successor(spec: Spec, entry: Entry, difference: StructureDifference) -> bool:
    renamed = spec.name is not None and spec.name != entry.base_name
    return difference.needs_successor or renamed or bool(pending(spec.conversions, entry.applied))


def _stays_back(spec: Spec, situation: Situation) -> Plan:
    """One has gone back, and `serve=` still says so: settings are kept up, and no successor is begun."""
    settings = in_place_plan(spec, situation, StructureDifference())
    left = gone_back_from(situation.entry) if situation.entry is not None else None
    assert left is not None
    words = (
        f"version {spec.serve} is served again (serve={spec.serve}); without serve= the change makes a new successor, "
        f"for version {left.number} lacks what was written since"
    )
    return replace(settings, headline=words if settings.empty else settings.headline, complete=False)


def _resumed(spec: Spec, situation: Situation) -> Plan:
    """Go on; settings of the served table that were changed meanwhile are changed first.

    Its stream feeds the migration: it stays.
    """
    settings = in_place_plan(spec, situation, StructureDifference(), leave=(Setting.STREAM,))
    assert situation.entry is not None
    assert situation.entry.migration is not None
    if situation.entry.migration.global_indexes != index_words(spec.structure):
        return refused(
            "global indexes change while a migration is under way: take that change out until the migration has "
            "finished, or revert the program to abandon the migration first."
        )
    migration = situation.entry.migration
    stays = migration.stage is Stage.FENCING or hold_reason(spec, situation.entry, migration)
    reasons = [] if stays else fed(spec, situation.entry)
    if reasons:  # it may have been begun without a fence
        return refused(*reasons)
    resumed = resume_plan(spec, situation)
    if settings.empty:
        return resumed
    if resumed.empty:
        return settings
    return replace(resumed, steps=settings.steps + resumed.steps, why=resumed.why + settings.why)


def _abandoned(spec: Spec, situation: Situation) -> Plan:
    """Undo the unfinished migration, then whatever the program asks now."""
    entry = situation.entry
    assert entry is not None
    assert entry.migration is not None
    assert situation.served is not None
    migration = entry.migration
    target = entry.version(migration.target)
    abandon = Abandon(table=target.table, function=migration.objects.function)
    free = replace(entry, migration=None, versions=tuple(v for v in entry.versions if v.number != migration.target))
    standing = situation.in_the_way
    in_the_way = None if standing is not None and standing.name == target.table else standing
    after = _of_a_living_table(spec, replace(situation, entry=free, in_the_way=in_the_way), free, situation.served)
    if after.route is Route.REFUSED:
        return after
    why = f"the program no longer asks for version {migration.target} ({migration.why})"
    if migration.stage is Stage.ABANDONING:
        why = f"version {migration.target} was being abandoned when the last `pulumi up` ended"
    gone = (f"table {target.table}", f"function {migration.objects.function} with its mapping and role")
    if after.empty:
        headline = (
            f"abandon the unfinished migration to {target.table}: the program asks for version {entry.served} again"
        )
        return replace(
            after,
            route=Route.ABANDON,
            headline=headline,
            why=(why,),
            steps=(abandon,),
            removes=gone,
            served=entry.served,
        )
    return replace(
        after,
        headline=f"abandon the unfinished migration to {target.table}, then {after.headline}",
        steps=(abandon, *after.steps),
        removes=(*gone, *after.removes),
        why=(why, *after.why),
    )


def _lost(entry: Entry) -> str:
    table = entry.serving.table if entry.serving else entry.base_name
    return (
        f"the table {table}, version {entry.served}, is gone: it was deleted behind Pulumi's back, and no empty one "
        "is put in its place unasked. Restore it from a backup or by point-in-time recovery, then `pulumi destroy "
        "--target` this resource (it deletes no table that it does not own) and take the restored table over with "
        "adopt=; or destroy the resource and run `pulumi up` to begin with an empty table."
    )


def _not_ours(entry: Entry, served: ObservedTable) -> str | None:
    known = entry.serving.table_id if entry.serving else None
    if known is None or known == served.table_id:
        return None
    return (
        f"the table {served.name} is another one than the ledger's (its TableId is {served.table_id}, not {known}): "
        f"someone deleted and made it again. `pulumi destroy --target` this resource, then take the table over with "
        f"adopt={served.name!r}."
    )


def _adoption_problems(spec: Spec, entry: Entry) -> list[str]:
    if spec.adopt is None or entry.version(min(v.number for v in entry.versions)).table == spec.adopt:
        return []
    wrong = (
        f"adopt = {spec.adopt!r}, but this resource has the table {entry.base_name} already: an adoption is only the "
        f"first step of a resource's life; use another resource for {spec.adopt!r}."
    )
    return [wrong]
