"""After the cut-over: give the served table what was held back from it, and close the migration's page in the history.

Held back until now: stream, TTL, point-in-time recovery, deletion protection (an abandoned successor had to be
deletable, TTL must not eat copied items, and the copy is no news for stream readers).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.conversion.chain import Chain, SourceLink
from pulumi_dynamo_migrator.model.history import Applied, HistoryRow, MigrationRecord
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.plan.carry import carried_settings
from pulumi_dynamo_migrator.plan.compare import Setting, compare_settings, wanted_settings
from pulumi_dynamo_migrator.steps.carry_policy import carry_policy
from pulumi_dynamo_migrator.steps.change_setting import change_setting
from pulumi_dynamo_migrator.steps.stamp import stamp
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.waiting import wait_stream

HELD_BACK = (Setting.STREAM, Setting.TTL, Setting.RECOVERY, Setting.PROTECTION)


@dataclass(frozen=True, slots=True)
class Finish:
    """Finish the migration to `table`."""

    table: str

    def describe(self) -> str:
        """One line for the preview."""
        return f"give {self.table} its stream, TTL, point-in-time recovery and deletion protection; write the history"

    def apply(self, site: Site) -> None:
        """Switch on, then record the migration as a feed of the served version."""
        migration = site.migration
        self._switch_on(site, migration)
        carry_policy(site, migration)
        now = stamp(site.clock)
        done = replace(migration, finished_at=now)
        site.record(
            phase=Phase.READY,
            base_name=migration.base_name or site.entry.base_name,
            migration=None,
            feeds=(*site.entry.feeds, done),
            fence=None,
            applied=(*site.entry.applied, *_applied(site, migration, now)),
            history=(*site.entry.history, _row(site, done)),
        )

    def _switch_on(self, site: Site, migration: MigrationRecord) -> None:
        source = site.doors.tables.observe(site.entry.version(migration.source).table)
        target = site.doors.tables.observe(self.table)
        if source is None or target is None:
            return
        settings = source.settings
        if migration.objects.stream_is_ours:
            settings = replace(settings, stream=None)
        wanted = carried_settings(settings, wanted_settings(site.spec.settings))
        for setting in compare_settings(target.settings, wanted):
            if setting in HELD_BACK:
                change_setting(site, self.table, setting=setting, wanted=wanted)
        seen = site.doors.tables.describe(self.table)
        if seen is not None and seen.stream.enabled and seen.stream.latest_arn is not None:
            wait_stream(site, seen.stream.latest_arn)


def _applied(site: Site, migration: MigrationRecord, now: str) -> tuple[Applied, ...]:
    """The conversions that the items went through: the migration's own, for the program may have been edited since."""
    known = {one.number for one in site.entry.applied}
    links = Chain.from_json(json.loads(migration.chain)).links
    return tuple(
        Applied(link.number, link.source.fingerprint, now, link.source.shown)
        for link in links
        if isinstance(link, SourceLink) and link.number not in known
    )


def _row(site: Site, done: MigrationRecord) -> HistoryRow:
    return HistoryRow(
        version=done.target,
        table=site.entry.version(done.target).table,
        route="successor",
        started_at=done.started_at,
        finished_at=done.finished_at,
        conversions=done.numbers,
        items=done.items,
        bytes=done.bytes,
        engine="inline",
        verified="both directions" + (f", {done.in_motion} in motion" if done.in_motion else ""),
        why=done.why,
        source=site.entry.version(done.source).table,
        cut_over="fenced" if done.ended_at else "hand-over",
    )
