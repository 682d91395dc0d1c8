"""Which old versions end now, which may not yet, and which may not like this. Pure.

Oldest first, on evidence, and never one that is served (protocol, section 6). What may not yet is *pending*: no error,
and asked again by every `up` from a certain time on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pulumi_dynamo_migrator.model.history import Entry, Pending, RetireStage, Version
from pulumi_dynamo_migrator.model.limits import DAY
from pulumi_dynamo_migrator.model.spec import Retire, Spec
from pulumi_dynamo_migrator.plan.plan import Hazard, Plan, Route, refused
from pulumi_dynamo_migrator.plan.situation import RetireSight, Situation
from pulumi_dynamo_migrator.steps.retire import RetireVersion

THEN = "; then retire "


@dataclass(frozen=True, slots=True)
class _Asked:
    version: Version
    how: Retire

    def __str__(self) -> str:
        return f"version {self.version.number} (table {self.version.table})"


def wanted(retire: tuple[Retire, ...], entry: Entry) -> tuple[tuple[Version, Retire], ...]:
    """The versions that are still there and asked to end, the oldest first; one whose end has begun is always among
    them."""
    found = {one.version.number: one for one in _asked(retire, entry)}
    begun = entry.retirement
    if begun is not None and begun.stage is RetireStage.DISCONNECTED and begun.version not in found:
        found[begun.version] = _Asked(entry.version(begun.version), Retire(begun.version, evidence=0.0))
    return tuple((found[number].version, found[number].how) for number in sorted(found))


def _asked(retire: tuple[Retire, ...], entry: Entry) -> Iterator[_Asked]:
    done = {step.version for step in entry.steps}
    for how in retire:
        if how.step is not None and how.step in done:
            continue
        for version in entry.versions:
            if how.version == version.number or how.table == version.table:
                yield _Asked(version, how)


def with_retirements(plan: Plan, spec: Spec, situation: Situation) -> Plan:
    """`plan`, and after its steps the end of every version that may end now."""
    entry = situation.entry
    if entry is None or plan.route is Route.REFUSED or plan.again:
        return plan
    unknown = _unknown(spec, entry)
    asked = [_Asked(version, how) for version, how in wanted(spec.retire, entry)]
    reasons = [*unknown, *(reason for one in asked for reason in _refusals(one, plan, situation, asked, spec.serve))]
    if reasons:
        return refused(*reasons)
    if not asked:
        return plan
    return _with(plan, situation, asked)


def _with(plan: Plan, situation: Situation, asked: list[_Asked]) -> Plan:
    steps, removes, hazards = list(plan.steps), list(plan.removes), list(plan.hazards)
    pending: list[Pending] = []
    ending: list[_Asked] = []
    for one in asked:
        wait = _wait(one, plan, situation, behind=pending[-1] if pending else None)
        if wait is not None:
            pending.append(wait)
            continue
        sight = _sight(one, situation)
        ending.append(one)
        steps.append(RetireVersion(one.version.number, one.version.table, one.how, sight.removes))
        removes += [f"table {one.version.table}", *sight.removes]
        hazards += _hazards(one, sight)
    found = replace(plan, steps=tuple(steps), pending=tuple(pending), removes=tuple(removes), hazards=tuple(hazards))
    if not ending:
        return found
    words, whys = ", ".join(str(one) for one in ending), tuple(_why(one, situation) for one in ending)
    if plan.empty:
        return replace(
            found, route=Route.RETIRE, headline=f"retire {words}", why=tuple(_why(one, situation) for one in ending)
        )
    return replace(found, headline=f"{plan.headline}{THEN}{words}", why=(*plan.why, *whys))


def ends_last(plan: Plan, *, now: float) -> Plan:
    """The plan without the ends of versions that come after other work: that may take days, in which somebody may have
    written to them. They are pending, and looked at again when it is done."""
    rest = tuple(step for step in plan.steps if not isinstance(step, RetireVersion))
    if not rest or rest == plan.steps:
        return plan
    ends = [step for step in plan.steps if isinstance(step, RetireVersion)]
    waits = (Pending(one.number, one.table, "what else is to be done comes first", float(int(now))) for one in ends)
    return replace(
        plan,
        headline=plan.headline.partition(THEN)[0],
        steps=rest,
        pending=tuple(sorted((*plan.pending, *waits), key=lambda one: one.version)),
    )


def _unknown(spec: Spec, entry: Entry) -> list[str]:
    """What `retire=` names and never was. A script's names are known: a version that it passed over never needs one."""
    numbers = {version.number for version in entry.versions} | {row.version for row in entry.history}
    tables = {version.table for version in entry.versions} | {row.table for row in entry.history}
    return [
        f"retire: there is no {how}; the versions are "
        f"{', '.join(f'{v.number} ({v.table})' for v in entry.versions)}. Correct it, or take it out."
        for how in spec.retire
        if how.step is None and not (how.version in numbers or how.table in tables)
    ]


def _refusals(one: _Asked, plan: Plan, situation: Situation, asked: list[_Asked], serve: int | None) -> Iterator[str]:
    entry, number = situation.entry, one.version.number
    assert entry is not None
    migration = entry.migration
    if number == entry.served:
        if one.how.step is not None and number == serve:
            return  # gone back to: the script cannot be without the step, which waits until one goes forward again
        if plan.becomes in (None, number) and migration is None and plan.route is not Route.SUCCESSOR:
            yield f"retire: {one} is served. Change the program so that another version is, then retire this one."
        return
    if migration is not None and number == migration.target:
        yield f"retire: {one} is being made. Revert the program to abandon it instead."
        return
    first = _older(one, entry, asked)
    if first is not None:
        yield (
            f"retire: {one} is not the oldest: version {first.number} (table {first.table}) feeds what comes after it. "
            f"Retire version {first.number} first, or as well."
        )
    yield from _unsafe(one, _sight(one, situation))


