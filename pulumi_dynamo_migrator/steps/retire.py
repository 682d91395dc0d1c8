"""End an old version: deny writes, drain, back up, take its replicator away, delete. Never one that is served.

Until the replicator goes, a failure lets the version be as it was. From there on nothing that was written to it could
go over any more, so writes stay denied, and the next `up` goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.aws.ledger import Counters
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.lifecycle.guarded_clock import GuardedClock
from pulumi_dynamo_migrator.model.history import HistoryRow, MigrationRecord, Retirement, RetireStage, Version
from pulumi_dynamo_migrator.model.limits import DAY
from pulumi_dynamo_migrator.model.spec import Retire
from pulumi_dynamo_migrator.model.timing import DRAWN_OUT
from pulumi_dynamo_migrator.steps.drain import wait_drained
from pulumi_dynamo_migrator.steps.fence import FenceHold, fenced
from pulumi_dynamo_migrator.steps.go_back import end_feed
from pulumi_dynamo_migrator.steps.leftovers import went_over
from pulumi_dynamo_migrator.steps.older_feeds import await_older, remove_older
from pulumi_dynamo_migrator.steps.stamp import stamp
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.waiting import delete_table


@dataclass(frozen=True, slots=True)
class RetireVersion:
    """End version `number`, the table `table`; `removes` names what goes with it."""

    number: int
    table: str
    how: Retire
    removes: tuple[str, ...] = ()

    def describe(self) -> str:
        """One line for the preview."""
        back_up = "back it up, " if self.how.backup else ""
        disconnect = f"take {', '.join(self.removes)} away, " if self.removes else ""
        return (
            f"retire version {self.number}: deny writes to {self.table}, wait until it is drained, "
            f"{back_up}{disconnect}delete it"
        )

    def apply(self, site: Site) -> None:
        """From where it stands; a table that is gone leaves only the rest to be done."""
        version = next((one for one in site.entry.versions if one.number == self.number), None)
        if version is None:
            return
        if site.entry.served == self.number:
            raise MigratorError(f"{self.table} is served; it is not retired.", now="run `pulumi up` again.")
        if site.doors.tables.describe(self.table) is None:
            self._disconnect(site)
        else:
            with fenced(site, version, undo=lambda: site.record(retirement=None)) as hold:
                self._end(site, version, hold)
        self._close(site, version)

    def _end(self, site: Site, version: Version, hold: FenceHold) -> None:
        begun = site.entry.retirement
        if begun is None or begun.version != self.number or begun.stage is not RetireStage.DISCONNECTED:
            site.record(retirement=Retirement(self.number, RetireStage.FENCED, stamp(site.clock)))
            self._drain(site, hold)
            self._back_up(site, hold)
            hold.still_up()
            hold.keep_unbroken()
        self._disconnect(site)
        delete_table(site, version.table, table_id=version.table_id)

    def _drain(self, site: Site, hold: FenceHold) -> None:
        """What was written before the fence has gone over, and nothing of it was left behind, not since the plan."""
        for feed in self._feeds(site):
            partition = site.doors.ledger.migration(feed.id)
            before = partition.counters() if self.how.accept_conflicts else Counters()
            wait_drained(site, partition, guard=hold.guard, feed=feed)
            self._refuse_unheard(site, feed)
            self._strike_mended(site, feed)
            now = partition.counters()
            if now.conflicts > before.conflicts or now.gaps > before.gaps or partition.failed_count():
                raise MigratorError(
                    f"Late writes to {self.table} became conflicts, or came so late that others may be lost, or could "
                    "not go over, until it was drained.",
                    now="nothing was deleted and writes are allowed again; look at them in the ledger.",
                )
        await_older(site, self.number, guard=hold.guard)

    def _strike_mended(self, site: Site, feed: MigrationRecord) -> None:
        partition = site.doors.ledger.migration(feed.id)
        if feed.source != self.number or not partition.failed_count():
            return
        target = site.entry.version(feed.target).table
        for item in went_over(feed, site.doors, source=self.table, target=target):
            partition.clear_failed(item)

    def _refuse_unheard(self, site: Site, feed: MigrationRecord) -> None:
        """A replicator that Lambda does not invoke is quiet too: what its stream holds must have been handled."""
        if feed.source != self.number or feed.objects.stream_arn is None:
            return
        last = site.doors.ledger.migration(feed.id).counters().last_at
        newest = site.doors.records.last_write(feed.objects.stream_arn, since=site.clock.now() - DAY)
        if newest is not None and newest > (last or 0.0) + DRAWN_OUT:
            raise MigratorError(
                f"The stream of {self.table} holds a write that {feed.objects.function} has not handled.",
                now=(
                    "nothing was deleted and writes are allowed again; find out why Lambda does not invoke it "
                    "(throttled, disabled, no concurrency), then run `pulumi up` again."
                ),
            )

    def _back_up(self, site: Site, hold: FenceHold) -> None:
        """A backup that is AVAILABLE, or DynamoDB's own: deleting a table with point-in-time recovery leaves one."""
        if not self.how.backup or site.entry.retirement is None:
            return
        if site.doors.tables.point_in_time_recovery(self.table).enabled:
            self._note_backup(site, "made by DynamoDB at the deletion (point-in-time recovery was on)")
            return
        hold.guard()
        at = site.entry.retirement.began_at.replace(":", "").replace("-", "")
        clock = GuardedClock(site.clock, hold.guard)
        name = f"{self.table[:220]}-retired-{at}"
        arn = site.doors.backups.create(self.table, name=name, clock=clock, timing=site.timing)
        site.doors.backups.wait_available(arn, clock=clock, timing=site.timing)
        self._note_backup(site, arn)

    def _note_backup(self, site: Site, backup: str) -> None:
        assert site.entry.retirement is not None
        site.record(retirement=replace(site.entry.retirement, backup=backup))

    def _disconnect(self, site: Site) -> None:
        began = site.entry.retirement
        if began is None or began.version != self.number:
            began = Retirement(self.number, RetireStage.FENCED, stamp(site.clock))
        site.record(
            fence=None,
            retirement=replace(began, stage=RetireStage.DISCONNECTED),
            versions=site.entry.with_frozen(self.number),
        )
        for feed in self._feeds(site):
            end_feed(site, feed)
        remove_older(site, self.number)

    def _feeds(self, site: Site) -> tuple[MigrationRecord, ...]:
        """What reads this version's stream, or still leads to it."""
        return tuple(
            feed for feed in site.entry.feeds if feed.ended_at is None and self.number in (feed.source, feed.target)
        )

    def _close(self, site: Site, version: Version) -> None:
        """Strike the version from the ledger, and say in the history when it ended and where its backup is."""
        now, done = stamp(site.clock), site.entry.retirement
        backup = None if done is None else done.backup
        rows = tuple(
            replace(row, retired_at=now, backup=backup) if _made(row, version) else row for row in site.entry.history
        )
        if self.how.step is not None:
            began = now if done is None else done.began_at
            row = HistoryRow(self.how.step, version.table, "retire", began, finished_at=now, backup=backup)
            rows = (*rows, row)
        site.record(
            retirement=None,
            fence=None,
            versions=tuple(one for one in site.entry.versions if one.number != self.number),
            history=rows,
        )
        site.listener.note(f"retired: version {self.number}, table {version.table}{_kept(backup)}")


_NO_BEGINNING = ("retire", "in place", "abandoned", "served again")


def _made(row: HistoryRow, version: Version) -> bool:
    """Whether the row tells how the version's table came to be (one of its name may have been abandoned before)."""
    return row.version == version.number and row.table == version.table and row.route not in _NO_BEGINNING


def _kept(backup: str | None) -> str:
    return "" if backup is None else f"; backup: {backup}"
