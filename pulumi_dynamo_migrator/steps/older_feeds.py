"""What the older decorator library made to feed a version: disconnected and removed with the version that it reads.

Only what that library wrote down as its own is removed; a thing that is gone is gone.
"""

from __future__ import annotations

from collections.abc import Callable

from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.steps.step import Site


def await_older(site: Site, source: int, *, guard: Callable[[], None]) -> None:
    """Wait a while for what was written before the fence to go over: the older library counts nothing."""
    if not any(feed.source == source for feed in site.entry.older):
        return
    until = site.clock.monotonic() + site.timing.drain
    while (left := until - site.clock.monotonic()) > 0:
        guard()
        site.listener.progress(Progress("waiting for the older library's function", left=left))
        site.clock.sleep(min(site.timing.tick, left))


def remove_older(site: Site, source: int) -> None:
    """Mappings, functions, roles and policies of the feeds that read version `source`."""
    for feed in site.entry.older:
        if feed.source != source:
            continue
        for uuid in feed.mappings:
            site.listener.progress(Progress(f"disconnecting mapping {uuid}"))
            site.doors.functions.disable(uuid, clock=site.clock, timing=site.timing)
            site.doors.functions.delete_mapping(uuid, clock=site.clock, timing=site.timing)
        for function in feed.functions:
            site.doors.functions.delete_function(function)
        for role in feed.roles:
            site.doors.roles.delete(role)
        for policy in feed.policies:
            site.doors.roles.delete_policy(policy)
    site.record(older=tuple(feed for feed in site.entry.older if feed.source != source))
