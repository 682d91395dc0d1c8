"""The Lambda function, and the only file of the replicator that knows botocore.

It turns base64 text into bytes and back, botocore's errors into `AwsError`, and an event into one `invocation.run`.
It decides nothing.
"""

from __future__ import annotations

import base64
import functools
import os
import random
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError

from pulumi_dynamo_migrator.replicate import invocation
from pulumi_dynamo_migrator.replicate.config import ReplicatorConfig, Tables
from pulumi_dynamo_migrator.replicate.door import (
    MARGIN,
    AwsError,
    Call,
    Caller,
    Operation,
    Reason,
    SourceTable,
    TargetTable,
)
from pulumi_dynamo_migrator.replicate.ledger import LedgerTable
from pulumi_dynamo_migrator.replicate.lower import Request
from pulumi_dynamo_migrator.replicate.ports import Clock, Ports

# The door tries again itself: botocore's pauses begin at a second, and hide that an outcome was unknown.
_CLIENT = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=2,
    read_timeout=10,
    parameter_validation=False,  # lower.py writes the requests; checking each of them costs more than signing it
)


LANES = 8  # botocore keeps ten connections


class Context(Protocol):
    """What Lambda tells about an invocation, as far as it is used."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the time-out."""


@dataclass(frozen=True, slots=True)
class InvocationClock:
    """Real time, and what Lambda says is left of it."""

    context: Context

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def remaining(self) -> float:
        """Seconds until the time-out."""
        return self.context.get_remaining_time_in_millis() / 1000

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def handler(event: Mapping[str, Any], context: Context) -> None:
    """Apply the event's records, or raise."""
    clock = InvocationClock(context)
    ports = ports_over(client_call(client()), Tables.from_text(config_text()), clock=clock)
    name = f"{context.aws_request_id}-{uuid.uuid4().hex[:8]}"  # no two attempts share it, however Lambda names them
    invocation.run(event, configuration, ports=ports, clock=clock, invocation=name, lanes=LANES)


@functools.cache
def config_text() -> str:
    """The zip's `config.json`."""
    return (Path(__file__).parents[2] / "config.json").read_text(encoding="utf-8")


@functools.cache
def configuration() -> ReplicatorConfig:
    """What it says, with the conversion loaded: once per process."""
    return ReplicatorConfig.from_text(config_text())


@functools.cache
def client() -> Any:
    """The DynamoDB client, made once per process."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return botocore.session.Session().create_client("dynamodb", region_name=region, config=_CLIENT)


def ports_over(call: Call, tables: Tables, *, clock: Clock) -> Ports:
    """The ports of one invocation."""
    # A short time-out is no reason never to wait.
    caller = Caller(call, clock, random.random, min(MARGIN, clock.remaining() / 4))
    ledger = LedgerTable(caller, tables.ledger_table, tables.migration_id, tables.target_table)
    return Ports(
        source=SourceTable(caller, tables.source_table),
        target=TargetTable(caller, tables.target_table, ledger.count_unsure),
        ledger=ledger,
    )


def client_call(dynamodb: Any) -> Call:
    """The door's one function, over a botocore client."""
    methods = {
        Operation.GET: dynamodb.get_item,
        Operation.PUT: dynamodb.put_item,
        Operation.UPDATE: dynamodb.update_item,
        Operation.DELETE: dynamodb.delete_item,
        Operation.BATCH_WRITE: dynamodb.batch_write_item,
        Operation.TRANSACT_WRITE: dynamodb.transact_write_items,
    }

    def call(operation: Operation, request: Request) -> dict[str, Any]:
        try:
            answer = methods[operation](**to_bytes(request))
        except ClientError as error:
            raise _aws_error(error) from error
        except BotoCoreError as error:
            unknown = isinstance(error, BotoConnectionError | HTTPClientError)
            raise AwsError(type(error).__name__, str(error), unknown=unknown) from error
        return to_text(answer)  # type: ignore[no-any-return]  # a dict in, a dict out

    return call


def to_bytes(value: Any) -> Any:
    """Base64 text -> bytes wherever a value is binary. A dict of one entry "B" with text can be nothing else."""
    if isinstance(value, dict):
        if len(value) == 1:
            if isinstance(text := value.get("B"), str):
                return {"B": base64.b64decode(text)}
            if isinstance(texts := value.get("BS"), list):
                return {"BS": [base64.b64decode(text) for text in texts]}
        return {name: to_bytes(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_bytes(part) for part in value]
    return value


def to_text(value: Any) -> Any:
    """Bytes -> base64 text, anywhere."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: to_text(part) for name, part in value.items()}
    if isinstance(value, list):
        return [to_text(part) for part in value]
    return value


def _aws_error(error: ClientError) -> AwsError:
    answer: Mapping[str, Any] = error.response
    reasons = tuple(
        Reason(reason.get("Code", "None"), reason.get("Message", ""))
        for reason in answer.get("CancellationReasons", [])
    )
    details = answer.get("Error", {})
    unknown = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
    return AwsError(details.get("Code", "Unknown"), details.get("Message", ""), reasons, unknown=unknown)
