"""A last look at the world between signing a request and sending it, at every attempt of boto3's own retries.

A process may be put to sleep anywhere. One that looks, sleeps, and then signs sends a fresh request on stale knowledge,
and nobody refuses it. One that signs, then looks, and sleeps after that sends a request whose signature has run out.
Never looks by itself: only inside `last_look`, and only for the thread that is in it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Look = Callable[[], None]

_here = threading.local()
_lock = threading.Lock()
_NAME = "pulumi-dynamo-migrator:last-look"


def watch(client: DynamoDBClient) -> None:
    """Let this client's transactions be looked at; however often it is asked, they are looked at once."""
    with _lock:
        client.meta.events.register("before-send.dynamodb.TransactWriteItems", _before_send, unique_id=_NAME)


@contextmanager
def last_look(still: Look | None) -> Iterator[None]:
    """Within it, this thread's transactions are sent only if `still` does not raise."""
    before = getattr(_here, "still", None)
    _here.still = still
    try:
        yield
    finally:
        _here.still = before


def _before_send(**_request: Any) -> None:
    """botocore sends what no handler answers (None); an error of ours is none that it retries."""
    still: Look | None = getattr(_here, "still", None)
    if still is not None:
        still()
