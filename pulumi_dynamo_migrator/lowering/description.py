"""What a script asks of its table up to one step. No reading, no telling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.model.names import version_table
from pulumi_dynamo_migrator.model.spec import BillingMode, Conversion, Retire, Settings, Structure, Units


@dataclass(frozen=True, slots=True)
class Description:
    """The table after some steps.

    `versions`: those that asked something of the table; `tables`: those of them that DynamoDB needed a table for. An
    empty `name` or hash key was not readable.
    """

    name: str
    structure: Structure
    settings: Settings
    resource_policy: str | None = None
    conversions: tuple[Conversion, ...] = ()
    retire: tuple[Retire, ...] = ()
    versions: tuple[int, ...] = ()
    tables: tuple[int, ...] = (1,)

    @property
    def number(self) -> int:
        """The last version that needed another table."""
        return self.tables[-1]

    @property
    def newest_table(self) -> str:
        """The table that holds what is described."""
        return version_table(self.name, self.number)

    @property
    def billing_mode(self) -> BillingMode:
        """The mode that the settings mean: without a word, on demand unless there is a capacity."""
        if self.settings.billing_mode is not None:
            return self.settings.billing_mode
        return BillingMode.PAY_PER_REQUEST if self.settings.capacity is None else BillingMode.PROVISIONED


def needs_another_table(before: Description, after: Description) -> bool:
    """Whether DynamoDB cannot turn one into the other in place: keys, their types, local indexes, or the items."""
    return _fixed(before.structure) != _fixed(after.structure) or before.conversions != after.conversions


def _fixed(structure: Structure) -> tuple[object, ...]:
    types, local = structure.types, structure.local_indexes
    ranged = [index.range_key for index in local]
    return structure.keys, local, [types.get(name) for name in (*structure.keys, *ranged)]


def key_uses(structure: Structure) -> Iterator[tuple[str, str]]:
    """Each attribute that is a key, and of what."""
    for key in structure.keys:
        yield key, "the table's key"
    for local in structure.local_indexes:
        yield local.range_key, f"local index {local.name!r}"
    for index in structure.global_indexes:
        for key in index.keys:
            yield key, f"global index {index.name!r}"


def pruned(structure: Structure) -> Structure:
    """Without the types of attributes that no key and no index uses: DynamoDB takes no others."""
    used = {key for key, _ in key_uses(structure)}
    return replace(structure, attributes=tuple(pair for pair in structure.attributes if pair[0] in used))


def index_names(structure: Structure) -> tuple[str, ...]:
    """All of them: local and global indexes share one space of names."""
    return (*(index.name for index in structure.local_indexes), *(index.name for index in structure.global_indexes))


def over(old: Units | None, new: Units | None) -> Units | None:
    """The new units, and the old ones where those say nothing."""
    if old is None or new is None:
        return new or old
    return Units(old.read if new.read is None else new.read, old.write if new.write is None else new.write)


def of_mode(description: Description, mode: BillingMode) -> Description:
    """With that billing mode, and without units that belong to the other one."""
    structure, settings = description.structure, replace(description.settings, billing_mode=mode)
    indexes = list(structure.global_indexes)
    if mode is description.billing_mode:
        pass
    elif mode is BillingMode.PROVISIONED:
        settings = replace(settings, on_demand=None)
        indexes = [replace(index, on_demand=None) for index in structure.global_indexes]
    else:
        settings = replace(settings, capacity=None)
        indexes = [replace(index, capacity=None) for index in structure.global_indexes]
    return replace(description, structure=replace(structure, global_indexes=tuple(indexes)), settings=settings)
