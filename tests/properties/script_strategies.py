"""Hypothesis strategies for migration scripts: well-formed ones that end at a given table, and respellings of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from pulumi_dynamo_migrator.aws.table_requests import create_table
from pulumi_dynamo_migrator.lowering.description import pruned
from pulumi_dynamo_migrator.lowering.fingerprint import SETS
from pulumi_dynamo_migrator.model.spec import GlobalIndex, LocalIndex, Settings, Structure
from tests.fakes.scripts import attributes, captured, keys, script, step
from tests.properties.structures import tables

Bag = dict[str, Any]


@st.composite
def scripts(draw: st.DrawFn) -> tuple[Bag, Bag]:
    """A script of several steps, and one whose only step creates the table that the first ends at."""
    structure, settings = draw(tables())
    indexes: list[LocalIndex | GlobalIndex] = [*structure.local_indexes, *structure.global_indexes]
    plan = draw(st.permutations(indexes))
    late = plan[: draw(st.integers(0, len(plan)))]
    born = pruned(_without(structure, late))
    rekeyed = not born.local_indexes and draw(st.booleans())
    steps: list[Bag] = [_create(_other_key(born) if rekeyed else born, settings)]
    if rekeyed:
        steps.append(_change_key(born))
    steps += [_add_index(index, structure, settings) for index in late]
    steps += draw(_passing(structure, settings))
    steps += draw(st.sampled_from([[], [{"operation": "convert", "arguments": {}, "conversion": captured(9)}]]))
    numbered = [{**one, "version": n, "where": f"shop.py, line {n}"} for n, one in enumerate(steps, start=1)]
    if len(steps) > 1 and draw(st.booleans()):
        numbered = [*numbered, _delete_first(numbered)]
    end = {**_create(structure, settings), "version": 1, "where": "shop.py, line 1"}
    return script(*numbered), script(end)


def _delete_first(steps: list[Bag]) -> Bag:
    """The end of the first table, if there is another one by then; otherwise one more change of nothing."""
    needed = [one for one in steps[1:] if one["operation"] in ("change_key", "convert") or _is_local(one)]
    number = len(steps) + 1
    if not needed:
        return step(number, "update", TableClass=steps[0]["arguments"]["TableClass"])
    return step(number, "delete_table", table="orders", evidence=2.5)


def _is_local(one: Bag) -> bool:
    return "LocalSecondaryIndexes" in one["arguments"]


def _create(structure: Structure, settings: Settings) -> Bag:
    keywords = create_table("orders", structure, settings=settings, tags={"team": "shop"})
    return {"operation": "create", "arguments": keywords}


def _other_key(structure: Structure) -> Structure:
    """The same table under a key that nothing else uses."""
    types = (*structure.attributes, ("passing", "S"))
    return pruned(replace(structure, hash_key="passing", range_key=None, attributes=tuple(sorted(types))))


def _change_key(structure: Structure) -> Bag:
    types = {name: kind for name, kind in structure.attributes if name in structure.keys}
    schema = keys(structure.hash_key, ranged=structure.keys[1:])
    return step(None, "change_key", KeySchema=schema, AttributeDefinitions=attributes(**types))


def _without(structure: Structure, late: list[LocalIndex | GlobalIndex]) -> Structure:
    return replace(
        structure,
        local_indexes=tuple(one for one in structure.local_indexes if one not in late),
        global_indexes=tuple(one for one in structure.global_indexes if one not in late),
    )


def _add_index(one: LocalIndex | GlobalIndex, structure: Structure, settings: Settings) -> Bag:
    alone = replace(
        structure,
        local_indexes=(one,) if isinstance(one, LocalIndex) else (),
        global_indexes=(one,) if isinstance(one, GlobalIndex) else (),
    )
    asked = create_table("orders", pruned(alone), settings=settings, tags={})
    kind = "LocalSecondaryIndexes" if isinstance(one, LocalIndex) else "GlobalSecondaryIndexes"
    return step(None, "add_indexes", **{name: asked[name] for name in ("AttributeDefinitions", kind)})


@st.composite
def _passing(draw: st.DrawFn, structure: Structure, settings: Settings) -> list[Bag]:
    """Steps that come to nothing: an index that comes and goes, a setting that is said again."""
    index = GlobalIndex("passing", ("passing",), capacity=settings.capacity)
    types = tuple(sorted((*structure.attributes, ("passing", "S"))))
    come = _add_index(index, replace(structure, attributes=types), settings)
    went = draw(
        st.sampled_from(
            [
                step(None, "remove_index", names=["passing"]),
                step(None, "update", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "passing"}}]),
            ]
        )
    )
    again = step(None, "update", TableClass=settings.table_class)
    return draw(st.sampled_from([[], [come, went], [again], [come, again, went]]))


@st.composite
def respelled(draw: st.DrawFn, value: Any, name: str = "") -> Any:
    """The same script as another program, or Pulumi, spells it: dicts and sets in another order, floats, None."""
    if isinstance(value, dict):
        items = draw(st.permutations(list(value.items())))
        extra = {"Tags": None} if name == "arguments" and "Tags" not in value else {}
        return {key: one if key == "source" else draw(respelled(one, key)) for key, one in items} | extra
    if isinstance(value, list):
        found = [draw(respelled(one)) for one in value]
        return draw(st.permutations(found)) if name in SETS else found
    if isinstance(value, int) and not isinstance(value, bool) and draw(st.booleans()):
        return float(value)
    if name == "where":
        return draw(st.sampled_from([value, "moved.py, line 99"]))
    if name == "operation" and value == "add_indexes":
        return draw(st.sampled_from(["add_index", "add_indexes"]))
    return value
