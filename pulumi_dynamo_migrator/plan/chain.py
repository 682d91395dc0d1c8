"""From pending conversions and changed keys to the chain that items go through, and whether two of them can meet. Pure.

Protocol: *separate* when the target key holds the source key's attributes unchanged; *distinct* when the user declares
it, or for the one-to-one changes of a key's type that are built in (N→S in canonical text, S→B); else *may meet*.
"""

from __future__ import annotations

import hashlib
import json

from pulumi_dynamo_migrator.conversion.chain import Chain, ConversionLink, RetypeLink, SourceLink
from pulumi_dynamo_migrator.conversion.keys import IndexKeys, KeySchema, TargetShape
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.model.spec import Conversion, Structure
from pulumi_dynamo_migrator.plan.compare import StructureDifference

ONE_TO_ONE = frozenset({("N", "S"), ("S", "B")})


def key_schema(structure: Structure) -> KeySchema:
    """A table's key in the conversion's words."""
    return KeySchema(names=structure.keys, types=tuple(structure.types[name] for name in structure.keys))


def target_shape(structure: Structure) -> TargetShape:
    """What an item must be to be put into a table of this structure."""
    types = structure.types
    local = [(index.name, (index.range_key,), 0) for index in structure.local_indexes]
    wide = [(index.name, index.keys, len(index.hash_keys)) for index in structure.global_indexes]
    return TargetShape(
        keys=key_schema(structure),
        indexes=tuple(
            IndexKeys(name=name, names=keys, types=tuple(types[key] for key in keys), hash_count=hashes)
            for name, keys, hashes in (*local, *wide)
        ),
    )


def type_problems(difference: StructureDifference, conversions: tuple[Conversion, ...]) -> list[str]:
    """Changed key types that have no built-in conversion and no conversion of the user's."""
    if conversions:
        return []
    return [
        f"the key attribute {name!r} changes its type from {before} to {after}, which has no one-to-one conversion of "
        f"its own: add a conversion that says how, such as Conversion(n, lambda item: {{**item, {name!r}: …}}, "
        "distinct_keys=True)."
        for name, before, after in difference.types
        if (before, after) not in ONE_TO_ONE
    ]


def meeting(source: Structure, target: Structure, conversions: tuple[Conversion, ...], keys_kept: bool) -> Meeting:
    """Whether two items of the source can come to stand under one key of the target."""
    kept = all(name in target.keys and target.types[name] == source.types[name] for name in source.keys)
    if conversions and all(conversion.distinct_keys for conversion in conversions):
        return Meeting.DISTINCT
    if kept and keys_kept:
        return Meeting.SEPARATE
    if not conversions and all(
        name in target.keys and (source.types[name], target.types[name]) in {*ONE_TO_ONE, *_same()}
        for name in source.keys
    ):
        return Meeting.DISTINCT
    return Meeting.MAY_MEET


def _same() -> set[tuple[str, str]]:
    return {(kind, kind) for kind in "SNB"}


def chain_for(source: Structure, target: Structure, conversions: tuple[Conversion, ...], *, how: Meeting) -> Chain:
    """The composed chain from one structure to the other."""
    links: tuple[ConversionLink, ...] = tuple(
        SourceLink(number=conversion.number, source=conversion.source) for conversion in conversions
    )
    retyped = _retyped(source, target)
    if not conversions and retyped:
        links = (RetypeLink(attributes=retyped),)
    return Chain(links=links, meeting=how, source_keys=key_schema(source), target=target_shape(target))


def _retyped(source: Structure, target: Structure) -> tuple[tuple[str, str, str], ...]:
    before, after = source.types, target.types
    local = {index.range_key for index in target.local_indexes}
    return tuple(
        (name, before[name], after[name])
        for name in sorted({*target.keys, *local} & before.keys())
        if before[name] != after[name]
    )


def fingerprint(
    base_name: str, structure: Structure, conversions: tuple[Conversion, ...], *, how: Meeting, source: int
) -> str:
    """What a migration leads to: keys, key types, local indexes, conversions, base name.

    Tags and capacity never count.
    """
    types = structure.types
    fixed = {*structure.keys, *(index.range_key for index in structure.local_indexes)}
    text = json.dumps(
        {
            "base": base_name,
            "keys": structure.keys,
            "types": {name: types[name] for name in sorted(fixed)},
            "local": [
                (index.name, index.range_key, index.projection.type, index.projection.non_key_attributes)
                for index in structure.local_indexes
            ],
            "conversions": [(conversion.number, conversion.source.fingerprint) for conversion in conversions],
            "meeting": how.value,
            "source": source,
        },
        sort_keys=True,
    )
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
