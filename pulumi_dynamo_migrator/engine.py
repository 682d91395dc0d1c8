"""Walks a plan: every step in order, the ledger before and after each. Decides nothing itself.

An error before data flows undoes what was made; a later one keeps everything and leaves the phase `failed` with the
reason in the ledger. So does a fault of AWS that lasted: undoing would meet it too, and what was asked for last may yet
be done, and would be left behind. An interruption (lease lost, engine gone, time spent) changes nothing: the next `up`
goes on from there, or another has gone on already.
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


class LastedError(MigratorError):
    """AWS limited, failed or was out of reach for longer than that is borne. The next `up` goes on from there."""

    def __init__(self, error: MigratorError, where: str) -> None:
        super().__init__(
            f"{error.what}\n  This went on for as long as it is borne. It stands at {where}",
            now="run `pulumi up` again when it has passed: it continues there. What is served is served as before.",
        )

    @property
    def passing(self) -> bool:
        """That is what it is about."""
        return True


def carry_out(plan: Plan, site: Site, *, asked: str) -> Outcome:
    """Apply every step; `asked` (the description, as text) is recorded once all are done and no plan follows."""
    where = "the beginning"
    try:
        if plan.route is not Route.NOTHING:
            site.record(phase=_working(site), error=None)
        for number, step in enumerate(plan.steps, start=1):
            where = f"step {number} of {len(plan.steps)}: {step.describe()}"
            site.guard()
            site.listener.progress(Progress(step.describe()))
            step.apply(site)
    except SpentError as error:
        site.listener.warn(f"{error.what} {error.now}")
        return Outcome(spent=True)
    except (InterruptedMigrationError, LeaseLostError, LedgerConflictError) as error:
        return Outcome(error)
    except MigratorError as error:
        return Outcome(_after_failure(site, LastedError(error, where) if error.passing else error))
    if not plan.again:
        settle(plan, site, asked=asked)
    return Outcome()


def _working(site: Site) -> Phase:
    """A held migration stays held while settings are changed in place beside it."""
    if site.entry.phase in (Phase.HELD, Phase.NEW):
        return site.entry.phase
    return Phase.MIGRATING


def _after_failure(site: Site, error: MigratorError) -> MigratorError:
    """Undo a migration whose data does not flow yet, unless it is AWS that fails; record where it stands otherwise."""
    told = error
    migration = site.entry.migration
    if migration is not None and migration.stage is Stage.PLANNED and not error.passing:
        table = site.entry.version(migration.target).table
        try:
            Abandon(table, migration.objects.function).apply(site)
        except MigratorError as second:
            told = MigratorError(
                f"{error.what}\n  undoing it failed as well: {second.what}", now=error.now or second.now
            )
    try:
        site.record(phase=Phase.FAILED, error=str(told))
    except MigratorError as second:
        return MigratorError(f"{told.what}\n  the ledger could not be told: {second.what}", now=told.now or second.now)
    return told
