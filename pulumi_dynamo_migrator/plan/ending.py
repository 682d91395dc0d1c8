"""From the copy to the outputs: which steps, and whether they end in a hold, a hand-over or a fenced cut-over. Pure."""

from __future__ import annotations

from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.model.history import Entry, MigrationRecord
from pulumi_dynamo_migrator.model.names import version_table
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.model.spec import Spec
from pulumi_dynamo_migrator.replicate.config import BOTH_IMAGES
from pulumi_dynamo_migrator.steps.backfill import Backfill
from pulumi_dynamo_migrator.steps.close import Close
from pulumi_dynamo_migrator.steps.cut_over_fenced import CutOverFenced, Freeze
from pulumi_dynamo_migrator.steps.finish import Finish
from pulumi_dynamo_migrator.steps.hand_over import HandOver
from pulumi_dynamo_migrator.steps.hold import Hold
from pulumi_dynamo_migrator.steps.step import Step
from pulumi_dynamo_migrator.steps.verify import Verify

PINNED = (
    "serve={served} pins version {served}: {target} is copied, verified and kept in step. Take serve= out, or say "
    "serve={number}, to cut over."
)


UNSEEN = (
    "the source's stream ({view}) has no old images, by which a late write could be told from a newer one: {target} is "
    "kept in step, and served only behind a fence. Say Migration(fence=True)."
)


def data_steps(
    spec: Spec, entry: Entry, source: ObservedTable, record: MigrationRecord, *, table: str
) -> tuple[Step, ...]:
    """From the copy to the outputs. The place of a step in it is what a resumed plan counts by."""
    hold = hold_reason(spec, entry, record)
    fenced = record.stage is Stage.FLIPPED or (spec.options.fence and record.stage is not Stage.LATE)
    repair = spec.options.fence and record.meeting is Meeting.MAY_MEET
    copy: tuple[Step, ...] = (
        Backfill(source.name, table, source.items),
        Close(table, record.raised),
        Verify(source.name, table, repair=repair, noting=not (hold or fenced)),
    )
    if hold:
        return (*copy, Hold(hold))
    if fenced:
        cut = CutOverFenced(source.name, table, record.target)
        old = entry.version(record.source).table  # once the outputs have moved, `source` is what they name
        return (*copy, cut, Freeze(old, record.objects.function), Finish(table))
    return (*copy, HandOver(source.name, table, record.target), Finish(table))


def hold_reason(spec: Spec, entry: Entry, record: MigrationRecord) -> str:
    """Why the successor is not to be served, if so; nothing holds one that is served already."""
    if record.stage.served:
        return ""
    target = version_table(record.base_name, record.target)
    if pinned(spec, entry):
        return PINNED.format(served=entry.served, target=target, number=record.target)
    if record.meeting is Meeting.MAY_MEET and not spec.options.fence:
        return record.may_meet or record.hold
    if record.view != BOTH_IMAGES and not spec.options.fence:
        return UNSEEN.format(view=record.view, target=target)
    return ""


def pinned(spec: Spec, entry: Entry) -> bool:
    """Whether the program holds the version that is served now."""
    return spec.serve is not None and spec.serve == entry.served


def fed(spec: Spec, entry: Entry) -> list[str]:
    """Why the served version may not be fenced, if so: it would stop what still flows into it from an older one."""
    feeding = [feed.source for feed in entry.feeds if feed.target == entry.served and feed.ended_at is None]
    there = {version.number for version in entry.versions}
    feeding += [feed.source for feed in entry.older if feed.target == entry.served and feed.source in there]
    if not spec.options.fence or not feeding or entry.serving is None:
        return []
    reason = (
        f"fence=True: version {feeding[0]} still feeds {entry.serving.table}, and a fence would refuse what comes from "
        f"it: retire version {feeding[0]} first, or cut over without a fence."
    )
    return [reason]
