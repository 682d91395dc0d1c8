"""What DynamoDB can change on a living table: settings and global indexes, one call at a time. Pure."""

from __future__ import annotations

from pulumi_dynamo_migrator.model.spec import GlobalIndex, Spec
from pulumi_dynamo_migrator.plan.compare import Setting, StructureDifference, compare_settings, wanted_settings
from pulumi_dynamo_migrator.plan.plan import Hazard, Plan, Route
from pulumi_dynamo_migrator.plan.situation import Situation
from pulumi_dynamo_migrator.steps.change_setting import ChangeSetting, describe_setting
from pulumi_dynamo_migrator.steps.global_index import ChangeGlobalIndex, CreateGlobalIndex, DeleteGlobalIndex
from pulumi_dynamo_migrator.steps.step import Step


def in_place_plan(
    spec: Spec, situation: Situation, difference: StructureDifference, *, leave: tuple[Setting, ...] = ()
) -> Plan:
    """Change the served table where it stands, but for the settings to `leave`; `nothing` when that is nothing."""
    served, entry = situation.served, situation.entry
    assert served is not None
    assert entry is not None
    wanted = wanted_settings(spec.settings, situation.stated_before)
    changes = tuple(one for one in compare_settings(served.settings, wanted) if one not in leave)
    steps: list[Step] = [ChangeSetting(served.name, setting, wanted) for setting in changes]
    steps += [DeleteGlobalIndex(served.name, index.name) for index in difference.remove_global]
    steps += [
        CreateGlobalIndex(served.name, index, tuple(sorted((key, spec.structure.types[key]) for key in index.keys)))
        for index in difference.add_global
    ]
    steps += [ChangeGlobalIndex(served.name, index) for index in difference.change_global]
    if not steps:
        return Plan(Route.NOTHING, f"{served.name} is as asked", served=entry.served, becomes=entry.served)
    whys = [describe_setting(setting, served.settings, wanted) for setting in changes]
    whys += _index_whys(difference)
    return Plan(
        Route.IN_PLACE,
        f"change {served.name} in place: {', '.join(_short(changes, difference))}",
        why=tuple(whys),
        steps=tuple(steps),
        hazards=_hazards(difference),
        served=entry.served,
        becomes=entry.served,
    )


def _short(changes: tuple[object, ...], difference: StructureDifference) -> list[str]:
    words = [str(change) for change in changes]
    words += [f"− index {index.name}" for index in difference.remove_global]
    words += [f"+ index {index.name}" for index in difference.add_global]
    words += [f"~ index {index.name}" for index in difference.change_global]
    return words


def _index_whys(difference: StructureDifference) -> list[str]:
    again = {i.name for i in difference.add_global} & {i.name for i in difference.remove_global}
    words = [
        f"global index {name} changes its keys or projection: DynamoDB deletes and makes it anew"
        for name in sorted(again)
    ]
    words += [f"global index {i.name} is no longer described" for i in difference.remove_global if i.name not in again]
    words += [f"global index {i.name} is new ({_keys(i)})" for i in difference.add_global if i.name not in again]
    return words + [f"global index {i.name} changes its capacity" for i in difference.change_global]


def _keys(index: GlobalIndex) -> str:
    return ", ".join(index.keys)


def _hazards(difference: StructureDifference) -> tuple[Hazard, ...]:
    found = []
    again = sorted({i.name for i in difference.add_global} & {i.name for i in difference.remove_global})
    if again:
        found.append(
            Hazard(
                f"index {', '.join(again)} does not exist between its deletion and the end of its new backfill",
                "if readers need it meanwhile, add an index of another name first, move them, then remove this one",
            )
        )
    return (*found, *(_writes_refused(index) for index in difference.add_global))


def _writes_refused(index: GlobalIndex) -> Hazard:
    return Hazard(
        f"while index {index.name} exists, writes whose {' or '.join(index.keys)} has another type, or is an empty "
        "string, are refused by DynamoDB",
        f"see that every writer sets {' and '.join(index.keys)} with its declared type or not at all",
    )
