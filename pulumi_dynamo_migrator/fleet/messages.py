"""What the parent of a copy and its worker processes say to each other. Values only; nothing here sends anything.

A worker is told everything (Setup, then what changes of it) and asks for the rest: each question has a ticket, and its
answer the same. It never learns where the ledger is.
"""

from __future__ import annotations

import json

import msgspec

from pulumi_dynamo_migrator.aws.retry import Patience
from pulumi_dynamo_migrator.aws.signature import Credentials
from pulumi_dynamo_migrator.aws.wire import Endpoint
from pulumi_dynamo_migrator.backfill.job import BackfillJob
from pulumi_dynamo_migrator.backfill.segments import Segment
from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.model.terms import Terms
from pulumi_dynamo_migrator.replicate.config import OnItemError


class Message(msgspec.Struct, frozen=True, tag=True):
    """Anything that goes over the pipe."""


class Keys(msgspec.Struct, frozen=True):
    """Credentials of the moment."""

    access_key: str | None
    secret_key: str | None
    token: str | None = None

    @classmethod
    def of(cls, credentials: Credentials | None) -> Keys | None:
        """What a worker needs of them; None where there are none."""
        if credentials is None:
            return None
        return cls(credentials.access_key, credentials.secret_key, credentials.token)

    def __repr__(self) -> str:
        return "Keys(...)"  # a traceback is no place for a secret


class Setup(Message, frozen=True):
    """The first thing that a worker hears: its share of the job. `chain` is JSON; `request`: seconds of one attempt.

    `checkpoint`: seconds between two of a segment.
    """

    source: str
    target: str
    chain: str
    workers: int
    max_read_units: float | None
    max_write_units: float | None
    on_item_error: OnItemError
    checkpoint: float
    endpoint: Endpoint
    request: float
    patience: Patience
    keys: Keys | None
    terms: Terms

    @property
    def job(self) -> BackfillJob:
        """The worker's part, as a job of its own; the conversion is loaded here."""
        return BackfillJob(
            self.source,
            self.target,
            Chain.from_json(json.loads(self.chain)),
            workers=self.workers,
            max_read_units=self.max_read_units,
            max_write_units=self.max_write_units,
            on_item_error=self.on_item_error,
            checkpoint=self.checkpoint,
        )


class Renewed(Message, frozen=True):
    """The lease was renewed."""

    terms: Terms


class Lent(Message, frozen=True):
    """The credentials have changed."""

    keys: Keys | None


class Answered(Message, frozen=True):
    """The answer to a question; to Wanting, a segment, or none where none is left."""

    ticket: int
    segment: Segment | None = None


class Stop(Message, frozen=True):
    """Send nothing more, and say how you end."""


ToWorker = Setup | Renewed | Lent | Answered | Stop


class Heard(Message, frozen=True):
    """Renewed has arrived: a worker that is asleep is not told more and more."""


class Wanting(Message, frozen=True):
    """A thread has nothing to copy."""

    ticket: int


class Paged(Message, frozen=True):
    """So far has this segment come: every insert before its cursor has its answer. Kept in the ledger when answered."""

    ticket: int
    segment: Segment


class Failed(Message, frozen=True):
    """An item cannot be copied. Kept in the ledger when it is answered."""

    ticket: int
    key: WireItem
    reason: str
    image: WireItem


class Counted(Message, frozen=True):
    """So many source items more."""

    items: int


class Refused(Message, frozen=True):
    """Items that cannot be copied, where the job says stop."""

    keys: list[WireItem]
    reasons: list[str]


class Fault(Message, frozen=True):
    """Any other reason why a worker ended before its time; `terms`: it may not go on under the lease that it knows."""

    what: str
    now: str = ""
    passing: bool = False
    terms: bool = False


class Ended(Message, frozen=True):
    """The last thing that a worker says: nothing of its is on the way any more. `unknown_at`: when the outcome of a
    request was last unknown (epoch seconds).
    """

    throttled: int = 0
    unknown_at: float | None = None
    fault: Refused | Fault | None = None


ToParent = Heard | Wanting | Paged | Failed | Counted | Ended
