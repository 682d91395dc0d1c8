"""What happens at each call of Pulumi's engine: check, create, update, read, delete. Bags in, bags out; no Pulumi types.

`check` may only read. `create` and `update` are one thing: look, plan, take the lease, walk. An expected stop comes back as
outputs with the phase `failed`, never as an exception, so that Pulumi saves where it stands.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pulumi_dynamo_migrator.aws.doors import Doors, connect
from pulumi_dynamo_migrator.console import Console
from pulumi_dynamo_migrator.engine import Outcome, carry_out
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.look import look
from pulumi_dynamo_migrator.model.history import Entry, MigrationRecord
from pulumi_dynamo_migrator.model.names import Identity, drawn_base_name
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.model.spec import Spec, Structure
from pulumi_dynamo_migrator.outputs import outputs
from pulumi_dynamo_migrator.plan.plan import Plan, Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.render import as_property, hazards, text
from pulumi_dynamo_migrator.props import asked_text, parse
from pulumi_dynamo_migrator.shapes import normalise
from pulumi_dynamo_migrator.steps.destroy import Destroy
from pulumi_dynamo_migrator.steps.step import Site
from pulumi_dynamo_migrator.system import SystemClock, timing_from_environment
from pulumi_dynamo_migrator.tenure import Tenure
from pulumi_dynamo_migrator.unknowns import unknown_names

Bag = Mapping[str, Any]


def _connect(configuration: Bag, inputs: Bag) -> Doors:
    return connect(configuration, inputs, clock=SystemClock(), timing=timing_from_environment())


def check(olds: Bag, news: Bag, *, configuration: Bag) -> tuple[dict[str, Any], list[str]]:
    """The inputs to keep, with the plan in them, and every reason against them."""
    inputs = _inputs(olds, news)
    dry = bool(news.get("_dry"))
    console = Console(str(news.get("__urn") or ""))
    unknown = unknown_names(inputs)
    if unknown:
        if dry:
            console.note(f"plan: known when {', '.join(unknown)} {'is' if len(unknown) == 1 else 'are'} known")
        return inputs, []
    parsed = parse(inputs)
    if parsed.spec is None:
        return inputs, list(parsed.problems)
    try:
        plan = _plan_for(parsed.spec, inputs, configuration)
    except MigratorError as error:
        return inputs, [str(error)]
    if plan.route is Route.REFUSED:
        return inputs, list(plan.refusals)
    if not plan.empty:
        inputs["plan"] = as_property(plan)
        if dry:
            _show(plan, console)
    return inputs, []


def _inputs(olds: Bag, news: Bag) -> dict[str, Any]:
    visible = normalise({key: value for key, value in news.items() if not key.startswith("_") and key != "plan"})
    hidden = {key: news[key] for key in ("__urn", "__aws", "__unknown") if news.get(key) is not None}
    kept = {"plan": olds["plan"]} if olds.get("plan") is not None else {}
    return {**visible, **hidden, **kept}


def _plan_for(spec: Spec, inputs: Bag, configuration: Bag) -> Plan:
    identity = Identity(str(inputs["__urn"]))
    doors = _connect(configuration, inputs)
    entry = doors.ledger.find(identity.urn)
    return make_plan(spec, look(spec, identity, doors, entry))


def _show(plan: Plan, console: Console) -> None:
    for hazard in hazards(plan):
        console.warn(hazard)
    console.note(text(plan))


def create(props: Bag, *, configuration: Bag) -> tuple[str, dict[str, Any]]:
    """Take up or begin the resource; the id names the registration, so that an older one cannot delete a newer one's tables."""
    identity = Identity(str(props["__urn"]))
    doors = _connect(configuration, props)
    entry = _register(doors, identity, props)
    return f"{entry.id}/{entry.generation}", _converge(entry, props, doors)


def update(_id: str, props: Bag, *, configuration: Bag) -> dict[str, Any]:
    """Bring AWS to what is asked."""
    identity = Identity(str(props["__urn"]))
    doors = _connect(configuration, props)
    entry = doors.ledger.read(entry_id(_id))
    if entry is None:
        raise MigratorError(
            f"The ledger has no entry {entry_id(_id)} in this account and region.",
            now="check region and credentials; if the control table was deleted, take the table over again with adopt=.",
        )
    if entry.urn != identity.urn:
        doors.ledger.point(identity.urn, entry)
        entry = doors.ledger.save(replace(entry, urn=identity.urn))
    return _converge(entry, props, doors)


def entry_id(id_: str) -> str:
    """The ledger's name of a Pulumi id."""
    return id_.rpartition("/")[0]


def _register(doors: Doors, identity: Identity, props: Bag) -> Entry:
    """The entry, new or taken up; a registration has a number, so that an older one's `delete` is told apart."""
    entry = doors.ledger.find(identity.urn)
    if entry is not None:
        return doors.ledger.save(replace(entry, generation=entry.generation + 1))
    return doors.ledger.create(
        Entry(
            id=identity.entry_id,
            urn=identity.urn,
            project=identity.project,
            stack=identity.stack,
            base_name=_base_name(props, identity),
            generation=1,
            phase=Phase.NEW,
        )
    )


def _base_name(props: Bag, identity: Identity) -> str:
    named = props.get("adopt") or props.get("name")
    return str(named) if named else drawn_base_name(identity.resource, secrets.token_hex(4))


