"""Pulumi's `create` and `update`, which are one thing: take the lease, look, plan, walk the plan.

An expected stop comes back as outputs with the phase `failed`, never as an exception, so that Pulumi saves where it
stands; the resource's after hook then fails the `up` with the reason.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.aws.ledger import LeaseHeldError, LeaseLostError, LedgerConflictError
from pulumi_dynamo_migrator.bags.outputs import all_outputs
from pulumi_dynamo_migrator.bags.props import asked_text, parse
from pulumi_dynamo_migrator.console import Console
from pulumi_dynamo_migrator.engine import carry_out
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.lifecycle.conflicts import conflict_texts
from pulumi_dynamo_migrator.lifecycle.look import look
from pulumi_dynamo_migrator.lifecycle.tenure import InterruptedMigrationError
from pulumi_dynamo_migrator.lifecycle.work import at_work, entry_id, open_doors
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.names import Identity, drawn_base_name
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.model.spec import Spec
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.render import pending_text
from pulumi_dynamo_migrator.plan.retiring import ends_last
from pulumi_dynamo_migrator.steps.step import Site

Bag = Mapping[str, Any]


def create(props: Bag, *, configuration: Bag) -> tuple[str, dict[str, Any]]:
    """Begin the resource, or take it up where the ledger knows it."""
    return begin(props, open_doors(configuration, props))


def begin(props: Bag, doors: Doors) -> tuple[str, dict[str, Any]]:
    """The same, through these doors."""
    identity = Identity(str(props["__urn"]))
    entry = _register(doors, identity, props)
    return f"{entry.id}/{entry.generation}", _converge(entry, props, doors)


def update(id_: str, props: Bag, *, configuration: Bag) -> dict[str, Any]:
    """Bring AWS to what is asked."""
    return go_on(id_, props, open_doors(configuration, props))


def go_on(id_: str, props: Bag, doors: Doors) -> dict[str, Any]:
    """The same, through these doors."""
    identity = Identity(str(props["__urn"]))
    entry = doors.ledger.read(entry_id(id_))
    if entry is None:
        raise MigratorError(
            f"The ledger has no entry {entry_id(id_)} in this account and region.",
            now=(
                "check region and credentials; if the control table was deleted, take the table over again with adopt=."
            ),
        )
    if entry.urn != identity.urn:
        doors.ledger.point(identity.urn, entry)
        entry = doors.ledger.save(replace(entry, urn=identity.urn))
    return _converge(entry, props, doors)


def _register(doors: Doors, identity: Identity, props: Bag) -> Entry:
    """The entry, new or taken up; a registration has a number, so that an older one's `delete` is told apart."""
    entry = doors.ledger.find(identity.urn)
    if entry is not None and entry.urn != identity.urn:
        raise MigratorError(
            f"The ledger's entry {entry.id} was begun under this name and belongs to {entry.urn} since a rename.",
            now="give this resource another name in the program: the two would share one table.",
        )
    if entry is not None:
        return doors.ledger.save(replace(entry, generation=entry.generation + 1))
    named = props.get("adopt") or props.get("name")
    return doors.ledger.create(
        Entry(
            id=identity.entry_id,
            urn=identity.urn,
            project=identity.project,
            stack=identity.stack,
            base_name=str(named) if named else drawn_base_name(identity.resource, secrets.token_hex(4)),
            generation=1,
            phase=Phase.NEW,
        )
    )


def _converge(entry: Entry, props: Bag, doors: Doors) -> dict[str, Any]:
    parsed = parse(props)
    if parsed.spec is None:
        raise MigratorError("; ".join(parsed.problems))
    console = Console(entry.urn)
    try:
        with at_work(entry, parsed.spec, doors=doors, console=console) as site:
            for text in conflict_texts(site.entry, doors):
                console.warn(text)
            error = _walk(site, parsed.spec, props, console, began=site.entry.told)
            entry = site.entry
    except (LeaseHeldError, LeaseLostError, LedgerConflictError, InterruptedMigrationError) as stopped:
        error = stopped
    if error is not None:
        entry = replace(entry, phase=Phase.FAILED, error=str(error))
    try:
        return all_outputs(entry, props, doors)
    except MigratorError as second:
        if error is None:
            raise
        raise MigratorError(f"{error.what}\n  the outputs could not be read: {second.what}", now=error.now) from error


def _walk(
    site: Site, spec: Spec, props: Bag, console: Console, *, began: int | None, looked_again: bool = False
) -> MigratorError | None:
    """Plan under the lease and carry it out, again where the plan says so; why it stopped, if it did.

    What is pending is looked at once more after other work, and not for ever: that work may be planned every time.
    """
    seen = look(spec, Identity(site.entry.urn), site.doors, site.entry, now=site.clock.now(), began=began)
    plan = ends_last(make_plan(spec, seen), now=site.clock.now())
    if plan.route is Route.REFUSED:
        return MigratorError("\n".join(plan.refusals))
    outcome = carry_out(plan, site, asked=asked_text(props, spec))
    if outcome.error is None and not plan.empty:
        console.note(_summary(plan, site, spent=outcome.spent))
    if outcome.error is not None or outcome.spent:
        return outcome.error
    waiting = bool(plan.steps and plan.pending) and not looked_again
    if plan.again or waiting:
        return _walk(site, spec, props, console, began=began, looked_again=waiting or looked_again)
    if site.entry.moved_from is not None:
        site.record(moved_from=None)
    for one in plan.pending:
        console.note(pending_text(one))
    return None


def _summary(plan: Plan, site: Site, *, spent: bool) -> str:
    entry = site.entry
    word = "not done yet" if spent else "held" if entry.phase is Phase.HELD else "done"
    lines = [f"{word}: {plan.headline}"]
    row = next((one for one in reversed(entry.history) if one.version == plan.becomes and one.verified), None)
    if plan.becomes != plan.served and row is not None and entry.feeds and not spent:
        feed = entry.feeds[-1]
        lines.append(f"  version {row.version}, table {row.table}: {row.items or 0:,} items, verified {row.verified}")
        tables = {version.number: version.table for version in entry.versions}
        if feed.ended_at is None:
            lines.append(f"  writes that still go to {tables.get(feed.source)} go on arriving there")
        else:
            lines.append(f"  writes to {tables.get(feed.source)} are denied from now on")
    return "\n".join(lines)
