"""Getting to work on one resource: doors, lease, guard, clock, listener, made together and given back together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from pulumi_dynamo_migrator.aws.doors import Doors, connect
from pulumi_dynamo_migrator.aws.last_look import last_look
from pulumi_dynamo_migrator.aws.ledger.closing import OutOfTimeError
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Audience
from pulumi_dynamo_migrator.lifecycle.guarded_clock import GuardedClock
from pulumi_dynamo_migrator.lifecycle.tenure import Tenure
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.spec import Spec
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.system import SystemClock, timing_from_environment

Bag = Mapping[str, Any]


class EndedError(MigratorError):
    """The resource was destroyed by another process."""


def open_doors(configuration: Bag, bag: Bag) -> Doors:
    """The doors that stack configuration and the resource's own bag lead to; no lease is held."""
    return connect(configuration, bag, clock=SystemClock(), timing=timing_from_environment())


def entry_id(id_: str) -> str:
    """The ledger's name in a Pulumi id (`entry/registration`)."""
    return id_.rpartition("/")[0]


def registration(id_: str) -> str:
    """The registration in a Pulumi id."""
    return id_.rpartition("/")[2]


def clear_up(doors: Doors, console: Audience) -> None:
    """Remove the control table if nothing is in it any more; one that is left empty is told, and no failure."""
    try:
        doors.ledger.delete_if_empty()
    except OutOfTimeError as left:
        console.warn(str(left))


@contextmanager
def at_work(entry: Entry, spec: Spec, *, doors: Doors, console: Audience, ending: bool = False) -> Iterator[Site]:
    """A site under a lease, with the entry read again once the lease is held. LeaseHeldError when somebody else works,
    EndedError when somebody else has destroyed it meanwhile.

    With `ending` there is no limit of time, and the lease goes with the entry: only after a failure it is given back.
    """
    timing, clock = doors.timing, doors.clock
    lease = doors.ledger.acquire(entry.id)
    try:
        stored = doors.ledger.read(entry.id)
    except MigratorError:
        with suppress(MigratorError):  # the lease ends by itself
            doors.ledger.release(lease)
        raise
    if stored is None:
        doors.ledger.end(lease)
        clear_up(doors, console)  # the lease may have made it anew
        raise EndedError(f"{entry.id} was destroyed meanwhile.", now="run `pulumi refresh`, then again.")
    ended = False

    def release() -> None:
        if ended or site.untold:
            return
        try:
            doors.ledger.release(lease)
        except MigratorError as error:  # of less weight than why the work ended; a dead owner's lease is no obstacle
            console.warn(f"the lease could not be given back, and ends by itself: {error.what}")

    tenure = Tenure(
        lease,
        lambda: doors.ledger.renew(lease),
        release,
        clock=clock,
        timing=timing,
        orphaned=lambda: console.gone,
        wait_for=None if ending else spec.options.wait_for,
    )
    guarded = GuardedClock(clock, tenure.guard)
    site = Site(
        entry=stored,
        spec=spec,
        doors=doors.at_work(clock=guarded, guard=tenure.guard),
        clock=guarded,
        timing=timing,
        listener=console,
        guard=tenure.guard,
        lease=lease,
        terms=tenure.terms,
    )
    with tenure, last_look(tenure.holds):
        yield site
        ended = ending
