"""Whether what was proved of both tables still holds, and the replicator still works. Compares nothing itself.

What was written before a comparison began was in it. What was written since is in the stream for 24 h, and comes by
itself, provided that the replicator is there to read it. So a comparison is good for 20 h, and while there is no gap:
after that, an invocation that never came may have left no trace but what is missing. Nor is it good for what a plain
write left that got no answer and landed later.
"""

from __future__ import annotations

from pulumi_dynamo_migrator.aws.mappings import MappingState
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.replicate.invocation import NEARLY_LOST
from pulumi_dynamo_migrator.steps.step import Site


def why_stale(site: Site) -> str:
    """Why both tables must be compared anew before the outputs may move; "" when they need not."""
    counters, at = site.partition.counters(), site.migration.verified_at
    if counters.gaps:
        return (
            f"{counters.gaps} batch(es) of changes came 20 h or more after they were made: others may be lost to the "
            "copy"
        )
    if counters.unsure:
        return f"{counters.unsure} write(s) of the replicator got no answer, and may have landed over newer ones"
    if at is None or not 0 <= site.clock.now() - at <= NEARLY_LOST:
        return "both tables were compared more than 20 h ago, and a stream keeps no more than 24 h"
    return ""


def expect_listening(site: Site) -> None:
    """The stream feeds the replicator; an error when its mapping is gone or switched off."""
    objects = site.migration.objects
    mapping = None if objects.mapping is None else site.doors.functions.describe_mapping(objects.mapping)
    if mapping is None:
        raise MigratorError(
            f"The event source mapping of {objects.function} ({objects.mapping}) is gone: nothing that is written to "
            f"{site.entry.version(site.migration.source).table} goes over any more.",
            now=(
                "nothing was handed over. Revert the program and run `pulumi up` to abandon the migration, then begin "
                "again."
            ),
        )
    if mapping.state in (MappingState.DISABLED, MappingState.DISABLING):
        raise MigratorError(
            f"The event source mapping of {objects.function} is {mapping.state}: what is written to "
            f"{site.entry.version(site.migration.source).table} does not go over.",
            now=(
                f"nothing was handed over. Switch it on (`aws lambda update-event-source-mapping --uuid {mapping.uuid} "
                "--enabled`), then run `pulumi up` again: it goes on."
            ),
        )
