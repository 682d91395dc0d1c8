"""Serve the version before this one again, leaving behind what was written since: only where the user has said so.

Order: writes to the newer table denied and proved so → the ledger says that the older one is served → then the newer
one's fence is lasting, its replicator goes, and a fence that a fenced cut-over had left on the older one is lifted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pulumi_dynamo_migrator.model.history import Entry, HistoryRow, MigrationRecord, Version
from pulumi_dynamo_migrator.model.spec import Stream
from pulumi_dynamo_migrator.plan.left import leads_to_left, left_behind
from pulumi_dynamo_migrator.steps.fence import fenced, thaw
from pulumi_dynamo_migrator.steps.own import expect
from pulumi_dynamo_migrator.steps.replicator import remove_replicator
from pulumi_dynamo_migrator.steps.stamp import stamp
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.waiting import switch_stream


@dataclass(frozen=True, slots=True)
class GoBack:
    """Freeze `newer`, and serve `older` (version `number`) again."""

    newer: str
    older: str
    number: int

    def describe(self) -> str:
        """One line for the preview."""
        return f"deny writes to {self.newer} for good, and move the outputs back to {self.older}"

    def apply(self, site: Site) -> None:
        """Fence and flip; nothing where that was done."""
        if site.entry.served == self.number:
            return
        expect(site, self.number)
        feed = site.entry.feed_to(site.entry.served)
        assert feed is not None  # the plan has refused it otherwise
        with fenced(site, site.entry.version(feed.target)) as hold:
            hold.flip_is_safe()
            flipped = _flipped(site.entry, feed, self, at=stamp(site.clock))
            site.record(still=hold.outlasts_what_is_signed, **flipped)
            hold.keep()
        site.record(fence=None)


def _flipped(entry: Entry, feed: MigrationRecord, back: GoBack, *, at: str) -> dict[str, Any]:
    """What the entry says from the flip on: the older items have not been through what the newer ones had."""
    row = HistoryRow(
        back.number, back.older, "served again", at, finished_at=at, source=back.newer, why="serve=, accept_loss=True"
    )
    return {
        "served": back.number,
        "moved_from": entry.told,
        "versions": entry.with_frozen(feed.target),
        "applied": tuple(one for one in entry.applied if one.number not in feed.numbers),
        "steps": tuple(one for one in entry.steps if one.table != back.newer or one.operation == "delete_table"),
        "history": (*entry.history, row),
    }


@dataclass(frozen=True, slots=True)
class Thaw:
    """Make `table`, which is served again, writable, and end what still leads to the version that was left."""

    table: str

    def describe(self) -> str:
        """One line for the preview."""
        return f"allow writes to {self.table}, and take the replicator to the version that was left away"

    def apply(self, site: Site) -> None:
        """Each where it is not so yet; what tells the next `up` that there is something to finish goes last."""
        for left in left_behind(site.entry):
            self._freeze(site, left)
        for feed in site.entry.feeds:
            if leads_to_left(feed, site.entry):
                _switch_off(site, feed)
                end_feed(site, feed)
        serving = site.entry.serving
        if serving is not None and serving.frozen:
            thaw(site, serving.number)

    def _freeze(self, site: Site, left: Version) -> None:
        """The fence of the version that was left is lasting, also where the process died before it was."""
        if left.arn is not None and site.doors.tables.describe(left.table) is not None:
            site.doors.policies.fence(left.arn, until=None)


def _switch_off(site: Site, feed: MigrationRecord) -> None:
    """Switch off the source's stream, if this feed's migration had switched it on and the program asks for none."""
    asked, table = site.spec.settings.stream, expect(site, feed.source)
    if not feed.objects.stream_is_ours or (asked is not None and asked.enabled):
        return
    if table.stream.enabled and table.stream.latest_arn == feed.objects.stream_arn:
        switch_stream(site, table.name, Stream(False))


def end_feed(site: Site, feed: MigrationRecord) -> None:
    """Take a feed's replicator away, and say so in the ledger."""
    remove_replicator(site, feed)
    done = replace(feed, ended_at=stamp(site.clock))
    site.record(feeds=tuple(done if one.id == feed.id else one for one in site.entry.feeds))
