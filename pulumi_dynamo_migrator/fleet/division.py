"""Who does how much: one job as the shares of several processes. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from pulumi_dynamo_migrator.aws.lending import Loan
from pulumi_dynamo_migrator.aws.retry import Patience
from pulumi_dynamo_migrator.backfill.job import BackfillJob
from pulumi_dynamo_migrator.fleet.messages import Keys, Setup
from pulumi_dynamo_migrator.model.terms import FOREVER, Terms
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock


@dataclass(frozen=True, slots=True)
class Outfit:
    """What a fleet is made of: so many processes at most, what they are lent, and until when they may act."""

    processes: int
    loan: Loan
    clock: Clock
    timing: Timing
    terms: Callable[[], Terms] = lambda: FOREVER


def shares(total: int, parts: int) -> list[int]:
    """A whole number in so many parts, as even as it goes; none of them less than 1."""
    each, more = divmod(total, parts)
    return [max(1, each + (number < more)) for number in range(parts)]


def setups(job: BackfillJob, outfit: Outfit, *, keys: Keys | None, segments: int) -> list[Setup]:
    """What each worker is told. Limits hold for all of them together; none is started that would find no segment."""
    processes = min(outfit.processes, segments)
    chain = json.dumps(job.chain.to_json())
    terms = outfit.terms()
    return [
        Setup(
            source=job.source,
            target=job.target,
            chain=chain,
            workers=workers,
            max_read_units=_part(job.max_read_units, processes),
            max_write_units=_part(job.max_write_units, processes),
            on_item_error=job.on_item_error,
            checkpoint=job.checkpoint,
            endpoint=outfit.loan.endpoint,
            request=outfit.timing.request,
            patience=Patience.of(outfit.timing),
            keys=keys,
            terms=terms,
        )
        for workers in shares(job.workers, processes)
    ]


def _part(units: float | None, parts: int) -> float | None:
    return None if units is None else units / parts
