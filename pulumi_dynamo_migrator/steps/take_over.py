"""Take over what the older decorator library has made of a script. Writes the ledger; changes nothing in AWS.

The newest table is served from here on, and the older ones are versions too; what copies between them goes on working,
and is removed when the version that it reads is retired.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import AppliedStep, Entry, HistoryRow, OlderFeed, Version
from pulumi_dynamo_migrator.model.spec import Script
from pulumi_dynamo_migrator.steps.claim import claim
from pulumi_dynamo_migrator.steps.stamp import stamp
from pulumi_dynamo_migrator.steps.step import Site

LIBRARY = "dynamodb-migrator"


@dataclass(frozen=True, slots=True)
class TakeOverOlder:
    """Write `versions` and `feeds` into the ledger; the newest version is served."""

    script: Script
    versions: tuple[Version, ...]
    feeds: tuple[OlderFeed, ...]
    base: str

    def describe(self) -> str:
        """One line for the preview."""
        newest = self.versions[-1]
        return f"take over from the older library: table {newest.table} as version {newest.number}; nothing is changed"

    def apply(self, site: Site) -> None:
        """Record, if the tables still are the ones that the plan saw."""
        if site.entry.served is not None:
            return
        for version in self.versions:
            table = site.doors.tables.describe(version.table)
            if version.table_id is not None and (table is None or table.table_id != version.table_id):
                raise MigratorError(
                    f"The table {version.table} changed hands between plan and takeover; nothing was changed.",
                    now="run `pulumi up` again.",
                )
        newest = self.versions[-1]
        what = f"the older library has applied version {newest.number}, but "
        claim(site, taken_over(site.entry, self, at=stamp(site.clock)), by=newest, what=what)


def taken_over(entry: Entry, step: TakeOverOlder, *, at: str) -> Entry:
    """What the ledger says then."""
    newest = step.versions[-1]
    made = {version.number: version for version in step.versions}
    before = [(one, made.get(one.version)) for one in step.script.steps if one.version <= newest.number]
    steps = tuple(
        AppliedStep(one.version, one.operation, one.fingerprint, at, version.table, one.where, by=LIBRARY)
        for one, version in before
        if version is not None
    )
    rows = tuple(
        HistoryRow(
            one.number,
            one.table,
            "taken over",
            at,
            finished_at=at,
            source=made[feed.source].table if (feed := _feed(step, one)) else None,
            operation=next((s.operation for s in step.script.steps if s.version == one.number), None),
            why=f"applied by {LIBRARY}",
        )
        for one in step.versions
    )
    return replace(
        entry,
        served=newest.number,
        base_name=step.base,
        versions=tuple(version for version in step.versions if version.table_id is not None),
        older=step.feeds,
        steps=steps,
        history=rows,
    )


def _feed(step: TakeOverOlder, version: Version) -> OlderFeed | None:
    return next((feed for feed in step.feeds if feed.target == version.number), None)
