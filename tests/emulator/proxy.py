"""A proxy in front of the embedded AWS that counts requests and kills the asking process at one of them.

Before: the request never reaches AWS. After: it takes effect, and its answer never reaches the process. Lambda
functions speak to the embedded AWS directly and are not counted.
"""

from __future__ import annotations

import subprocess
import threading

from tools.forwarding import Forwarder, Message, Upstream


class Proxy(Forwarder):
    """Forwards to `endpoint`; `calls` says how many requests have come since the last `reset`."""

    def __init__(self, endpoint: str, *, port: int = 0) -> None:
        super().__init__(endpoint, port=port)
        self.calls: list[str] = []
        self._lock = threading.Lock()
        self._kill_at: int | None = None
        self._after = False
        self.victim: subprocess.Popen[str] | None = None

    def reset(self, *, kill_at: int | None = None, after: bool = False) -> None:
        """Count from nought; kill the `victim` at request `kill_at`, counted from 1."""
        with self._lock:
            self.calls = []
            self._kill_at, self._after = kill_at, after

    def handle(self, request: Message, upstream: Upstream) -> Message | None:
        """Forward, or kill before or after."""
        fatal = self._count(request.target or request.path)
        answer = self.forward(request, upstream) if not fatal or self._after else None
        if fatal:
            self._kill()
            return None
        return answer

    def forward(self, request: Message, upstream: Upstream) -> Message | None:
        """Let the request go on."""
        return upstream.ask(request)

    def _count(self, what: str) -> bool:
        """Count one request; whether it is the one to kill at."""
        with self._lock:
            self.calls.append(what)
            return len(self.calls) == self._kill_at

    def _kill(self) -> None:
        """`kill -9` the process that is asking."""
        if self.victim is None:
            raise LookupError("nobody is named to be killed")
        self.victim.kill()
