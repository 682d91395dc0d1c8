"""Attempts of every call that goes through a boto3 client: full jitter, a cap, a budget in seconds.

It takes the place of botocore's own attempts, which are counted and not timed: they give up in the middle of what the
data path bears. Whoever is behind a door must know its own effect again: an attempt may have been carried out although
its answer was an error. Never repeats what cannot succeed later.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError

from pulumi_dynamo_migrator.aws.faults import Fault, fault_of
from pulumi_dynamo_migrator.aws.retry import Patience

NEVER_HEARD = 10.0
"""Seconds for a service that has not answered even once: a region with a typo must be told soon."""

NOT_TWICE = frozenset({"CreateBackup"})
"""Operations that AWS does a second time as well: after an unknown outcome their door looks before it asks again."""

_at_most: ContextVar[float] = ContextVar("at_most", default=math.inf)

_BEGAN = "pulumi-dynamo-migrator-began"


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """A shorter budget for the calls that this thread makes within: of those that are better asked anew, and soon."""
    before = _at_most.set(seconds)
    try:
        yield
    finally:
        _at_most.reset(before)


class ControlRetry:
    """What botocore asks before it tries again. One for each client; safe to share between threads."""

    def __init__(
        self,
        patience: Patience,
        *,
        budget: float,
        draw: Callable[[], float] = random.random,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience = patience
        self._budget = budget
        self._draw = draw
        self._monotonic = monotonic
        self._heard = False

    def attach(self, client: Any) -> None:
        """Decide for this client, whose own attempts are switched off (`total_max_attempts` of 1)."""
        client.meta.events.register("request-created", self.begin)
        client.meta.events.register("needs-retry", self.pause)

    def begin(self, request: Any, **_: Any) -> None:
        """Note when the first attempt was made."""
        request.context.setdefault(_BEGAN, self._monotonic())

    def pause(
        self,
        *,
        response: tuple[Any, Mapping[str, Any]] | None,
        attempts: int,
        caught_exception: Exception | None,
        request_dict: Mapping[str, Any],
        operation: Any = None,
        **_: Any,
    ) -> float | None:
        """Seconds until the next attempt; None: no other one."""
        self._heard = self._heard or response is not None
        fault = fault_in(response, caught_exception)
        if not fault.passing or (fault.unknown and getattr(operation, "name", "") in NOT_TWICE):
            return None
        pause = self._draw() * self._patience.longest(attempts)
        budget = min(self._budget, _at_most.get(), math.inf if self._heard else NEVER_HEARD)
        began = request_dict["context"].get(_BEGAN, self._monotonic())
        return None if self._monotonic() + pause - began > budget else pause


def fault_in(response: tuple[Any, Mapping[str, Any]] | None, error: Exception | None) -> Fault:
    """The kind of fault of one attempt; OTHER where there was none, or none that passes."""
    if response is None:
        return Fault.UNREACHABLE if isinstance(error, BotoConnectionError | HTTPClientError) else Fault.OTHER
    http, told = response
    if http.status_code < 300:
        return Fault.OTHER
    # LimitExceededException of a table operation: so many may run at once (CreateTable, API reference).
    if told.get("Error", {}).get("Code") == "LimitExceededException":
        return Fault.THROTTLED
    return fault_of(ClientError(dict(told), ""))  # type: ignore[arg-type]  # the stubs want more than is read
