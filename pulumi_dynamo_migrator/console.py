"""The engine's log: the live line on a resource, the lines that stay, and the news that the engine is gone.

The plugin gets the engine's address as its first argument. A call that fails because nobody is there any more is how an
orphan learns that the CLI was killed: `gone` is then true, and the guard stops the work at the next checkpoint.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Progress

INTERVAL, LONGEST_INTERVAL = 0.5, 5.0
"""Seconds between two live lines: more and more while one thing lasts, for where there is no terminal each is kept."""
STACK = ""
"""No URN: the engine puts the line to the stack's row."""


class Console:
    """A listener that speaks on one resource's line. Thread-safe; silent where there is no engine."""

    def __init__(self, urn: str, address: str | None = None) -> None:
        self._urn = urn
        self._address = address if address is not None else _engine_address()
        self._stub = _stub(self._address)
        self._lock = threading.Lock()
        self._last = 0.0
        self._what, self._since = "", 0.0
        self.gone = False

    def progress(self, moment: Progress) -> None:
        """The live line; at most one each `INTERVAL`, and fewer the longer one thing lasts.

        It goes to the resource's row and to the stack's: on the resource's, the CLI puts the list of changed
        properties before it, and cuts off at the terminal's edge.
        """
        with self._lock:
            now = time.monotonic()
            if moment.what != self._what:
                self._what, self._since = moment.what, now
            if now - self._last < min(LONGEST_INTERVAL, INTERVAL + (now - self._since) / 30):
                return
            self._last = now
        line, name = moment.line(), self._urn.rpartition("::")[2]
        self._log(engine_pb2.INFO, line, ephemeral=True)
        self._log(engine_pb2.INFO, f"{name}: {line}", ephemeral=True, urn=STACK)

    def note(self, text: str) -> None:
        """A line that stays."""
        self._log(engine_pb2.INFO, text)

    def warn(self, text: str) -> None:
        """A warning that stays."""
        self._log(engine_pb2.WARNING, text)

    def error(self, text: str) -> None:
        """An error line; it does not fail the update by itself."""
        self._log(engine_pb2.ERROR, text)

    def _log(
        self,
        severity: engine_pb2.LogSeverity.ValueType,
        text: str,
        *,
        ephemeral: bool = False,
        urn: str | None = None,
    ) -> None:
        if self._stub is None:
            return
        about = self._urn if urn is None else urn
        try:
            self._stub.Log(
                engine_pb2.LogRequest(severity=severity, message=text, urn=about, ephemeral=ephemeral), timeout=10
            )
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                self.gone = True


def _engine_address() -> str | None:
    return sys.argv[1] if len(sys.argv) > 1 and ":" in sys.argv[1] else None


_stubs: dict[str, engine_pb2_grpc.EngineStub] = {}


def _stub(address: str | None) -> engine_pb2_grpc.EngineStub | None:
    if address is None:
        return None
    if address not in _stubs:
        _stubs[address] = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))
    return _stubs[address]


@contextmanager
def telling(bag: Mapping[str, Any]) -> Iterator[None]:
    """Tell an error that has to be raised (nothing could be saved) in a clean text first; Pulumi adds a traceback."""
    try:
        yield
    except MigratorError as error:
        Console(str(bag.get("__urn") or "")).error(str(error))
        raise
