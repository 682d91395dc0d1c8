"""Whether a source's stream can carry a migration, by its view type and by what the target's key depends on. Pure.

Without both images of an item its replicator can only read it again. That tells which target keys to write where they
follow from the source key alone, and it never tells what one change did, which a hand-over builds on.
"""

from __future__ import annotations

from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.model.spec import Conversion, Structure
from pulumi_dynamo_migrator.plan.chain import ONE_TO_ONE
from pulumi_dynamo_migrator.replicate.config import BOTH_IMAGES

_OTHER_STREAM = (
    f"switch that stream off once its readers have finished, and `pulumi up` switches on one with {BOTH_IMAGES}"
)


def key_alone(source: Structure, target: Structure, conversions: tuple[Conversion, ...], how: Meeting) -> bool:
    """Whether every target key depends on the source key alone.

    The key attributes are the same ones, in any order, and of the same types or retyped one to one by what is built in.
    With conversions the chain has to check on every item that the key is kept, as it does where items stay separate.
    """
    if set(source.keys) != set(target.keys):
        return False
    types = [(source.types[name], target.types[name]) for name in source.keys]
    if conversions:
        return how is Meeting.SEPARATE and all(before == after for before, after in types)
    return all(before == after or (before, after) in ONE_TO_ONE for before, after in types)


def view_refusal(view: str | None, *, source: str, alone: bool, fence: bool) -> str | None:
    """Why a migration cannot follow the stream that `source` has (None: it has none), or None where it can."""
    if view in (None, BOTH_IMAGES) or (alone and fence):
        return None
    has = f"{source} has a stream of view type {view}, which does not carry both images of an item"
    if not alone:
        return (
            f"{has}, and the new keys do not follow from the old keys alone: nothing would say under which key an item "
            "stood before it was changed. DynamoDB cannot change the view type of a living stream: "
            f"{_OTHER_STREAM}."
        )
    return (
        f"{has}: its items can be kept in step by reading them again, but a hand-over needs to know what each late "
        f"write changed. Cut over with a fence, Migration(fence=True); or {_OTHER_STREAM}."
    )
