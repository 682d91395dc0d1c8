"""All doors to AWS of one identity in one region, made together. Opens them, and never goes through one.

Doors are shared by the resources that say the same about AWS; what belongs to one piece of work (its guard) comes in
with `at_work`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pulumi_dynamo_migrator.aws.backups import Backups
from pulumi_dynamo_migrator.aws.connection import session_for
from pulumi_dynamo_migrator.aws.functions import Functions
from pulumi_dynamo_migrator.aws.items import DynamoItems
from pulumi_dynamo_migrator.aws.ledger import Ledger
from pulumi_dynamo_migrator.aws.logs import Logs
from pulumi_dynamo_migrator.aws.metrics import Metrics
from pulumi_dynamo_migrator.aws.older_library import OlderLibrary
from pulumi_dynamo_migrator.aws.policy_door import TablePolicies
from pulumi_dynamo_migrator.aws.retry import Patience, Retry
from pulumi_dynamo_migrator.aws.roles import Roles
from pulumi_dynamo_migrator.aws.session import Session
from pulumi_dynamo_migrator.aws.stream_records import StreamRecords
from pulumi_dynamo_migrator.aws.streams import Streams
from pulumi_dynamo_migrator.aws.table_extras import readable
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.aws.wire import wire_of
from pulumi_dynamo_migrator.items import Items, WireItem
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock


@dataclass(frozen=True, slots=True)
class Doors:
    """One door a service; `clock` and `timing` are those that they wait by."""

    session: Session
    tables: Tables
    streams: Streams
    functions: Functions
    roles: Roles
    logs: Logs
    ledger: Ledger
    items: Items
    policies: TablePolicies
    backups: Backups
    records: StreamRecords
    metrics: Metrics
    older: OlderLibrary
    clock: Clock
    timing: Timing

    def at_work(self, *, clock: Clock, guard: Callable[[], None]) -> Doors:
        """The same doors with the data path guarded: nothing is sent after `guard` has raised, and `clock` wakes."""
        items = make_items(self.session, clock=clock, guard=guard)
        return replace(self, items=items)

    def stream_readers(self, arn: str) -> tuple[str, ...]:
        """Names of Lambda functions that read the stream; readers that are no mappings cannot be seen."""
        return readable(lambda: self.functions.readers(arn)) or ()

    def first_items(self, table: str, most: int) -> Iterator[WireItem]:
        """At most one page of items, read consistently."""
        page = self.items.scan_page(table, segment=0, total=1, cursor=None, limit=most)
        return iter(page.wire_items())


def connect(configuration: Mapping[str, Any], inputs: Mapping[str, Any], *, clock: Clock, timing: Timing) -> Doors:
    """The doors for the stack's `aws:*` configuration, an explicit provider's arguments and `region=`; checked."""
    session = session_for(configuration, inputs, timing=timing)
    client, streams = session.client("dynamodb"), session.client("dynamodbstreams")
    return Doors(
        session=session,
        tables=Tables(client),
        streams=Streams(streams),
        functions=Functions(session.client("lambda")),
        roles=Roles(session.client("iam")),
        logs=Logs(session.client("logs")),
        ledger=Ledger(client, clock=clock, timing=timing),
        items=make_items(session, clock=clock, guard=lambda: None),
        policies=TablePolicies(client, clock=clock, timing=timing),
        backups=Backups(client),
        records=StreamRecords(streams),
        metrics=Metrics(session.client("cloudwatch")),
        older=OlderLibrary(client),
        clock=clock,
        timing=timing,
    )


def make_items(session: Session, *, clock: Clock, guard: Callable[[], None]) -> Items:
    """The data path's door."""
    wire = wire_of(session.boto3, session.client("dynamodb"), timeout=session.timing.request)
    retry = Retry(clock, random=random.random, guard=guard, patience=Patience.of(session.timing))
    return DynamoItems(wire.call, retry=retry)
