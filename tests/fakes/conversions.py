"""Conversions written as text, loaded as a captured function is, and replicator configurations around them."""

from __future__ import annotations

from hashlib import blake2b

from pulumi_dynamo_migrator.conversion.chain import Chain, SourceLink
from pulumi_dynamo_migrator.conversion.keys import KeySchema, TargetShape
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.conversion.source import CapturedSource
from pulumi_dynamo_migrator.replicate.config import BOTH_IMAGES, OnItemError, ReplicatorConfig

ID = KeySchema(("id",), ("S",))
ID_PLACE = KeySchema(("id", "place"), ("S", "S"))

# One item per place: an item without places is dropped, one with several fans out, another place is another key.
PER_PLACE = """
def convert(item):
    if item["a"] < 0:
        raise ValueError("a is negative")
    return [{"id": item["id"], "place": place, "a": item["a"]} for place in item["places"]]
"""

# The same with a key that holds both, so that only the user can say that no two items meet.
PER_PLACE_JOINED = """
def convert(item):
    if item["a"] < 0:
        raise ValueError("a is negative")
    return [{"id": item["id"] + "@" + place, "a": item["a"]} for place in item["places"]]
"""

# At most one item, under the key it had; one without places is dropped.
PLACED_ONLY = """
def convert(item):
    if item["a"] < 0:
        raise ValueError("a is negative")
    return {**item, "count": len(item["places"])} if item["places"] else None
"""


def written(text: str, *, meeting: Meeting, source: KeySchema = ID, target: KeySchema = ID) -> Chain:
    """A chain of one conversion: the function `convert` in `text`."""
    fingerprint = blake2b(text.encode(), digest_size=8).hexdigest()
    captured = CapturedSource("closure", "convert", (("conversion.py", text),), fingerprint, "3.11", text)
    return Chain((SourceLink(1, captured),), meeting, source, TargetShape(target))


def identity(source: KeySchema = ID, target: KeySchema = ID) -> Chain:
    """No conversion."""
    return Chain((), Meeting.SEPARATE, source, TargetShape(target))


def config_of(
    chain: Chain,
    *,
    name: str = "t",
    ttl_attribute: str | None = None,
    on_item_error: OnItemError = OnItemError.STOP,
    view: str = BOTH_IMAGES,
    since: float = 0.0,
) -> ReplicatorConfig:
    """A replicator's configuration; its tables are called after `name`."""
    return ReplicatorConfig(
        migration_id=f"{name}-1",
        ledger_table=f"{name}-ledger",
        source_table=f"{name}-source",
        source_keys=chain.source_keys,
        target_table=f"{name}-target",
        target=chain.target,
        chain=chain,
        meeting=chain.meeting,
        ttl_attribute=ttl_attribute,
        on_item_error=on_item_error,
        view=view,
        since=since,
    )
