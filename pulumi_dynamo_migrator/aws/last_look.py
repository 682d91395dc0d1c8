"""A last look at the world between signing a request and sending it, at every attempt of every boto3 client of ours.

A process may be put to sleep anywhere. One that looks, sleeps, and then signs sends a fresh request on stale knowledge,
and nobody refuses it. One that signs, then looks, and sleeps after that sends a request whose signature has run out.
Never looks by itself: only inside `last_look`, and in the context that is in it. The threads of a copy or a verify have
the context of the one that began them, a heartbeat has none; resources that hold different leases share clients, each
in a context of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Look = Callable[[], None]

_looks: ContextVar[tuple[Look, ...]] = ContextVar("looks", default=())


def watch(client: Any) -> None:
    """Let this client's requests be looked at."""
    client.meta.events.register("before-send", _before_send)


@contextmanager
def last_look(look: Look | None) -> Iterator[None]:
    """Within it, requests of this context are sent only if `look` does not raise, nor any around it."""
    mine = _looks.set((*_looks.get(), *([] if look is None else [look])))
    try:
        yield
    finally:
        _looks.reset(mine)


def look_now() -> None:
    """Take every look of this context; the first that raises ends the request and its repetitions."""
    for look in _looks.get():
        look()


def _before_send(**_request: Any) -> None:
    """botocore sends what no handler answers (None); an error of ours is none that it retries."""
    look_now()
