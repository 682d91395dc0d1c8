"""Switch on the source's stream, before anything is copied. Never changes a stream that is on, nor its view type."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.spec import Stream
from pulumi_dynamo_migrator.steps.own import expect
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.steps.waiting import switch_stream, wait_stream

VIEW = "NEW_AND_OLD_IMAGES"


@dataclass(frozen=True, slots=True)
class EnableStream:
    """Have a stream with old and new images on `table`."""

    table: str
    already: bool

    def describe(self) -> str:
        """One line for the preview."""
        if self.already:
            return f"use the stream that {self.table} has"
        return f"switch on a stream on {self.table} ({VIEW})"

    def apply(self, site: Site) -> None:
        """Record that the stream is ours, switch it on, wait until it is ENABLED, record its ARN."""
        source = expect(site, site.migration.source)
        objects = site.migration.objects
        if not source.stream.enabled:
            site.record_migration(objects=replace(objects, stream_is_ours=True))
            source = switch_stream(site, source.name, Stream(True, VIEW))
        elif source.stream.view_type != VIEW:
            raise MigratorError(
                f"The stream of {source.name} has the view type {source.stream.view_type}; a migration needs {VIEW}.",
                now="switch that stream off once its readers have finished, then run `pulumi up`.",
            )
        arn = source.stream.latest_arn
        if arn is None:
            raise MigratorError(f"The stream of {source.name} has no ARN yet.", now="run `pulumi up` again.")
        wait_stream(site, arn)
        site.record_migration(objects=replace(site.migration.objects, stream_arn=arn))

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
