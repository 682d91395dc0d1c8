"""A worker process of the backfill: `python -m pulumi_dynamo_migrator.fleet.worker PARENT`, started by fleet/hand.py.

It has no ledger, no lease and no boto3: it scans, converts, inserts where absent, and tells. Whatever it may do it was
told by its parent, and it ends at once when the parent is gone. What a conversion prints goes nowhere.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
from typing import BinaryIO, cast

from pulumi_dynamo_migrator.aws.items import DynamoItems
from pulumi_dynamo_migrator.aws.retry import Retry
from pulumi_dynamo_migrator.aws.wire import Wire
from pulumi_dynamo_migrator.backfill.job import BackfillStoppedError
from pulumi_dynamo_migrator.backfill.meter import Meter
from pulumi_dynamo_migrator.backfill.pace import LEAST_PAGE, Pace
from pulumi_dynamo_migrator.backfill.pool import Crew, run_helping
from pulumi_dynamo_migrator.backfill.worker import Paces, SegmentWorker
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.fleet.desk import Desk, StoppedError, TermsOverError
from pulumi_dynamo_migrator.fleet.messages import Ended, Fault, Refused, Setup, ToParent, ToWorker
from pulumi_dynamo_migrator.fleet.pipe import Pipe
from pulumi_dynamo_migrator.fleet.tie import NotTiedError, tie_to
from pulumi_dynamo_migrator.lifecycle.guarded_clock import GuardedClock
from pulumi_dynamo_migrator.system import SystemClock


def main(parent: int) -> None:
    """Work for the parent until it hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent decides what it means
    pipe: Pipe[ToParent, ToWorker] = Pipe(*_own_pipes(), expects=ToWorker)
    try:
        tie_to(parent)
    except NotTiedError as error:
        pipe.send(Ended(fault=Fault(f"a worker process could not be tied to its parent: {error}.", _ALONE)))
        return
    setup = pipe.receive()
    if not isinstance(setup, Setup):
        return
    desk = Desk(pipe, setup, clock=SystemClock())
    threading.Thread(target=lambda: desk.end(work(setup, desk)), name="work", daemon=True).start()
    desk.listen()
    os._exit(0)  # at once: no thread may send anything more


_ALONE = "leave processes= out of Migration(...)"


def work(setup: Setup, desk: Desk) -> Ended:
    """Copy segments while there are any; how it ended."""
    clock = GuardedClock(SystemClock(), desk.guard)
    wire = Wire(desk.keys, endpoint=setup.endpoint, timeout=setup.request)
    retry = Retry(clock, random=random.random, guard=desk.guard, patience=setup.patience)
    items = DynamoItems(wire.call, retry=retry)
    paces = Paces(Pace(setup.max_read_units, clock=clock, least=LEAST_PAGE), Pace(setup.max_write_units, clock=clock))
    fault: Refused | Fault | None = None
    try:
        _copy(setup, desk, items=items, paces=paces, clock=clock)
    except BaseException as error:  # noqa: BLE001 - it is the parent's, whatever it is
        fault = fault_of(error)
    return Ended(paces.read.throttled + paces.write.throttled, items.last_unknown, fault)


def _copy(setup: Setup, desk: Desk, *, items: DynamoItems, paces: Paces, clock: GuardedClock) -> None:
    meter = Meter("copying", total=0, tell=desk.progress, clock=clock)
    worker = SegmentWorker(setup.job, items=items, ledger=desk, guard=desk.guard, meter=meter, paces=paces)

    def segments(crew: Crew) -> None:
        while not crew.stopping() and (segment := desk.next_segment()) is not None:
            worker.copy(segment, crew=crew)

    run_helping([segments] * setup.workers, workers=setup.workers)
    meter.finish()


def fault_of(error: BaseException) -> Refused | Fault | None:
    """What the parent is told of it; nothing where it was the parent's own wish."""
    if isinstance(error, StoppedError):
        return None
    if isinstance(error, BackfillStoppedError):
        return Refused(list(error.keys), list(error.reasons))
    if isinstance(error, TermsOverError):
        return Fault("A worker process of the copy did not hear in time that the lease was renewed.", terms=True)
    if isinstance(error, MigratorError):
        return Fault(error.what, error.now, passing=error.passing)
    return Fault(f"A worker process of the copy failed: {type(error).__name__}: {error}")


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output, kept from everybody else: a conversion that prints must not speak to the parent."""
    reading, writing = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return cast(BinaryIO, os.fdopen(reading, "rb")), cast(BinaryIO, os.fdopen(writing, "wb"))


if __name__ == "__main__":
    main(int(sys.argv[1]))
