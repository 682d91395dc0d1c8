"""What the ledger says once a plan was carried out: settled, as asked, which steps of a script are done, what is
pending.

A step of a script is done when the whole description is: not while a version is held. The end of an old version is done
when that version has ended. Nothing is written where nothing changes.
"""

from __future__ import annotations

from dataclasses import replace

from pulumi_dynamo_migrator.model.history import AppliedStep, Entry, HistoryRow, Retirement, RetireStage
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.model.spec import Script, ScriptStep
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.script import todo
from pulumi_dynamo_migrator.steps.stamp import stamp
from pulumi_dynamo_migrator.steps.step import Site


def settle(plan: Plan, site: Site, *, asked: str) -> None:
    """Record the end of a plan that no other plan follows."""
    entry = site.entry
    held = entry.phase is Phase.HELD and entry.migration is not None
    settled = replace(
        entry,
        phase=Phase.HELD if held else Phase.READY,
        asked=asked,
        error=None,
        pending=plan.pending,
        retirement=_gone_on_with(entry),
    )
    if site.spec.script is not None:
        settled = with_steps(settled, site.spec.script, plan, at=stamp(site.clock))
    if settled != entry:
        site.record(
            phase=settled.phase,
            asked=asked,
            error=None,
            pending=settled.pending,
            retirement=settled.retirement,
            steps=settled.steps,
            history=settled.history,
        )


def _gone_on_with(entry: Entry) -> Retirement | None:
    """An end that was begun, but for one that came no further than its fence: nobody has asked for it again."""
    begun = entry.retirement
    return None if begun is None or begun.stage is RetireStage.FENCED else begun


def with_steps(entry: Entry, script: Script, plan: Plan, *, at: str) -> Entry:
    """The entry with every step that is done now, and a row of the history for each."""
    tables = {version.table for version in entry.versions}
    for step in todo(script, entry):
        ended = step.retires and _ended(step, tables=tables)
        if ended or (plan.complete and not step.retires):
            entry = _with_step(entry, step, plan, at=at)
    return entry


def _ended(step: ScriptStep, *, tables: set[str]) -> bool:
    """Whether the version that the step ends is no more (on a new stack it never was)."""
    return step.table not in tables


def _with_step(entry: Entry, step: ScriptStep, plan: Plan, *, at: str) -> Entry:
    serving = entry.serving
    table = step.table if step.retires and step.table else serving.table if serving is not None else entry.base_name
    done = AppliedStep(step.version, step.operation, step.fingerprint, at, table, step.where)
    return replace(entry, steps=(*entry.steps, done), history=_rows(entry, step, plan, table=table, at=at))


def _rows(entry: Entry, step: ScriptStep, plan: Plan, *, table: str, at: str) -> tuple[HistoryRow, ...]:
    """The row of the step's own version, which names the operation then; or a new one."""
    rows = list(entry.history)
    for place, row in enumerate(rows):
        if row.version == step.version and row.operation is None and row.route != "abandoned" and row.table == table:
            rows[place] = replace(row, operation=step.operation)
            return tuple(rows)
    route, source = _route(entry, step, plan)
    row = HistoryRow(
        step.version,
        table,
        route,
        at,
        finished_at=at,
        operation=step.operation,
        source=source,
        why="" if plan.empty else plan.headline,
    )
    place = next((n for n, other in enumerate(rows) if route == f"in version {other.version}"), len(rows))
    return (*rows[:place], row, *rows[place:])


def _route(entry: Entry, step: ScriptStep, plan: Plan) -> tuple[str, str | None]:
    """How the step came about: with the table that was made for a later one, or in place."""
    made = max((row.version for row in entry.history if row.route in ("create", "successor")), default=0)
    if step.retires:
        return "retire", None
    if step.version < made or plan.route is Route.CREATE:
        feed = entry.feed_to(made)
        tables = {row.version: row.table for row in entry.history}
        return f"in version {made}", None if feed is None else tables.get(feed.source)
    return "in place", None
