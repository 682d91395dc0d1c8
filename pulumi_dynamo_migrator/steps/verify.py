"""Prove that both tables hold the same, in both directions, under live writes; sweep the tombstones on the way."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pulumi_dynamo_migrator.backfill.segments import segment_count
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.steps.backfill import wait_for_outcome
from pulumi_dynamo_migrator.steps.own import expect, expect_source
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.verify.report import VerifyJob
from pulumi_dynamo_migrator.verify.run import run_verify


@dataclass(frozen=True, slots=True)
class Verify:
    """Compare `source`, through the chain, with `target`."""

    source: str
    target: str

    def describe(self) -> str:
        """One line for the preview."""
        return (
            f"verify: every item of {self.source} in {self.target} and nothing else, under live writes; sweep "
            "tombstones"
        )

    def apply(self, site: Site) -> None:
        """Look until every key is equal, expired or in motion; a mismatch that lasts stops the migration, resumable."""
        migration = site.migration
        source, target = expect_source(site), expect(site, migration.target)
        chain = Chain.from_json(json.loads(migration.chain))
        ttl = site.doors.tables.ttl(source.name)
        job = VerifyJob(
            source=source.name,
            target=target.name,
            chain=chain,
            settle=site.timing.settle,
            segments=segment_count(source.items, source.bytes, asked=site.spec.options.segments),
            workers=site.spec.options.workers,
            sweep=True,
            repair=site.spec.options.verify == "repair",
            ttl_attribute=ttl.attribute if ttl.enabled else None,
            max_read_units=site.spec.options.max_read_units,
            estimate=source.items,
        )
        report = run_verify(
            job, items=site.doors.items, guard=site.guard, progress=site.listener.progress, clock=site.clock
        )
        wait_for_outcome(site, report.unknown_at)
        if not report.verified:
            raise MigratorError(
                f"{self.target} differs from {self.source} in {report.mismatch_count} item(s): {report.listed()}",
                now=(
                    "the old table is untouched and still served. Migration(verify='repair') repairs them in the next "
                    "`pulumi up`; please report how it came about."
                ),
            )
        site.record_migration(
            stage=Stage.VERIFIED, items=report.target_items, bytes=report.target_bytes, in_motion=report.in_motion_count
        )
        site.listener.note(report.summary())
