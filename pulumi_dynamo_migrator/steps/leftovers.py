"""Source items that could not be moved: looked at again before the successor may be served. Never drops one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pulumi_dynamo_migrator.aws.ledger import FailedItem
from pulumi_dynamo_migrator.conversion.canonical import digest
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.keys import key_of
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.model.history import MigrationRecord
from pulumi_dynamo_migrator.steps.step import Site

if TYPE_CHECKING:
    from pulumi_dynamo_migrator.aws.doors import Doors


def nothing_left_behind(site: Site) -> None:
    """Strike what was mended since; an error for the rest, unless the user has said that it may stay behind."""
    partition = site.partition
    if not partition.failed_count():
        return
    source = site.entry.version(site.migration.source).table
    _strike_mended(site, source, site.entry.version(site.migration.target).table)
    left = partition.failed_count()
    if not left or site.spec.options.accept_failed_items:
        return
    shown = "; ".join(f"{item.key}: {item.reason}" for item in partition.failed(most=3))
    raise MigratorError(
        f"{left} item(s) of {source} could not be moved, such as {shown}",
        now=(
            "mend them at the source (the replicator then takes them along) and run `pulumi up`, or say that the "
            "successor may be served without them: Migration(accept_failed_items=True). Their images are in the ledger."
        ),
    )


def _strike_mended(site: Site, source: str, target: str) -> None:
    """Strike what went over; what was mended a moment ago is given the time that verify gives it."""
    chain = Chain.from_json(json.loads(site.migration.chain))
    until = site.clock.monotonic() + site.timing.settle
    while True:
        for item in went_over(site.migration, site.doors, source=source, target=target):
            site.partition.clear_failed(item)
        mended = (_is_mended(item, chain, site.doors, source=source) for item in site.partition.each_failed())
        if site.clock.monotonic() >= until or not any(mended):
            return
        site.guard()
        site.clock.sleep(site.timing.tick)


def went_over(feed: MigrationRecord, doors: Doors, *, source: str, target: str) -> Iterator[FailedItem]:
    """The failed items that need nobody's care any more: deleted at the source since, or mended there, and what they
    become is what `target` holds. One without an image is never among them."""
    chain = Chain.from_json(json.loads(feed.chain))
    failed = doors.ledger.migration(feed.id).each_failed()
    return (one for one in failed if _went_over(one, chain, doors, source=source, target=target))


def _went_over(item: FailedItem, chain: Chain, doors: Doors, *, source: str, target: str) -> bool:
    made = _gives_now(item, chain, doors, source=source)
    if made is None:
        return False
    held = [doors.items.get_item(target, key_of(one, chain.target.keys)) for one in made]
    return all(there is not None and digest(there) == digest(one) for there, one in zip(held, made, strict=True))


def _is_mended(item: FailedItem, chain: Chain, doors: Doors, *, source: str) -> bool:
    """Whether the source's item is another one than it was, and goes through (or is gone)."""
    if item.image is None or _gives_now(item, chain, doors, source=source) is None:
        return False
    now = doors.items.get_item(source, key_of(item.image, chain.source_keys))
    return now is None or digest(now) != digest(item.image)


def _gives_now(item: FailedItem, chain: Chain, doors: Doors, *, source: str) -> tuple[WireItem, ...] | None:
    """What the source's item becomes now, nothing where it is gone; None: it does not go through, or is not known."""
    if item.image is None:
        return None
    now = doors.items.get_item(source, key_of(item.image, chain.source_keys))
    if now is None:
        return ()
    try:
        return tuple(chain.apply(now))
    except ItemError:
        return None
