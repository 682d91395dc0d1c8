"""The first plan of a resource: create its table, or adopt one that exists. Pure."""

from __future__ import annotations

from pulumi_dynamo_migrator.model.names import TAG_TABLE, drawn_base_name, version_table
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.spec import Spec, Structure
from pulumi_dynamo_migrator.plan.compare import compare_settings, compare_structure, wanted_settings
from pulumi_dynamo_migrator.plan.plan import Hazard, Plan, Route, refused
from pulumi_dynamo_migrator.plan.situation import Situation
from pulumi_dynamo_migrator.steps.adopt import Adopt
from pulumi_dynamo_migrator.steps.change_setting import ChangeSetting
from pulumi_dynamo_migrator.steps.claim import held
from pulumi_dynamo_migrator.steps.create_table import AFTER_CREATION, CreateTable


def first_plan(spec: Spec, situation: Situation) -> Plan:
    """Create version 1, or adopt the table that `adopt` names."""
    return _adopt(spec, situation) if spec.adopt is not None else _create(spec, situation)


def base_name(spec: Spec, situation: Situation) -> str:
    """The physical name: what was begun stays; before the first `up` has drawn one, its pattern."""
    entry = situation.entry
    if entry is not None and entry.versions:
        return entry.versions[0].table
    if spec.name is not None:
        return version_table(spec.name, first_number(spec))
    return entry.base_name if entry is not None else drawn_base_name(situation.identity.resource, "xxxxxxx")


def first_number(spec: Spec) -> int:
    """The number of a resource's first table: a script's end is made at once, under its own."""
    return 1 if spec.script is None else spec.script.number


def _create(spec: Spec, situation: Situation) -> Plan:
    name = base_name(spec, situation)
    if situation.found is not None and not ours(situation.found, situation):
        return refused(
            f"a table named {situation.found.name} exists already and is not this resource's: give another name=, "
            f"or take it over with adopt={situation.found.name!r}."
        )
    settings = wanted_settings(spec.settings)
    number = first_number(spec)
    if situation.entry is not None and situation.entry.versions:
        number = situation.entry.versions[0].number
    steps = [CreateTable(name, spec.structure, settings, number, spec.name or "")]
    later = [
        ChangeSetting(name, setting, settings)
        for setting in AFTER_CREATION
        if getattr(settings, setting.value) is not None
    ]
    return Plan(
        Route.CREATE,
        f"create table {name} ({describe_keys(spec.structure)})",
        why=("this resource has no table yet", *_collapsed(spec)),
        steps=(*steps, *later),
        makes=(f"table {name}",),
        becomes=number,
        # A table that an earlier `up` began may be of an earlier description: then it is changed next.
        again=situation.entry is not None and bool(situation.entry.versions),
    )


def _collapsed(spec: Spec) -> tuple[str, ...]:
    if spec.script is None or len(spec.script.steps) == 1:
        return ()
    last = spec.script.steps[-1]
    return (f"the script's end, versions 1 to {last.version}, in one table: there is nothing to copy",)


_SHARED = (
    Hazard(
        "the adopted table is still a resource of its own in this program: Pulumi would switch off the stream that a "
        "migration needs, and delete the table when its resource is taken out",
        "give that aws.dynamodb.Table ignore_changes=['stream_enabled', 'stream_view_type'] and "
        "retain_on_delete=True; we cannot see from here whether it has them",
    ),
)


def _adopt(spec: Spec, situation: Situation) -> Plan:
    table = situation.found
    if table is None:
        return refused(
            f"adopt = {spec.adopt!r}: there is no such table in this account and region; correct the name, or the "
            "region."
        )
    reasons = _adoption_differences(spec, table, held_by=situation.held_by)
    if reasons:
        return refused(*reasons)
    return Plan(
        Route.ADOPT,
        f"adopt table {table.name} as version 1, untouched",
        why=("adopt= names a table that exists",),
        steps=(Adopt(table.name, table.table_id),),
        hazards=_SHARED if spec.adopts_resource else (),
        becomes=1,
    )


def _adoption_differences(spec: Spec, table: ObservedTable, *, held_by: str) -> list[str]:
    found = []
    difference = compare_structure(table.structure, spec.structure)
    words = [
        *difference.keys,
        *(f"type of {name}: {a} → {b}" for name, a, b in difference.types),
        *difference.local_indexes,
    ]
    words += [f"global index {index.name} is not described" for index in difference.remove_global]
    words += [f"global index {index.name} does not exist like this" for index in difference.add_global]
    if words:
        found.append(
            f"adopt = {table.name!r}: the description differs from the table ({'; '.join(words)}). Describe it first "
            f"as it is ({describe_keys(table.structure)}), and change it in the next `pulumi up`."
        )
    settings = compare_settings(table.settings, wanted_settings(spec.settings))
    if settings:
        found.append(
            f"adopt = {table.name!r}: {', '.join(settings)} differ from the table's. Leave them out or state them as "
            "they are, and change them in the next `pulumi up`: an adoption changes nothing."
        )
    if spec.conversions:
        found.append(f"adopt = {table.name!r}: adopt it in one `pulumi up` first, and add the conversions in the next.")
    if TAG_TABLE in table.tags:
        found.append(
            f"adopt = {table.name!r}: it belongs to the MigratedTable {table.tags[TAG_TABLE]} already; take it out of "
            f"that one first, with retain_on_delete, and remove its tag {TAG_TABLE}."
        )
    if held_by:
        found.append(f"adopt = {table.name!r}: {held(held_by)}")
    if table.replicas:
        found.append(f"adopt = {table.name!r}: it is a global table with replicas, which cannot be migrated.")
    return found


def ours(table: ObservedTable, situation: Situation) -> bool:
    """Whether the table's tags say that this resource made it."""
    entry = situation.entry
    return table.tags.get(TAG_TABLE) == (situation.identity.entry_id if entry is None else entry.id)


def describe_keys(structure: Structure) -> str:
    """The keys in a few words."""
    types = structure.types
    return "key " + ", ".join(f"{key} {types.get(key, '?')}" for key in structure.keys)
