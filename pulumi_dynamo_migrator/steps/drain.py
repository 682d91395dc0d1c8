"""Waiting until a replicator has nothing left to do. Says nothing about what is right: that is verify's to say."""

from __future__ import annotations

from collections.abc import Callable

from pulumi_dynamo_migrator.aws.ledger import MigrationLedger
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.model.history import MigrationRecord
from pulumi_dynamo_migrator.steps.at_work import Working
from pulumi_dynamo_migrator.steps.step import Site


def wait_drained(site: Site, partition: MigrationLedger, *, guard: Callable[[], None], feed: MigrationRecord) -> None:
    """Wait for `timing.drain` seconds without a failing batch, one at work, or one done that somebody wrote.

    What a time to live removes goes on coming behind a fence: short batches that come and go, and change no `last_at`.
    Where a write of the replicator may still land (one got no answer, a batch failed, an invocation had to be ended),
    never less than `timing.outcome` since.
    """
    clock, timing, function = site.clock, site.timing, feed.objects.function
    invocations = Working(partition, timeout=feed.function_timeout, clock=clock)
    began = quiet_since = clock.monotonic()
    counted, working = partition.counters(), invocations.names()
    needed = timing.drain
    while (now := clock.monotonic()) - quiet_since < needed:
        guard()
        failing, counters = partition.failing(), partition.counters()
        before, working = working, invocations.names()
        if failing or counters.unsure or invocations.outlived():
            needed = max(timing.drain, timing.outcome)
        wrote = (counters.last_at, counters.unsure) != (counted.last_at, counted.unsure)
        if failing or wrote or working & before:
            quiet_since, counted = now, counters
        if failing and now - began > timing.lag_patience:
            raise MigratorError(
                f"The replicator {function} cannot apply a batch: {failing[0].error}",
                now="nothing was moved. Mend the cause (the function's log says more), then run `pulumi up` again.",
            )
        if now - began > timing.lag_patience + needed:
            raise MigratorError(
                f"The replicator {function} does not come to rest although writes are denied.",
                now="nothing was moved. Run `pulumi up` again when it has caught up.",
            )
        left = needed - (now - quiet_since)
        site.listener.progress(Progress(f"waiting until {function} is drained", left=max(0.0, left)))
        clock.sleep(timing.tick)
