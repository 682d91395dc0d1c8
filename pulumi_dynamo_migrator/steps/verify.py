"""Prove that both tables hold the same, in both directions, under live writes; sweep the tombstones on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_dynamo_migrator.backfill.segments import segment_count, sum_of
from pulumi_dynamo_migrator.conversion.canonical import digest
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.steps.lag import behind, wait_until_close_behind
from pulumi_dynamo_migrator.steps.own import expect, expect_source
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.waiting import wait_for_earlier_owners, wait_for_outcome
from pulumi_dynamo_migrator.steps.words import begin_noting
from pulumi_dynamo_migrator.verify.digest import CanonicalKey
from pulumi_dynamo_migrator.verify.report import Kind, VerifyJob, VerifyReport
from pulumi_dynamo_migrator.verify.run import run_verify

if TYPE_CHECKING:
    from pulumi_dynamo_migrator.aws.ledger import Counters


class DifferenceError(MigratorError):
    """The tables differ, or the source moved although nobody could write to it."""


@dataclass(frozen=True, slots=True)
class Verify:
    """Compare `source`, through the chain, with `target`; `repair`: put right what differs, conditionally.

    `noting`: a hand-over is to follow. What is compared must not be overwritten afterwards with something older: an
    invocation that Lambda has given up goes on for as long as its time-out, and under `tail` it writes whatever its
    batch says, when that batch and those behind it have long been applied. Under `noting` each record is applied once,
    when what `tail` applied has come again.
    """

    source: str
    target: str
    repair: bool = False
    noting: bool = False

    def describe(self) -> str:
        """One line for the preview."""
        return (
            f"verify: every item of {self.source} in {self.target} and nothing else, under live writes; sweep "
            "tombstones"
        )

    def apply(self, site: Site) -> None:
        """Look until every key is equal, expired or in motion; a mismatch that lasts stops the migration, resumable.

        What a replicator that is far behind has not brought yet looks like one: it is waited for, and looked for again.
        """
        if self.noting:
            begin_noting(site)
        wait_for_earlier_owners(site)
        counted = site.partition.counters()
        if counted.unsure:
            wait_for_outcome(site, site.clock.now())
        try:
            prove_equal(site, guard=site.guard, repair=self.repair, counted=counted)
        except DifferenceError as difference:
            late = behind(site)
            if late <= site.timing.lag:
                raise
            site.listener.note(f"{late:.0f} s behind, the replicator may have more to bring: {difference.what}")
            wait_until_close_behind(site)
            prove_equal(site, guard=site.guard, repair=self.repair, counted=counted)
        site.record_migration(stage=Stage.VERIFIED)


def prove_equal(
    site: Site, *, guard: Callable[[], None], repair: bool, still: bool = False, counted: Counters | None = None
) -> None:
    """Compare source and target of the running migration; an error names what differs. What was counted is recorded.

    Repairs need not be asked for after a gap, or a write of the replicator that may have landed late: differences are
    to be expected then. Nor where two items have met at a key: the one that goes takes the key along, and the one that
    stays has to be put back. `still`: nobody can write to the source. Then no key may be in motion (a time to live is
    the exception), and no two items may share a target key, however the chain was planned: one of them would be gone.
    `counted`: what was counted when nothing of it could land any more; more than that is not made up for.
    """
    began, counters = site.clock.now(), site.partition.counters()
    late = bool(counters.gaps or counters.unsure)
    source, target = expect_source(site), expect(site, site.migration.target)
    job = verify_job(site, source, target, repair=repair or late or site.migration.met)
    if (still or site.spec.options.fence) and job.chain.meeting is Meeting.MAY_MEET:
        job = replace(job, chain=replace(job.chain, meeting=Meeting.DISTINCT))
    report = run_verify(job, items=site.doors.items, guard=guard, progress=site.listener.progress, clock=site.clock)
    wait_for_outcome(site, report.unknown_at, guard=guard)
    moved = still and job.ttl_attribute is None and report.in_motion_count
    if any(mismatch.kind is Kind.COLLISION for mismatch in report.mismatches):
        site.record_migration(met=True)
    if not report.verified or moved:
        raise _differs(source, target, report, still=still, repair=job.repair)
    if still and report.verdicts.repaired:
        prove_equal(site, guard=guard, repair=repair, still=True)  # what is true of the table now, and counted so
        return
    site.record_migration(
        items=report.target_items,
        bytes=report.target_bytes,
        in_motion=report.in_motion_count,
        verified_at=began,
    )
    site.partition.strike_compared(counted or counters)
    site.listener.note(report.summary())


def _differs(
    source: ObservedTable, target: ObservedTable, report: VerifyReport, *, still: bool, repair: bool
) -> DifferenceError:
    if report.verified:
        return DifferenceError(
            f"{report.in_motion_count} item(s) of {source.name} changed although writes to it were denied.",
            now="nothing was moved, and writes are allowed again. Find out who wrote, and run `pulumi up` again.",
        )
    what = f"{target.name} differs from {source.name} in {report.mismatch_count} item(s): {report.listed()}"
    if still:
        now = "nothing was moved, and writes are allowed again."
    else:
        now = "the old table is untouched and still served."
    if any(mismatch.kind is Kind.COLLISION for mismatch in report.mismatches):
        now += (
            " A collision is two items that share a key of the new table: change or delete one, or drop it in the "
            "conversion, then run `pulumi up` again"
        )
        # The replicator takes what stands at the key away with whichever goes: the other one is missing then.
        now += "." if repair else " with Migration(verify='repair'), which puts the other one where both were."
    elif not still:
        now += " Migration(verify='repair') repairs them in the next `pulumi up`; please report how it came about."
    return DifferenceError(what, now=now)


def verify_job(site: Site, source: ObservedTable, target: ObservedTable, *, repair: bool) -> VerifyJob:
    """What is compared. How large it is the copy knows, where DynamoDB's figures are hours old."""
    options, ttl = site.spec.options, site.doors.tables.ttl(source.name)
    chain = Chain.from_json(json.loads(site.migration.chain))
    copied = sum_of(site.doors.ledger.copying(site.migration.id, keys=chain.source_keys).load_segments())
    items, size = max(source.items, copied.read), max(source.bytes, copied.bytes)
    return VerifyJob(
        source=source.name,
        target=target.name,
        chain=chain,
        settle=site.timing.settle,
        segments=segment_count(items, size, workers=options.workers, asked=options.segments),
        workers=options.workers,
        sweep=True,
        repair=repair or options.verify == "repair",
        ttl_attribute=ttl.attribute if ttl.enabled else None,
        max_read_units=options.max_read_units,
        estimate=items,
        aside=_kept_aside(site),
    )


def _kept_aside(site: Site) -> dict[CanonicalKey, bytes | None]:
    return {
        tuple(json.loads(item.key)): None if item.image is None else digest(item.image)
        for item in site.partition.each_failed()
    }
