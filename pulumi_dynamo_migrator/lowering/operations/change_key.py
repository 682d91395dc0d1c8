"""`change_key`: another key, or other types of key attributes, with or without a conversion.

Local indexes take the new hash key; global ones stay as they are.
"""

from __future__ import annotations

from dataclasses import replace

from pulumi_dynamo_migrator.lowering import keywords
from pulumi_dynamo_migrator.lowering.attributes import definitions, retyped, settled
from pulumi_dynamo_migrator.lowering.conversions import with_conversion
from pulumi_dynamo_migrator.lowering.description import Description
from pulumi_dynamo_migrator.lowering.given import of_aws
from pulumi_dynamo_migrator.lowering.step import Step, Teller

KEYWORDS = ("KeySchema", "AttributeDefinitions")


def apply(step: Step, before: Description, tell: Teller) -> Description:
    """With the new key. Without KeySchema the key stays and only types change."""
    given = of_aws(step, tell).only(*KEYWORDS)
    if not step.arguments:
        tell("it changes nothing: give KeySchema, or AttributeDefinitions with another type, or both.")
    types = definitions(given, tell)
    new = before.structure
    if "KeySchema" in given:
        hash_key, range_key = keywords.table_key(given, tell)
        new = replace(new, hash_key=hash_key, range_key=range_key)
    after = replace(before, structure=settled(retyped(new, types), types, tell))
    return with_conversion(step, after, tell)
