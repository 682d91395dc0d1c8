"""`remove_index`: indexes less, local or global, by name."""

from __future__ import annotations

from dataclasses import replace

from pulumi_dynamo_migrator.lowering.description import Description, index_names, pruned
from pulumi_dynamo_migrator.lowering.given import of_ours
from pulumi_dynamo_migrator.lowering.step import Step, Teller


def apply(step: Step, before: Description, tell: Teller) -> Description:
    """Without the indexes, and without the types of attributes that only they used."""
    names = of_ours(step, tell).only("names").texts("names")
    if not step.arguments.get("names"):
        tell("it removes no index: name one or more.")
    there = index_names(before.structure)
    for name in names:
        if name not in there:
            known = ", ".join(map(repr, there)) or "none"
            tell(f"there is no index {name!r} here; the table's indexes are: {known}; name one of them.")
    new = replace(
        before.structure,
        local_indexes=tuple(one for one in before.structure.local_indexes if one.name not in names),
        global_indexes=tuple(one for one in before.structure.global_indexes if one.name not in names),
    )
    return replace(before, structure=pruned(new))
