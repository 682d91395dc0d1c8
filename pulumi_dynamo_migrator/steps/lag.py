"""How far the replicator is behind the writers, and waiting until that is little. Says nothing about what is right.

Seen from the registrations: each tells when the invocation began and how old its oldest record was then. A replicator
that lags works without a pause, so a few seconds of looking find it at work; one that is never found has nothing to do.
(No maximum over shards is kept: one may stand while another runs. Whether both tables agree is verify's to say.)
"""

from __future__ import annotations

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.steps.at_work import Working
from pulumi_dynamo_migrator.steps.step import Site


def wait_until_close_behind(site: Site) -> None:
    """Wait until the lag is below `timing.lag`; an error when writers are faster than the replicator for too long."""
    began = site.clock.monotonic()
    invocations = _working(site)
    while (late := behind(site, invocations)) > site.timing.lag:
        if site.clock.monotonic() - began > site.timing.lag_patience:
            source = site.entry.version(site.migration.source).table
            raise MigratorError(
                f"The replicator is {late:.0f} s behind the writers of {source}, and does not catch up.",
                now=(
                    "nothing was handed over. Run `pulumi up` again when there are fewer writes, or begin anew with a "
                    "longer Migration(function_timeout=…), which gives one invocation more records."
                ),
            )


def behind(site: Site, invocations: Working | None = None) -> float:
    """The greatest lag seen within a short while, in seconds."""
    worst = 0.0
    invocations = invocations or _working(site)
    began = site.clock.monotonic()
    while True:
        site.guard()
        for seen in invocations.look():
            worst = max(worst, seen.started - seen.oldest)
        left = site.timing.lag_window - (site.clock.monotonic() - began)
        if left <= 0:
            return worst
        site.listener.progress(Progress("the replicator catches up with the writers", behind=worst))
        site.clock.sleep(min(site.timing.poll, left))


def _working(site: Site) -> Working:
    return Working(site.partition, timeout=site.migration.function_timeout, clock=site.clock)
