"""Walks a plan: every step in order, the ledger before and after each. Decides nothing itself.

An error before data flows undoes what was made; a later one keeps everything and leaves the phase `failed` with the
reason in the ledger. An interruption (lease lost, engine gone, time spent) changes nothing: the next `up` goes on from
there, or another has gone on already.
"""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_dynamo_migrator.aws.ledger import LeaseLostError, LedgerConflictError
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.lifecycle.tenure import InterruptedMigrationError, SpentError
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.settle import settle
from pulumi_dynamo_migrator.steps.abandon import Abandon
from pulumi_dynamo_migrator.steps.step import Site


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a walk ended: `error` is None when the plan was carried out (or is held, or its time was spent)."""

    error: MigratorError | None = None
    spent: bool = False


def carry_out(plan: Plan, site: Site, *, asked: str) -> Outcome:
    """Apply every step; `asked` (the description, as text) is recorded once all are done and no plan follows."""
    try:
        if plan.route is not Route.NOTHING:
            site.record(phase=_working(site), error=None)
        for step in plan.steps:
            site.guard()
            site.listener.progress(Progress(step.describe()))
            step.apply(site)
    except SpentError as error:
        site.listener.warn(f"{error.what} {error.now}")
        return Outcome(spent=True)
    except (InterruptedMigrationError, LeaseLostError, LedgerConflictError) as error:
        return Outcome(error)
    except MigratorError as error:
        return Outcome(_after_failure(site, error))
    if not plan.again:
        settle(plan, site, asked=asked)
    return Outcome()


def _working(site: Site) -> Phase:
    """A held migration stays held while settings are changed in place beside it."""
    if site.entry.phase in (Phase.HELD, Phase.NEW):
        return site.entry.phase
    return Phase.MIGRATING


def _after_failure(site: Site, error: MigratorError) -> MigratorError:
    """Undo a migration whose data does not flow yet; record where it stands otherwise."""
    told = error
    migration = site.entry.migration
    if migration is not None and migration.stage is Stage.PLANNED:
        table = site.entry.version(migration.target).table
        try:
            Abandon(table, migration.objects.function).apply(site)
        except MigratorError as second:
            told = MigratorError(
                f"{error.what}\n  undoing it failed as well: {second.what}", now=error.now or second.now
            )
    site.record(phase=Phase.FAILED, error=str(told))
    return told