def _older(one: _Asked, entry: Entry, asked: list[_Asked]) -> Version | None:
    """An older version that would be left."""
    ending = {other.version.number for other in asked}
    served = entry.served or 0
    feeding = {feed.source for feed in entry.feeds if feed.ended_at is None} | {feed.source for feed in entry.older}
    if one.version.number > served or (one.version.frozen and one.version.number not in feeding):
        return None  # left behind: it feeds nobody
    left = [v for v in entry.versions if v.number < one.version.number and v.number not in ending]
    return min(left, key=lambda version: version.number, default=None)


def _unsafe(one: _Asked, sight: RetireSight) -> Iterator[str]:
    if sight.table is None:
        return
    if sight.table.settings.deletion_protection:
        yield (
            f"retire: {one} has deletion protection. Switch it off, if it really may go: aws dynamodb update-table "
            f"--table-name {one.version.table} --no-deletion-protection-enabled."
        )
    if sight.failed and not one.version.frozen:
        yield (
            f"retire: {sight.failed} item(s) of {one} were never moved, and it holds the only copy of them. Mend or "
            "delete them there, or copy them by hand; the ledger names them (failed#…)."
        )
    if sight.conflicts and not one.how.accept_conflicts:
        yield (
            f"retire: {sight.conflicts} late change(s) of {one} were kept as conflicts and are on no table. Look at "
            "them in the ledger (conflict#…), put right what must be, then say accept_conflicts=True; their images "
            "stay in the ledger."
        )
    if sight.gaps and not one.how.accept_conflicts:
        yield (
            f"retire: {sight.gaps} batch(es) of late changes to {one} came over 20 h or more after they were made, and "
            "a stream drops what is older than 24 h: changes before them may have been lost. Compare both tables, "
            "put right what must be, then say accept_conflicts=True."
        )
    if sight.stopped:
        yield f"retire: {one} may hold writes that did not go over: {sight.stopped}"


def _wait(one: _Asked, plan: Plan, situation: Situation, *, behind: Pending | None) -> Pending | None:
    """Why it may not end yet, if so; `behind` an older one that may not either."""
    entry = situation.entry
    assert entry is not None
    number = one.version.number
    if number in (entry.served, plan.becomes):
        # Where it stays served, only another program changes that: nobody need ask again every time.
        return _pending(one, "it is served", situation.now + (DAY if number == plan.becomes else 0))
    sight = _sight(one, situation)
    ready = ready_at(one.version, one.how, sight)
    if number == situation.began:
        return _pending(one, "it was served when this `up` began", max(ready, situation.now))
    if behind is not None:
        return _pending(one, "an older version has to go first", max(ready, behind.not_before))
    if ready > situation.now:
        return _pending(one, _seen(sight, one.how), ready)
    return None


def ready_at(version: Version, how: Retire, sight: RetireSight) -> float:
    """When the evidence is complete: that long without a write, watched all the time."""
    if sight.table is None or version.frozen:
        return 0.0
    return max(sight.last_write or 0.0, sight.watched_since or 0.0) + how.evidence


def _seen(sight: RetireSight, how: Retire) -> str:
    window = _span(how.evidence)
    if sight.last_write is not None and sight.last_write >= (sight.watched_since or 0.0):
        return f"it was written to at {time_text(sight.last_write)}, and must have seen no write for {window}"
    return f"it is watched since {time_text(sight.watched_since or 0.0)}, and must have seen no write for {window}"


def _pending(one: _Asked, why: str, not_before: float) -> Pending:
    return Pending(one.version.number, one.version.table, why, float(int(not_before + 0.999)))


def _why(one: _Asked, situation: Situation) -> str:
    sight = _sight(one, situation)
    if sight.table is None:
        return f"{one} is gone already: what was made for it is taken away"
    if one.version.frozen:
        return f"{one} is asked to end; writes to it are denied since the cut-over"
    return f"{one} is asked to end; nothing was written to it for {_span(one.how.evidence)}"


def _hazards(one: _Asked, sight: RetireSight) -> Iterator[Hazard]:
    if sight.table is None:
        return
    kept = "its backup stays" if one.how.backup else "no backup is taken (backup=False)"
    yield Hazard(
        f"{one} is deleted with about {sight.table.items:,} items; {kept}, and whoever still reads it by name fails",
        "see that no application, dashboard or job names it",
    )
    if sight.failed:
        yield Hazard(
            f"{sight.failed} item(s) of {one} were never moved, as accept_failed_items=True allowed; they go with it",
            "copy what you need of them by hand first; the ledger names them (failed#…) and keeps their images",
        )
    if not one.version.ours:
        yield Hazard(
            f"{one} was there before this resource adopted it",
            "leave it out of retire= if something else owns it",
        )
    if sight.readers:
        yield Hazard(
            f"the stream of {one} has readers that we can see: {', '.join(sight.readers)}",
            "move them to the served version's stream first (the output stream_arns)",
        )


def _sight(one: _Asked, situation: Situation) -> RetireSight:
    for sight in situation.retiring:
        if sight.version == one.version.number:
            return sight
    raise LookupError(f"{one} was not looked at")


def time_text(seconds: float) -> str:
    """A moment, for people."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _span(seconds: float) -> str:
    if seconds % 3600 == 0 and seconds:
        return f"{int(seconds // 3600)} h"
    return f"{seconds:g} s"
