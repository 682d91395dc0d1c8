"""What is wrong with a table as one step leaves it, and was not before that step. Limits are the plan's to check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pulumi_dynamo_migrator.lowering.description import Description, index_names
from pulumi_dynamo_migrator.lowering.given import Tell
from pulumi_dynamo_migrator.model.spec import BillingMode, Structure


def tell_new_problems(before: Description | None, after: Description, tell: Tell) -> None:
    """Tell of a problem once, at the step that brings it."""
    old = set() if before is None else set(_problems(before))
    for problem in _problems(after):
        if problem not in old:
            tell(problem)


def _problems(description: Description) -> Iterator[str]:
    yield from _names(description.structure)
    yield from _local_indexes(description.structure)
    yield from _billing(description)


def _names(structure: Structure) -> Iterator[str]:
    for name, count in Counter(index_names(structure)).items():
        if count > 1:
            yield (
                f"two indexes are named {name!r}: names are unique in a table, local and global together; choose "
                "another, or take the older one out with remove_index first."
            )


def _local_indexes(structure: Structure) -> Iterator[str]:
    for index in structure.local_indexes:
        if structure.range_key is None and structure.hash_key:
            yield (
                f"local index {index.name!r} needs a table with a RANGE key, and this one has none: use change_key "
                "first, or make it a global index, or take it out with remove_index."
            )
        if index.range_key in structure.keys:
            yield (
                f"local index {index.name!r} has the RANGE key {index.range_key!r}, which is a key of the table: take "
                "the index out with remove_index first, or choose another attribute."
            )


def _billing(description: Description) -> Iterator[str]:
    """Source: API Reference, CreateTable, BillingMode and ProvisionedThroughput."""
    settings = description.settings
    if description.billing_mode is BillingMode.PROVISIONED:
        if settings.capacity is None:
            yield "BillingMode PROVISIONED needs ProvisionedThroughput: give it, or use PAY_PER_REQUEST."
        return
    if settings.capacity is not None:
        yield (
            "ProvisionedThroughput does not go with an on-demand table: leave it out, or give BillingMode PROVISIONED "
            "with it."
        )
    for index in description.structure.global_indexes:
        if index.capacity is not None:
            yield (
                f"global index {index.name!r} has ProvisionedThroughput, and the table is on demand: leave it out, or "
                "make the table PROVISIONED."
            )