def _converge(entry: Entry, props: Bag, doors: Doors) -> dict[str, Any]:
    parsed = parse(props)
    if parsed.spec is None:
        raise MigratorError("; ".join(parsed.problems))
    console = Console(entry.urn)
    timing, clock = timing_from_environment(), SystemClock()
    outcome = Outcome()
    try:
        lease = doors.ledger.acquire(entry.id)
    except MigratorError as error:
        return _outputs(replace(entry, phase=Phase.FAILED, error=str(error)), props, doors)
    tenure = Tenure(
        lambda: doors.ledger.renew(lease),
        lambda: doors.ledger.release(lease),
        clock=clock,
        timing=timing,
        orphaned=lambda: console.gone,
        wait_for=parsed.spec.options.wait_for,
    )
    with tenure:
        entry = doors.ledger.read(entry.id) or entry
        site = Site(entry, parsed.spec, doors.at_work(clock=clock, timing=timing, guard=tenure.guard), clock, timing, console, tenure.guard, lease)
        plan = make_plan(parsed.spec, look(parsed.spec, Identity(entry.urn), doors, entry))
        if plan.route is Route.REFUSED:
            reasons = "\n".join(plan.refusals)
            return _outputs(replace(entry, phase=Phase.FAILED, error=reasons), props, doors)
        outcome = carry_out(plan, site, asked=asked_text(props, parsed.spec))
        if outcome.error is None and not plan.empty:
            console.note(_summary(plan, site))
    entry = site.entry
    if outcome.error is not None:
        entry = replace(entry, phase=Phase.FAILED, error=str(outcome.error))
    return _outputs(entry, props, doors)


def _summary(plan: Plan, site: Site) -> str:
    entry = site.entry
    lines = [f"done: {plan.headline}" if entry.phase is Phase.READY else f"{entry.phase}: {plan.headline}"]
    if plan.route in (Route.SUCCESSOR, Route.RESUME) and entry.history and entry.history[-1].items is not None:
        row = entry.history[-1]
        lines.append(f"  version {row.version}, table {row.table}: {row.items:,} items, verified {row.verified}")
        lines.append(f"  {site.entry.version(entry.feeds[-1].source).table} still feeds it; late writes there go on arriving")
    return "\n".join(lines)


def _outputs(entry: Entry, props: Bag, doors: Doors) -> dict[str, Any]:
    served = doors.tables.describe(entry.serving.table) if entry.serving is not None else None
    return outputs(
        entry,
        served,
        props,
        stream_arns=_stream_arns(entry, doors),
        conflicts=sum(doors.ledger.migration(one.id).conflict_count() for one in entry.feeds),
        failed_items=sum(doors.ledger.migration(one.id).failed_count() for one in _migrations(entry)),
    )


def _migrations(entry: Entry) -> tuple[MigrationRecord, ...]:
    return entry.feeds if entry.migration is None else (*entry.feeds, entry.migration)


def _stream_arns(entry: Entry, doors: Doors) -> dict[str, str]:
    """The streams that are on, by version: what consumers need to move from one to the next."""
    seen = {version.number: doors.tables.describe(version.table) for version in entry.versions}
    return {
        str(number): table.stream.latest_arn
        for number, table in seen.items()
        if table is not None and table.stream.enabled and table.stream.latest_arn
    }


def read(id_: str, props: Bag, *, configuration: Bag) -> tuple[str | None, dict[str, Any], dict[str, Any] | None]:
    """The outputs as they are now, and as inputs what AWS has and the program did not ask."""
    from pulumi_dynamo_migrator.drift import drifted

    doors = _connect(configuration, props)
    entry = doors.ledger.read(entry_id(id_))
    console = Console(str(props.get("__urn") or ""))
    if entry is None or entry.serving is None:
        name = str(props.get("name") or "")
        if not name or doors.tables.describe(name) is None:
            return None, dict(props), None
        console.warn(f"the ledger has no entry {entry_id(id_)}, yet the table {name} is there: check account and region")
        return id_, dict(props), None
    served = doors.tables.observe(entry.serving.table)
    if served is None:
        console.warn(f"the table {entry.serving.table} (version {entry.served}) is gone: it was deleted behind Pulumi's back")
        lost = replace(entry, phase=Phase.LOST, error=f"the table {entry.serving.table} is gone")
        return id_, {**_outputs(lost, props, doors), "__asked": "lost"}, None
    return id_, *drifted(entry, served, props, _outputs(entry, props, doors))


def delete(id_: str, props: Bag, *, configuration: Bag) -> None:
    """Remove what was made, unless a newer registration of the same resource holds it now."""
    doors = _connect(configuration, props)
    entry = doors.ledger.read(entry_id(id_))
    console = Console(str(props.get("__urn") or (entry.urn if entry else "")))
    if entry is None:
        return
    if str(entry.generation) != id_.rpartition("/")[2]:
        console.note(f"kept: the tables belong to a newer registration of this resource ({entry.id}/{entry.generation})")
        return
    timing, clock = timing_from_environment(), SystemClock()
    parsed = parse(props)
    spec = parsed.spec or _empty_spec(entry)
    try:
        lease = doors.ledger.acquire(entry.id)
        tenure = Tenure(
            lambda: doors.ledger.renew(lease),
            lambda: None,
            clock=clock,
            timing=timing,
            orphaned=lambda: console.gone,
        )
        with tenure:
            site = Site(entry, spec, doors.at_work(clock=clock, timing=timing, guard=tenure.guard), clock, timing, console, tenure.guard, lease)
            Destroy().apply(site)
    except MigratorError as error:
        console.error(str(error))
        raise


def _empty_spec(entry: Entry) -> Spec:
    """For a destroy whose last inputs cannot be read: nothing of them is needed but that nothing is asked."""
    return Spec(Structure(hash_key="", range_key=None, attributes=()), name=entry.base_name)
