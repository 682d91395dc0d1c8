"""`add_index` and `add_indexes`: more local or global indexes, in CreateTable's spelling."""

from __future__ import annotations

from dataclasses import replace

from pulumi_dynamo_migrator.lowering.attributes import declared, definitions, settled
from pulumi_dynamo_migrator.lowering.description import Description
from pulumi_dynamo_migrator.lowering.given import of_aws
from pulumi_dynamo_migrator.lowering.indexes import by_name, global_indexes, local_indexes
from pulumi_dynamo_migrator.lowering.step import Step, Teller

KEYWORDS = ("AttributeDefinitions", "LocalSecondaryIndexes", "GlobalSecondaryIndexes")


def apply(step: Step, before: Description, tell: Teller) -> Description:
    """With the indexes; types of attributes that are known need not be said again."""
    given = of_aws(step, tell).only(*KEYWORDS)
    if not any(given.keywords.get(name) for name in KEYWORDS[1:]):
        tell("it adds no index: give LocalSecondaryIndexes or GlobalSecondaryIndexes.")
    types = definitions(given, tell)
    old = declared(before.structure, types, tell)
    new = replace(
        old,
        local_indexes=by_name((*old.local_indexes, *local_indexes(given, old.hash_key, tell))),
        global_indexes=by_name((*old.global_indexes, *global_indexes(given, tell))),
    )
    return replace(before, structure=settled(new, types, tell))
