"""Every request of a client in memory passes here: it is counted, and the process may die or sleep before it.

A process that is dead sends nothing more, whatever its code still tries (threads, clean-up), until another one is born.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextvars import Context
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from botocore.exceptions import ClientError

from pulumi_dynamo_migrator.aws.last_look import look_now
from pulumi_dynamo_migrator.aws.ledger.owner import Owner

READS = ("get_", "describe_", "list_", "query", "scan")


class KilledError(BaseException):
    """The process is no more. No handler may catch it."""


def refused(code: str, message: str = "no", **more: Any) -> ClientError:
    """AWS's answer, as botocore raises it."""
    answer: Any = {"Error": {"Code": code, "Message": message}, **more}
    return ClientError(answer, "anything")


@dataclass
class Machine:
    """Where processes live."""

    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    alive: set[int] = field(default_factory=set)


@dataclass
class Calls:
    """The requests of one process after the other. `did` are the present one's.

    It is killed before request `dies_at`, counted from 1. At request `sleeps_at` something happens meanwhile: before
    its lease is asked for, or, where `signed`, after: AWS does not take it then, and what repeats it asks again.
    """

    machine: Machine = field(default_factory=Machine)
    did: list[str] = field(default_factory=list)
    dies_at: int | None = None
    sleeps_at: int | None = None
    meanwhile: Callable[[], None] = lambda: None
    signed: bool = False
    process: int = 0
    dead: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def another_process(self, *, dies_at: int | None = None) -> None:
        """The one before is gone; this one may be killed."""
        self.did, self.dead, self.dies_at = [], False, dies_at
        self.machine.alive.discard(self.process)
        self.process = next(self.machine.numbers)
        self.machine.alive.add(self.process)

    def writes(self) -> list[int]:
        """Which requests may change AWS, from 1."""
        return [number for number, name in enumerate(self.did, 1) if not name.startswith(READS)]

    def through(self, name: str, effect: Callable[[], Any], *, guard: Callable[[], None] | None = None) -> Any:
        """One request; `guard`, or the thread's own, is asked before."""
        with self._lock:
            self.dead = self.dead or len(self.did) + 1 == self.dies_at
            if self.dead:
                raise KilledError
            self.did.append(name)
            sleeps, asks = len(self.did) == self.sleeps_at, guard or look_now
            if sleeps and self.signed:
                asks()
            if sleeps:
                Context().run(self.meanwhile)  # another process has no look of this one
            if sleeps and self.signed and guard is None:
                raise refused("InvalidSignatureException", "Signature expired: then is now earlier than now")
            asks()
            return effect()

    def me(self) -> Owner:
        """The living process."""
        return Owner("here", "ann", self.process)

    def dead_owner(self, owner: Owner) -> bool:
        """Whether it has ended."""
        return owner.pid not in self.machine.alive


class Client:
    """A client in memory: each method of `service` is one request, and so is what a paginator pages through."""

    def __init__(self, service: Any, calls: Calls, *, guard: Callable[[], None] | None = None) -> None:
        self._service, self._calls, self._guard = service, calls, guard

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._service, name)
        if not callable(found):
            return found
        return lambda *given, **asked: self._calls.through(name, lambda: found(*given, **asked), guard=self._guard)

    def under(self, guard: Callable[[], None]) -> Client:
        """The same, asking the guard before each request."""
        return Client(self._service, self._calls, guard=guard)

    def get_paginator(self, name: str) -> _Paginator:
        """As boto3 gives it; everything is on one page."""
        return _Paginator(self, name)


@dataclass(frozen=True)
class _Paginator:
    client: Client
    name: str

    def paginate(self, **asked: Any) -> Iterator[Any]:
        yield getattr(self.client, self.name)(**asked)
