"""Switch on the source's stream, before anything is copied. Never changes a stream that is on, nor its view type.

A stream that is on is taken as it is, with both images or with the view type that the plan has accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.spec import Stream
from pulumi_dynamo_migrator.replicate.config import BOTH_IMAGES
from pulumi_dynamo_migrator.steps.own import expect
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.waiting import switch_stream, wait_stream


@dataclass(frozen=True, slots=True)
class EnableStream:
    """Have a stream on `table` that the replicator can follow."""

    table: str
    already: bool

    def describe(self) -> str:
        """One line for the preview."""
        if self.already:
            return f"use the stream that {self.table} has"
        return f"switch on a stream on {self.table} ({BOTH_IMAGES})"

    def apply(self, site: Site) -> None:
        """Record that the stream is ours, switch it on, wait until it is ENABLED, record its ARN and view type."""
        source = expect(site, site.migration.source)
        objects = site.migration.objects
        accepted = {BOTH_IMAGES, site.migration.view}
        if not source.stream.enabled:
            site.record_migration(objects=replace(objects, stream_is_ours=True))
            source = switch_stream(site, source.name, Stream(True, BOTH_IMAGES))
        view = source.stream.view_type
        if view not in accepted:
            raise MigratorError(
                f"The stream of {source.name} has the view type {view}; this migration was planned for "
                f"{' or '.join(sorted(accepted))}.",
                now="switch that stream off once its readers have finished, then run `pulumi up`.",
            )
        arn = source.stream.latest_arn
        if arn is None:
            raise MigratorError(f"The stream of {source.name} has no ARN yet.", now="run `pulumi up` again.")
        wait_stream(site, arn)
        site.record_migration(objects=replace(site.migration.objects, stream_arn=arn), view=view)

    def undo(self, site: Site) -> None:
        """Switch off a stream that we switched on, unless the program asks for one."""
        asked = site.spec.settings.stream
        if not site.migration.objects.stream_is_ours or (asked is not None and asked.enabled):
            return
        source = expect(site, site.migration.source)
        if source.stream.enabled and source.stream.latest_arn == (
            site.migration.objects.stream_arn or source.stream.latest_arn
        ):
            switch_stream(site, source.name, Stream(False))
