"""Our own data path, through the doors that `pulumi up` uses: real ledger, real retries, real checkpoints."""

from __future__ import annotations

from hashlib import blake2b

from benchmarks.site import CONVERSION, Site, Work, source, target
from pulumi_dynamo_migrator.aws.doors import Doors, connect
from pulumi_dynamo_migrator.backfill.job import BackfillJob
from pulumi_dynamo_migrator.backfill.meter import Tell
from pulumi_dynamo_migrator.backfill.run import run_backfill
from pulumi_dynamo_migrator.conversion.chain import Chain, SourceLink
from pulumi_dynamo_migrator.conversion.keys import KeySchema, TargetShape
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.conversion.source import CapturedSource
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.system import SystemClock
from pulumi_dynamo_migrator.verify.report import VerifyJob
from pulumi_dynamo_migrator.verify.run import run_verify

KEYS = KeySchema(("pk", "sk"), ("S", "S"))
CONVERTED_KEYS = KeySchema(("pk", "number"), ("S", "N"))
IDENTITY = Chain((), Meeting.SEPARATE, KEYS, TargetShape(KEYS))


def converting() -> Chain:
    """A new range key out of a part of the old one; the user says that no two items meet."""
    fingerprint = blake2b(CONVERSION.encode(), digest_size=8).hexdigest()
    captured = CapturedSource("closure", "convert", (("conversion.py", CONVERSION),), fingerprint, "3.11", CONVERSION)
    return Chain((SourceLink(1, captured),), Meeting.DISTINCT, KEYS, TargetShape(CONVERTED_KEYS))


def copy(_site: Site) -> Work:
    """Scan, and insert if absent: the identity."""
    return copy_by(IDENTITY)


def copy_converting(_site: Site) -> Work:
    """The same, through a conversion."""
    return copy_by(converting())


def verify(_site: Site) -> Work:
    """One look at both tables; counts the items of both."""
    doors = _doors()

    def work(pages: int) -> int:
        job = VerifyJob(source(pages), target(pages), IDENTITY, settle=1.0, workers=1)
        report = run_verify(job, items=doors.items, guard=_allow, progress=_ignore, clock=SystemClock())
        assert report.verified, report.summary()
        return report.source_items + report.target_items

    return work


def copy_by(chain: Chain, progress: Tell | None = None) -> Work:
    """A copy through a chain; nobody hears of its progress, or this one."""
    doors = _doors()
    ledger = doors.ledger.copying("benchmark", keys=chain.source_keys)

    def work(pages: int) -> int:
        job = BackfillJob(source(pages), target(pages), chain, workers=1)
        result = run_backfill(
            job, items=doors.items, ledger=ledger, guard=_allow, progress=progress or _ignore, clock=SystemClock()
        )
        assert result.tally.inserted == result.tally.read
        return result.tally.inserted

    return work


def _doors() -> Doors:
    return connect({}, {}, clock=SystemClock(), timing=Timing())


def _allow() -> None:
    """The lease holds."""


def _ignore(_progress: Progress) -> None:
    """Nobody watches."""
