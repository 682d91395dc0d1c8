"""Lists of indexes: read, put in order, and found by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from pulumi_dynamo_migrator.lowering.given import Given
from pulumi_dynamo_migrator.lowering.keywords import global_index, local_index
from pulumi_dynamo_migrator.lowering.step import Teller
from pulumi_dynamo_migrator.model.spec import GlobalIndex, LocalIndex

Index = TypeVar("Index", LocalIndex, GlobalIndex)


def local_indexes(given: Given, hash_key: str, tell: Teller) -> tuple[LocalIndex, ...]:
    """LocalSecondaryIndexes, by name."""
    found = [local_index(one, hash_key, tell) for one in given.many("LocalSecondaryIndexes")]
    return by_name([index for index in found if index is not None])


def global_indexes(given: Given, tell: Teller) -> tuple[GlobalIndex, ...]:
    """GlobalSecondaryIndexes, by name."""
    found = [global_index(one, tell) for one in given.many("GlobalSecondaryIndexes")]
    return by_name([index for index in found if index is not None])


def by_name(indexes: Iterable[Index]) -> tuple[Index, ...]:
    """In the order in which descriptions hold them."""
    return tuple(sorted(indexes, key=lambda index: index.name))
