"""Copy what is there: every segment of the source, through the chain, inserted only where nobody was before.

Begins only when the replicator feeds the successor from the stream's beginning; never runs again once the word has left
`open`, because an insert could then bring a deleted item back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from pulumi_dynamo_migrator.aws.lending import lend
from pulumi_dynamo_migrator.backfill.job import BackfillJob, Fleet, latest
from pulumi_dynamo_migrator.backfill.run import run_backfill
from pulumi_dynamo_migrator.backfill.segments import segment_count
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.figures import about
from pulumi_dynamo_migrator.fleet.division import Outfit
from pulumi_dynamo_migrator.fleet.run import WorkerFleet
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.replicate.config import OnItemError
from pulumi_dynamo_migrator.steps.own import expect, expect_source
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.waiting import wait_for_earlier_owners, wait_for_outcome


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
        fleet = _fleet(site)
        try:
            result = run_backfill(
                _job(site, source, target, chain),
                items=site.doors.items,
                ledger=site.doors.ledger.copying(migration.id, keys=chain.source_keys),
                guard=site.guard,
                progress=site.listener.progress,
                clock=site.clock,
                fleet=fleet,
            )
        except BaseException:  # an interrupted `resume` gives its lease back too
            _tell_unknown(site, fleet)
            raise
        if result.throttled:
            site.listener.note(
                f"the copy was throttled {result.throttled:,} times, and slowed down by itself where it was"
            )
        for unknown in (_last_unknown(site, fleet), migration.unknown_at):
            wait_for_outcome(site, unknown)
        wait_for_earlier_owners(site)
        site.record_migration(stage=Stage.CLOSING)


def _fleet(site: Site) -> WorkerFleet | None:
    """Worker processes, where more than this one shall copy."""
    processes = site.spec.options.processes
    if processes == 1:
        return None
    return WorkerFleet(Outfit(processes, lend(site.doors.session), site.clock, site.timing, site.terms))


def _last_unknown(site: Site, fleet: Fleet | None) -> float | None:
    return latest(site.doors.items.last_unknown, fleet.last_unknown if fleet else None)


def _tell_unknown(site: Site, fleet: Fleet | None) -> None:
    """The next `up` must know of a request that may yet land; why this one stops is for its own error to say."""
    unknown = _last_unknown(site, fleet)
    if unknown is None:
        return
    try:
        site.record_migration(unknown_at=unknown)
    except MigratorError:
        site.untold = True


def _job(site: Site, source: ObservedTable, target: ObservedTable, chain: Chain) -> BackfillJob:
    options = site.spec.options
    in_flight = max(options.workers, options.processes)  # a process without a request in flight is none
    return BackfillJob(
        source=source.name,
        target=target.name,
        chain=chain,
        segments=segment_count(source.items, source.bytes, workers=in_flight, asked=options.segments),
        sized=options.segments is None,
        workers=in_flight,
        max_read_units=options.max_read_units,
        max_write_units=options.max_write_units,
        on_item_error=OnItemError(options.on_item_error),
        estimate=source.items,
    )
