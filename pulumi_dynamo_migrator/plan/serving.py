"""Which version is to be served, where the program pins one: held there, or gone back to. Pure.

After a hand-over what is written to the newer version does not flow to the older one: going back leaves it behind, and
is refused unless the user says that it may be lost. The newer version is then frozen, never served again: going forward
makes a new successor.
"""

from __future__ import annotations

from pulumi_dynamo_migrator.model.history import Entry, MigrationRecord, RetireStage, Version
from pulumi_dynamo_migrator.model.spec import Spec
from pulumi_dynamo_migrator.plan.left import leads_to_left
from pulumi_dynamo_migrator.plan.plan import Hazard, Plan, Route, refused
from pulumi_dynamo_migrator.plan.retiring import time_text
from pulumi_dynamo_migrator.plan.situation import Situation
from pulumi_dynamo_migrator.steps.go_back import GoBack, Thaw


def serving_plan(spec: Spec, situation: Situation, *, next_number: int) -> Plan | None:
    """The plan where `serve=` decides it: a way back, or a refusal; None where it lets the rest be planned."""
    entry = situation.entry
    assert entry is not None
    if entry.migration is None and entry.serving is not None and _to_thaw(entry):
        return _thaw(entry)
    if spec.serve is None or spec.serve == entry.served:
        return None
    known = {version.number for version in entry.versions}
    making = next_number if entry.migration is None else entry.migration.target
    if spec.serve == making:
        return None
    if spec.serve not in known or spec.serve > (entry.served or 0):
        return refused(_no_such(spec.serve, entry))
    return _back(spec, situation, entry)


def _no_such(number: int, entry: Entry) -> str:
    frozen = [version for version in entry.versions if version.number == number and version.frozen]
    if frozen:
        return (
            f"serve={number}: version {number} (table {frozen[0].table}) was left when version {entry.served} was "
            "served again, and lacks what was written since. Take serve= out: the change makes a new successor."
        )
    return (
        f"serve={number}: there is no such version to serve; version {entry.served} is served, and there are "
        f"{', '.join(str(v.number) for v in entry.versions)}. Correct the number, or take serve= out."
    )


def _back(spec: Spec, situation: Situation, entry: Entry) -> Plan:
    feed = entry.feed_to(entry.served)
    newer = entry.serving
    assert newer is not None
    if entry.migration is not None:
        return refused(
            f"serve={spec.serve}: a migration to version {entry.migration.target} is under way. Revert the program to "
            "abandon it first, then go back."
        )
    if feed is None or feed.source != spec.serve:
        before = "none" if feed is None else str(feed.source)
        return refused(
            f"serve={spec.serve}: one goes back one version at a time, and the one before version {entry.served} is "
            f"{before}. Say serve={before}, or take serve= out."
        )
    older = entry.version(feed.source)
    begun = entry.retirement
    if begun is not None and (begun.version, begun.stage) == (older.number, RetireStage.DISCONNECTED):
        return refused(_ending(older, entry))
    if any(how.step is None and (how.version == older.number or how.table == older.table) for how in spec.retire):
        return refused(
            f"serve={spec.serve}: retire= asks version {older.number} (table {older.table}) to end. Take it out there, "
            "or take serve= out."
        )
    if not spec.options.accept_loss:
        return refused(_loss(feed, older, newer, written=situation.written))
    return Plan(
        Route.SERVE,
        f"serve version {older.number} ({older.table}) again; version {newer.number} ({newer.table}) is frozen, and "
        "what was written to it since the cut-over stays behind",
        why=(f"serve={older.number} and accept_loss=True",),
        steps=(GoBack(newer.table, older.table, older.number), Thaw(older.table)),
        removes=() if feed.ended_at else (f"function {feed.objects.function} with its mapping and role",),
        hazards=(
            Hazard(
                f"everything that was written to {newer.table} alone is not in {older.table}: "
                f"{_amount(feed, newer, situation.written)}",
                "copy what you need from the frozen table by hand; it stays until it is retired",
            ),
            Hazard(
                f"writes to {newer.table} are denied from then on",
                "deploy the applications with the outputs of this `pulumi up`",
            ),
        ),
        served=newer.number,
        becomes=older.number,
        again=True,
    )


def _ending(older: Version, entry: Entry) -> str:
    return (
        f"serve={older.number}: the end of version {older.number} (table {older.table}) has begun, and what was made "
        f"for it is being taken away. Take serve= out: `pulumi up` finishes that, and version {entry.served} goes on "
        "being served."
    )


def _loss(feed: MigrationRecord, older: Version, newer: Version, *, written: float | None) -> str:
    return (
        f"serve={older.number}: version {newer.number} (table {newer.table}) is served, and what was written to it "
        f"does not flow back to {older.table}: {_amount(feed, newer, written)}. To go back and leave that behind, say "
        "Migration(accept_loss=True)."
    )


def _amount(feed: MigrationRecord, newer: Version, written: float | None) -> str:
    since = "" if feed.flipped_at is None else f" since {time_text(feed.flipped_at)}"
    if written is None:
        return f"how much was written to {newer.table}{since} is not known (CloudWatch has no figure)"
    return (
        f"{newer.table} has consumed {written:,.0f} write units{since} (CloudWatch; what late writes to "
        "the old table brought is among them)"
    )


def _to_thaw(entry: Entry) -> bool:
    """Whether a way back was cut after its flip: what is served is still frozen, or fed by nobody's wish."""
    assert entry.serving is not None
    return entry.serving.frozen or any(leads_to_left(feed, entry) for feed in entry.feeds)


def _thaw(entry: Entry) -> Plan:
    serving = entry.serving
    assert serving is not None
    return Plan(
        Route.RESUME,
        f"finish going back to version {serving.number} ({serving.table})",
        why=("the last `pulumi up` ended before it was done",),
        steps=(Thaw(serving.table),),
        served=entry.served,
        becomes=entry.served,
        again=True,
    )
