"""One invocation: register, read the word, apply, count, unregister; or leave a failing mark and raise.

The order is the protocol: the registration comes before the word is read, so whoever changes the word and then sees no
registration knows that nobody works under the old one. An invocation that raises is marked failing before its
registration goes. A success is noted before the marks are counted: one that Lambda has given up, and that fails after
that, leaves no mark which nobody would take away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.replicate.batch import Batch
from pulumi_dynamo_migrator.replicate.config import ReplicatorConfig
from pulumi_dynamo_migrator.replicate.ports import Clock, LedgerPort, Ports, Registration
from pulumi_dynamo_migrator.replicate.record import comes_late, oldest, only_expiry, records_of

_LONGEST_ERROR = 1000
NEARLY_LOST = 20 * 3600.0
"""Seconds. A stream keeps records for 24 h (*Change data capture for DynamoDB Streams*, Amazon DynamoDB Developer
Guide): where one is this old, those before it may have been dropped unread. What was written before the migration began
is none of them: a stream that was on already begins with a day of it."""


class BatchFailedError(MigratorError):
    """The batch was not applied as a whole; Lambda sends it again."""


def run(
    event: Mapping[str, Any],
    config: Callable[[], ReplicatorConfig],
    *,
    ports: Ports,
    clock: Clock,
    invocation: str,
    lanes: int = 1,
    threads: Callable[[int], Executor] = ThreadPoolExecutor,
) -> None:
    """Apply the event's records under the word that is in the ledger now."""
    entries = event["Records"]
    if not entries:
        return
    ledger = ports.ledger
    registration = Registration(invocation, clock.now(), oldest(event), len(entries))
    ledger.register(registration)
    try:
        word = ledger.word()
        # Records and conversion are read inside, so that neither can fail without leaving a mark.
        told = config()
        if comes_late(event, since=told.since, by=registration.started - NEARLY_LOST):
            ledger.count_gap()
        batch = Batch(told, ports, clock, lanes, threads, began=registration.started)
        batch.apply(records_of(event, images=told.has_images), word)
        ledger.note_done(entries[0]["eventID"], by=registration)
        # What the time to live removes is counted, and no sign that somebody writes.
        if ledger.count(len(entries), at=None if only_expiry(event) else clock.now()):
            ledger.clear_failing([entry["eventID"] for entry in entries])
    except Exception as error:
        raise _failing(event, error, ledger=ledger, clock=clock, registration=registration) from error
    ledger.unregister(invocation)


def _failing(
    event: Mapping[str, Any], error: Exception, *, ledger: LedgerPort, clock: Clock, registration: Registration
) -> BatchFailedError:
    what = error.what if isinstance(error, MigratorError) else f"{type(error).__name__}: {error}"
    first, count = event["Records"][0]["eventID"], len(event["Records"])
    ledger.mark_failing(first, error=what[:_LONGEST_ERROR], at=clock.now(), records=count, by=registration)
    ledger.unregister(registration.invocation)
    now = error.now if isinstance(error, MigratorError) else ""
    return BatchFailedError(f"{count} records from {first} on were not applied: {what[:_LONGEST_ERROR]}", now=now)
