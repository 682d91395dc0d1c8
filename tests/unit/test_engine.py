"""What a walk leaves behind when it succeeds, fails or is interrupted, before and after data flows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.aws.ledger import Lease, LeaseLostError, LedgerConflictError
from pulumi_dynamo_migrator.aws.ledger.owner import Owner
from pulumi_dynamo_migrator.engine import Outcome, carry_out
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.lifecycle.tenure import InterruptedMigrationError, SpentError
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.phase import Phase, Stage
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.steps.step import Site, Step
from tests.fakes.copying import JumpingClock
from tests.fakes.plans import NEW, asks, entry, situation, table, under_way

ASKED = '{"fingerprint": "f", "stated": []}'
FAULT = MigratorError("AWS said no", now="ask again")
THEIRS = Lease("orders-1", "token", 1, Owner("here", "eve", 7), since=0.0, beat=0.0, until=60.0)
GOING = Plan(Route.SUCCESSOR, "go")


@dataclass
class Listener:
    """Keeps what it is told."""

    warned: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def progress(self, moment: Progress) -> None:
        self.seen.append(moment.what)

    def note(self, text: str) -> None:
        self.seen.append(text)

    def warn(self, text: str) -> None:
        self.warned.append(text)


@dataclass
class World:
    """A ledger that keeps every entry written; an AWS with nothing but the source, where `broken` is the answer."""

    saved: list[Entry] = field(default_factory=list)
    did: list[str] = field(default_factory=list)
    broken: MigratorError | None = None

    def save(self, known: Entry, *, lease: object, still: object = None) -> Entry:
        stored = replace(known, revision=known.revision + 1)
        self.saved.append(stored)
        return stored

    def migration(self, _id: str, *, lease: object = None) -> World:
        return self

    def purge(self) -> None:
        self.did.append("purge")

    def describe(self, name: str) -> Any:
        return table() if name == "orders" else None

    def observe(self, name: str) -> Any:
        return self.describe(name)

    def delete(self, name: str) -> None:
        if self.broken is not None:
            raise self.broken
        self.did.append(f"delete role {name}")

    @property
    def doors(self) -> Doors:
        """Every door leads here."""
        return cast(Doors, _Doors(self, self, self, self, _Logs()))


@dataclass
class _Doors:
    ledger: World
    tables: World
    functions: World
    roles: World
    logs: _Logs


class _Logs:
    def delete(self, function: str) -> None:
        """There are none."""


@dataclass(frozen=True)
class Does:
    """A step that does this."""

    act: Callable[[Site], None]

    def describe(self) -> str:
        return "a step"

    def apply(self, site: Site) -> None:
        self.act(site)


def fails(error: MigratorError = FAULT) -> Step:
    def act(_site: Site) -> None:
        raise error

    return Does(act)


def site_of(known: Entry, world: World) -> Site:
    return Site(known, asks(NEW), world.doors, JumpingClock(), Timing(), Listener(), lambda: None)


def walk(known: Entry, *steps: Step, world: World | None = None, plan: Plan = GOING) -> tuple[Outcome, Site, World]:
    world = world or World()
    site = site_of(known, world)
    return carry_out(replace(plan, steps=steps), site, asked=ASKED), site, world


def began(stage: Stage) -> Entry:
    return under_way(make_plan(asks(NEW), situation()), stage)


def test_a_plan_that_is_carried_out_is_recorded_as_asked_and_ready() -> None:
    done: list[str] = []
    outcome, site, _ = walk(entry(error="old"), Does(lambda _: done.append("1")), Does(lambda _: done.append("2")))
    assert (outcome, done) == (Outcome(), ["1", "2"])
    assert (site.entry.phase, site.entry.asked, site.entry.error) == (Phase.READY, ASKED, None)


def test_the_ledger_says_migrating_before_the_first_step() -> None:
    seen: list[Phase] = []
    walk(entry(), Does(lambda site: seen.append(site.entry.phase)))
    assert seen == [Phase.MIGRATING]


def test_a_plan_of_nothing_writes_nothing_twice() -> None:
    nothing = Plan(Route.NOTHING, "as asked")
    assert walk(entry(asked=ASKED), plan=nothing)[2].saved == []
    assert len(walk(entry(), plan=nothing)[2].saved) == 1


def test_a_plan_of_nothing_after_a_failure_settles_it() -> None:
    site = walk(entry(phase=Phase.FAILED, error="no"), plan=Plan(Route.NOTHING, "as asked"))[1]
    assert (site.entry.phase, site.entry.error) == (Phase.READY, None)


def test_what_another_plan_follows_is_not_recorded_as_asked() -> None:
    assert walk(entry(asked="before"), plan=replace(GOING, again=True))[1].entry.asked == "before"


def test_a_held_migration_stays_held_while_settings_change() -> None:
    seen: list[Phase] = []
    held = replace(began(Stage.VERIFIED), phase=Phase.HELD)
    _, site, _ = walk(held, Does(lambda site: seen.append(site.entry.phase)), plan=Plan(Route.IN_PLACE, "change"))
    assert (seen, site.entry.phase) == ([Phase.HELD], Phase.HELD)


def test_a_failure_before_data_flows_undoes_what_was_made() -> None:
    known = began(Stage.PLANNED)
    outcome, site, world = walk(known, fails())
    assert outcome.error is FAULT
    assert (site.entry.phase, site.entry.migration) == (Phase.FAILED, None)
    assert [version.number for version in site.entry.versions] == [1]
    assert site.entry.history[-1].route == "abandoned"
    assert known.migration is not None
    assert world.did == [f"delete role {known.migration.objects.role}", "purge"]
    assert site.entry.error == "AWS said no\n  what now: ask again"


def test_an_undo_that_fails_is_told_beside_the_first_error() -> None:
    outcome, site, _ = walk(began(Stage.PLANNED), fails(), world=World(broken=MigratorError("role in use")))
    assert "AWS said no\n  undoing it failed as well: role in use" in str(outcome.error)
    assert site.entry.phase is Phase.FAILED
    assert site.migration.stage is Stage.ABANDONING


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.PLANNED])
def test_a_failure_once_data_flows_keeps_everything_and_says_why(stage: Stage) -> None:
    known = began(stage)
    outcome, site, world = walk(known, fails())
    assert outcome.error is FAULT
    assert (site.entry.phase, site.entry.migration, site.entry.versions) == (
        Phase.FAILED,
        known.migration,
        known.versions,
    )
    assert world.did == []
    assert "AWS said no" in (site.entry.error or "")


def test_a_failure_without_a_migration_is_recorded() -> None:
    _, site, _ = walk(entry(), fails())
    assert (site.entry.phase, site.entry.asked) == (Phase.FAILED, None)


@pytest.mark.parametrize("stage", [Stage.PLANNED, Stage.COPYING])
def test_an_interruption_changes_nothing(stage: Stage) -> None:
    known = began(stage)
    outcome, site, world = walk(known, fails(InterruptedMigrationError("the lease was lost")))
    assert "the lease was lost" in str(outcome.error)
    assert (site.entry.phase, site.entry.migration) == (Phase.MIGRATING, known.migration)
    assert world.did == []


@pytest.mark.parametrize("stage", [Stage.PLANNED, Stage.COPYING])
@pytest.mark.parametrize("error", [LeaseLostError(THEIRS, None), LedgerConflictError(entry(), None, THEIRS)])
def test_whoever_finds_that_another_goes_on_leaves_everything_to_him(stage: Stage, error: MigratorError) -> None:
    """Undoing would take from under the other what he builds on."""
    outcome, _, world = walk(began(stage), fails(error))
    assert outcome.error is error
    assert (world.did, len(world.saved)) == ([], 1)


def test_a_ledger_that_is_anothers_before_the_first_step_is_told_as_well() -> None:
    class Taken(World):
        def save(self, known: Entry, *, lease: object, still: object = None) -> Entry:
            raise LeaseLostError(THEIRS, THEIRS)

    outcome, _, _ = walk(entry(), fails(), world=Taken())
    assert isinstance(outcome.error, LeaseLostError)


def test_a_spent_budget_is_no_error_and_is_said() -> None:
    outcome, site, _ = walk(began(Stage.COPYING), fails(SpentError("The time is spent.", now="run `pulumi up` again")))
    assert outcome == Outcome(spent=True)
    assert cast(Listener, site.listener).warned == ["The time is spent. run `pulumi up` again"]
    assert (site.entry.phase, site.entry.asked) == (Phase.MIGRATING, None)


def test_nothing_is_done_after_the_guard_has_said_no() -> None:
    def refuse() -> None:
        raise InterruptedMigrationError("gone")

    done: list[str] = []
    site = site_of(entry(), World())
    site.guard = refuse
    outcome = carry_out(replace(GOING, steps=(Does(lambda _: done.append("1")),)), site, asked=ASKED)
    assert (str(outcome.error), done) == ("gone", [])


def test_a_bug_is_not_taken_for_a_stop() -> None:
    def bug(_site: Site) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        walk(entry(), Does(bug))


def test_every_step_is_shown_as_it_begins() -> None:
    _, site, _ = walk(entry(), Does(lambda _: None))
    assert cast(Listener, site.listener).seen == ["a step"]
