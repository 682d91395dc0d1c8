"""Create a resource's first table. Never touches a table that is there and is not ours."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import Applied, HistoryRow, Version
from pulumi_dynamo_migrator.model.spec import Settings, Structure
from pulumi_dynamo_migrator.plan.compare import Setting
from pulumi_dynamo_migrator.steps.carry_policy import policy_for
from pulumi_dynamo_migrator.steps.own import is_own, own_tags_for
from pulumi_dynamo_migrator.steps.stamp import stamp
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.waiting import wait_active

AFTER_CREATION = (Setting.TTL, Setting.RECOVERY)
"""What CreateTable does not take."""


@dataclass(frozen=True, slots=True)
class CreateTable:
    """Create `table`, version `number`, and wait until it and its indexes are ACTIVE.

    The number is 1, but for a migration script on a new stack: its end is made at once, under its own number.
    """

    table: str
    structure: Structure
    settings: Settings
    number: int = 1
    base: str = ""

    def describe(self) -> str:
        """One line for the preview."""
        return f"create table {self.table}"

    def apply(self, site: Site) -> None:
        """Record the version, create, wait, record what AWS answered."""
        name = self.table
        version = site.entry.versions[0] if site.entry.versions else Version(self.number, name)
        if not site.entry.versions:
            site.record(versions=(version,), base_name=self.base or name)
        table = site.doors.tables.observe(name)
        if table is None:
            policy = policy_for(self.settings.resource_policy, base=self.base, table=name)
            settings = replace(self.settings, ttl=None, point_in_time_recovery=None, resource_policy=policy)
            site.doors.tables.create(name, self.structure, settings=settings, tags=own_tags_for(site, version.number))
        elif not is_own(site, version, table):
            raise MigratorError(
                f"A table named {name} exists already and is not this resource's; nothing was changed.",
                now=f"give another name=, or take it over with adopt={name!r}.",
            )
        ready = wait_active(site, name)
        now = stamp(site.clock)
        site.record(
            served=version.number,
            versions=(replace(version, table_id=ready.table_id, arn=ready.arn),),
            applied=tuple(Applied(c.number, c.source.fingerprint, now, c.source.shown) for c in site.spec.conversions),
            history=(
                HistoryRow(
                    version.number,
                    name,
                    "create",
                    now,
                    finished_at=now,
                    conversions=tuple(c.number for c in site.spec.conversions),
                ),
            ),
        )
