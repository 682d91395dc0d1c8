"""AttributeDefinitions: read, merged into what is known, and checked against the keys that use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pulumi_dynamo_migrator.lowering.description import key_uses, pruned
from pulumi_dynamo_migrator.lowering.given import Given
from pulumi_dynamo_migrator.lowering.step import Teller
from pulumi_dynamo_migrator.model.limits import KEY_TYPES
from pulumi_dynamo_migrator.model.spec import Structure


def definitions(given: Given, tell: Teller) -> dict[str, str]:
    """Name → type."""
    found: dict[str, str] = {}
    for one in given.many("AttributeDefinitions"):
        one.only("AttributeName", "AttributeType")
        name, kind = one.needed("AttributeName"), one.needed("AttributeType", KEY_TYPES)
        if name is None or kind is None:
            continue
        if found.setdefault(name, kind) != kind:
            tell(f"AttributeDefinitions gives {name!r} two types, {found[name]} and {kind}: leave one out.")
    return found


def declared(structure: Structure, types: Mapping[str, str], tell: Teller) -> Structure:
    """With more types; one that contradicts what is in use is told, and not taken."""
    known = structure.types
    uses = dict(reversed(list(key_uses(structure))))
    for name, kind in types.items():
        if name in uses and known.get(name, kind) != kind:
            tell(
                f"AttributeDefinitions says that {name!r} is {kind}, and {uses[name]} uses it as {known[name]}: use "
                f"change_key to change its type, or say {known[name]} here."
            )
    taken = {name: kind for name, kind in types.items() if name not in uses or name not in known}
    return with_types(structure, {**known, **taken})


def retyped(structure: Structure, types: Mapping[str, str]) -> Structure:
    """With more types; the newer ones win."""
    return with_types(structure, {**structure.types, **types})


def with_types(structure: Structure, types: Mapping[str, str]) -> Structure:
    """With exactly these types, in order."""
    return replace(structure, attributes=tuple(sorted(types.items())))


def settled(structure: Structure, types: Mapping[str, str], tell: Teller) -> Structure:
    """Without unused types; those that the step itself gives for nothing, and keys that have none, are told."""
    uses = list(key_uses(structure))
    names = {name for name, _ in uses}
    for name in types:
        if name not in names:
            tell.consequence(
                f"AttributeDefinitions declares {name!r}, and no key and no index uses it: take it out (DynamoDB takes "
                "the types of key attributes only)."
            )
    known = structure.types
    for name, use in dict(reversed(uses)).items():
        if name and name not in known:
            tell.consequence(
                f"{use} uses the attribute {name!r}, and nothing declares its type: add it to AttributeDefinitions as "
                f"S, N or B."
            )
    return pruned(structure)
