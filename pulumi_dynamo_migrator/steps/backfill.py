"""Copy what is there: every segment of the source, through the chain, inserted only where nobody was before.

Begins only when the replicator feeds the successor from the stream's beginning; never runs again once the word has left
`open`, because an insert could then bring a deleted item back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from pulumi_dynamo_migrator.backfill.job import BackfillJob
from pulumi_dynamo_migrator.backfill.run import run_backfill
from pulumi_dynamo_migrator.backfill.segments import segment_count
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.figures import about
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.replicate.config import OnItemError
from pulumi_dynamo_migrator.steps.own import expect, expect_source
from pulumi_dynamo_migrator.steps.step import Site


@dataclass(frozen=True, slots=True)
class Backfill:
    """Copy `source` into `target`; about `items` items."""

    source: str
    target: str
    items: int

    def describe(self) -> str:
        """One line for the preview."""
        size = f"about {about(self.items):,} items" if self.items else "its items"
        return f"backfill: scan {self.source} consistently, insert {size} into {self.target} where absent"

    def apply(self, site: Site) -> None:
        """Run what the checkpoints leave to do, then let the close begin."""
        migration = site.migration
        source, target = expect_source(site), expect(site, migration.target)
        chain = Chain.from_json(json.loads(migration.chain))
        try:
            result = run_backfill(
                _job(site, source, target, chain),
                items=site.doors.items,
                ledger=site.doors.ledger.copying(migration.id, keys=chain.source_keys),
                guard=site.guard,
                progress=site.listener.progress,
                clock=site.clock,
            )
        except BaseException:  # an interrupted `resume` gives its lease back too
            _tell_unknown(site)
            raise
        if result.throttled:
            site.listener.note(
                f"the copy was throttled {result.throttled:,} times, and slowed down by itself where it was"
            )
        for unknown in (site.doors.items.last_unknown, migration.unknown_at):
            wait_for_outcome(site, unknown)
        _wait_for_earlier_owners(site)
        site.record_migration(stage=Stage.CLOSING)


def _tell_unknown(site: Site) -> None:
    """The next `up` must know of a request that may yet land; why this one stops is for its own error to say."""
    unknown = site.doors.items.last_unknown
    if unknown is None:
        return
    try:
        site.record_migration(unknown_at=unknown)
    except MigratorError:
        site.untold = True


def _job(site: Site, source: ObservedTable, target: ObservedTable, chain: Chain) -> BackfillJob:
    options = site.spec.options
    return BackfillJob(
        source=source.name,
        target=target.name,
        chain=chain,
        segments=segment_count(source.items, source.bytes, workers=options.workers, asked=options.segments),
        sized=options.segments is None,
        workers=options.workers,
        max_read_units=options.max_read_units,
        max_write_units=options.max_write_units,
        on_item_error=OnItemError(options.on_item_error),
        estimate=source.items,
    )


def wait_for_outcome(site: Site, unknown_at: float | None) -> None:
    """No phase closes while a request may still take effect whose outcome is unknown."""
    if unknown_at is not None:
        what = "waiting until a request of unknown outcome can no longer take effect"
        _wait_until(site, unknown_at + site.timing.outcome, what)


def _wait_for_earlier_owners(site: Site) -> None:
    """Nor while an owner whose lease was taken over may only be asleep: its insert could bring a deleted item back."""
    if site.lease is not None and site.lease.settles is not None:
        what = "waiting until nothing that an earlier `up`, killed or asleep, has sent can take effect any more"
        _wait_until(site, site.lease.settles, what)


def _wait_until(site: Site, moment: float, what: str) -> None:
    while (left := moment - site.clock.now()) > 0:
        site.guard()
        site.listener.progress(Progress(what, left=left))
        site.clock.sleep(min(1.0, max(0.05, left)))
