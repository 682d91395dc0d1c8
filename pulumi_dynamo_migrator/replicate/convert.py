"""A record through the conversion: Images, and a Failure when the source's current item cannot be converted.

An old image that the conversion refuses counts as nothing (nothing was made of it). A refused new image counts as
nothing too when the source no longer holds it: a later record brings what it holds. Where records have no images, the
target key that the source key stands for takes the place of what was made of the old one. It never writes.
"""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_dynamo_migrator.conversion.canonical import equal
from pulumi_dynamo_migrator.conversion.chain import Chain, key_through
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.replicate.config import ReplicatorConfig
from pulumi_dynamo_migrator.replicate.notes import Failure, source_key_text
from pulumi_dynamo_migrator.replicate.ports import Clock, SourcePort
from pulumi_dynamo_migrator.replicate.record import Record
from pulumi_dynamo_migrator.replicate.rule import Images
from pulumi_dynamo_migrator.replicate.tombstone import Item


@dataclass(frozen=True, slots=True)
class Converted:
    """What the conversion makes of a record; with a failure, nothing is made of the new image."""

    images: Images
    failure: Failure | None = None


def convert(record: Record, config: ReplicatorConfig, *, source: SourcePort, clock: Clock) -> Converted:
    """What the conversion makes of both images."""
    old = _accepted(record.old, config.chain) if config.has_images else (key_through(config.chain, record.keys),)
    try:
        new = tuple(config.chain.apply(record.new)) if record.new is not None else ()
    except ItemError as error:
        failure = failure_if_current(record, error.reason, config, source=source, clock=clock)
        return Converted(Images(record, old, ()), failure)
    return Converted(Images(record, old, new))


def failure_if_current(
    record: Record, reason: str, config: ReplicatorConfig, *, source: SourcePort, clock: Clock
) -> Failure | None:
    """A Failure when the source still holds the record's new image; None when that is history."""
    if record.new is None:
        return None
    current = source.read(record.keys)
    if current is None or not equal(current, record.new):
        return None
    return Failure(source_key_text(record.keys, config.source_keys), reason, record.new, clock.now())


def _accepted(image: Item | None, chain: Chain) -> tuple[Item, ...]:
    if image is None:
        return ()
    try:
        return tuple(chain.apply(image))
    except ItemError:
        return ()
