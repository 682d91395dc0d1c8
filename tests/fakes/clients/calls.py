"""Every request of a client in memory passes here: it is counted, and the process may die before it or after it.

A process that is dead sends nothing more, whatever its code still tries (threads, clean-up), until another one is born.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from pulumi_dynamo_migrator.aws.ledger.owner import Owner

READS = ("get_", "describe_", "list_", "query", "scan")


class KilledError(BaseException):
    """The process is no more. No handler may catch it."""


def refused(code: str, message: str = "no", **more: Any) -> ClientError:
    """AWS's answer, as botocore raises it."""
    answer: Any = {"Error": {"Code": code, "Message": message}, **more}
    return ClientError(answer, "anything")


@dataclass
class Calls:
    """The requests of one process after the other. `did` are the present one's; it is killed at `dies_at`, from 1."""

    did: list[str] = field(default_factory=list)
    dies_at: int | None = None
    after: bool = False
    process: int = 1
    lock: threading.RLock = field(default_factory=threading.RLock)
    dead: bool = False

    def another_process(self, *, dies_at: int | None = None, after: bool = False) -> None:
        """The one before is gone; this one may be killed at a request, before or after it took effect."""
        self.did, self.dead = [], False
        self.dies_at, self.after = dies_at, after
        self.process += 1

    def changing(self) -> list[int]:
        """Before which requests (from 1; the last: after all) AWS is not as it was before the one before."""
        first = [0, *(number for number, name in enumerate(self.did, 1) if not name.startswith(READS))]
        return [number + 1 for number in first]

    def through(self, name: str, effect: Callable[[], Any]) -> Any:
        """One request."""
        with self.lock:
            if self.dead:
                raise KilledError
            self.did.append(name)
            self.dead = len(self.did) == self.dies_at
            if self.dead and not self.after:
                raise KilledError
            answer = effect()
            if self.dead:
                raise KilledError
            return answer

    def me(self) -> Owner:
        """The living process."""
        return Owner("here", "ann", self.process)

    def dead_owner(self, owner: Owner) -> bool:
        """Whether it is one of those before."""
        return owner.pid != self.process


@dataclass
class Events:
    """botocore's events, as far as a door listens: what is to be called before a request is sent, by its event."""

    looks: dict[str, Callable[..., None]] = field(default_factory=dict)

    def register(self, event: str, look: Callable[..., None], unique_id: str) -> None:
        self.looks[event] = look

    def sending(self, operation: str) -> None:
        """A request goes out, unless somebody raises."""
        look = self.looks.get(f"before-send.dynamodb.{operation.title().replace('_', '')}")
        if look is not None:
            look()


@dataclass
class Meta:
    """Where boto3 keeps a client's events."""

    events: Events = field(default_factory=Events)


class Client:
    """A client in memory: each method of `service` is one request, and so is what a paginator pages through."""

    def __init__(self, service: Any, calls: Calls) -> None:
        self._service, self._calls = service, calls
        self.meta = Meta()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._service, name)
        if not callable(found):
            return found

        def sent(*given: Any, **asked: Any) -> Any:
            self.meta.events.sending(name)
            return self._calls.through(name, lambda: found(*given, **asked))

        return sent

    def get_paginator(self, name: str) -> _Paginator:
        """As boto3 gives it; everything is on one page."""
        return _Paginator(self, name)


@dataclass(frozen=True)
class _Paginator:
    client: Client
    name: str

    def paginate(self, **asked: Any) -> Iterator[Any]:
        yield getattr(self.client, self.name)(**asked)
