"""GlobalSecondaryIndexUpdates: global indexes that are deleted, have other units, or are created, in that order.

Deleted first, whatever the order in the list, so that a name or an attribute may be used anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pulumi_dynamo_migrator.lowering import keywords
from pulumi_dynamo_migrator.lowering.description import over, pruned
from pulumi_dynamo_migrator.lowering.given import Given
from pulumi_dynamo_migrator.lowering.indexes import by_name
from pulumi_dynamo_migrator.lowering.step import Teller
from pulumi_dynamo_migrator.model.spec import GlobalIndex, Structure

KINDS = ("Create", "Update", "Delete")
NAME = "GlobalSecondaryIndexUpdates"


def tell_of_updates(given: Given, tell: Teller) -> None:
    """Tell of entries that are not exactly one of create, update and delete."""
    for one in given.many(NAME):
        one.only(*KINDS)
        if sum(kind in one for kind in KINDS) != 1:
            tell(f"{one.path} must be one of {', '.join(KINDS)}: give each index an entry of its own.")


def deleted(structure: Structure, given: Given, tell: Teller) -> Structure:
    """Without the indexes that go, and the types that only they needed."""
    names = []
    for one in _of_kind(given, "Delete"):
        name = one.only("IndexName").needed("IndexName")
        if _known(name, structure, tell):
            names.append(name)
    kept = tuple(index for index in structure.global_indexes if index.name not in names)
    return pruned(replace(structure, global_indexes=kept))


def updated(structure: Structure, given: Given, tell: Teller) -> Structure:
    """With other units of some indexes."""
    indexes = {index.name: index for index in structure.global_indexes}
    for one in _of_kind(given, "Update"):
        name = one.only("IndexName", *keywords.UNITS).needed("IndexName")
        if name is not None and _known(name, structure, tell):
            indexes[name] = _with_units(indexes[name], one)
    return replace(structure, global_indexes=by_name(indexes.values()))


def created(structure: Structure, given: Given, tell: Teller) -> Structure:
    """With the indexes that come."""
    found = [keywords.global_index(one, tell) for one in _of_kind(given, "Create")]
    new = [index for index in found if index is not None]
    return replace(structure, global_indexes=by_name((*structure.global_indexes, *new)))


def _of_kind(given: Given, kind: str) -> Iterator[Given]:
    for one in given.many(NAME):
        inner = one.inner(kind)
        if inner is not None:
            yield inner


def _known(name: str | None, structure: Structure, tell: Teller) -> bool:
    there = [index.name for index in structure.global_indexes]
    if name is not None and name not in there:
        known = ", ".join(map(repr, there)) or "none"
        tell(f"there is no global index {name!r} here; the table's global indexes are: {known}; name one of them.")
    return name in there


def _with_units(index: GlobalIndex, given: Given) -> GlobalIndex:
    return replace(
        index,
        capacity=over(index.capacity, keywords.provisioned(given)),
        on_demand=over(index.on_demand, keywords.on_demand(given)),
        warm=over(index.warm, keywords.warm(given)),
    )
