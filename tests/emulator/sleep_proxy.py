"""A proxy that puts the asking process to sleep (SIGSTOP), and takes no request that was signed too long ago, as AWS.

What it holds back reaches AWS when a test lets it go, if its signature is still good then. Never wakes a process.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate

from tests.emulator.proxy import Proxy
from tools.forwarding import Message, Upstream

Which = Callable[[Message], bool]
RESOLUTION = 1.0
"""X-Amz-Date has whole seconds."""


class SleepProxy(Proxy):
    """`window`: for how many seconds a signature is good."""

    def __init__(self, endpoint: str, *, window: float) -> None:
        super().__init__(endpoint)
        self._window = window
        self._holds: Which = lambda _: False
        self._tells: Which = lambda _: False
        self._tell: Callable[[], None] = lambda: None
        self.held = threading.Event()
        self.let_go = threading.Event()
        self.refused: list[str] = []

    def hold(self, which: Which) -> None:
        """Stop the `victim` at the first such request, and keep the request back."""
        self._holds = which

    def before_answering(self, which: Which, tell: Callable[[], None]) -> None:
        """Do something between the first such request and its answer."""
        self._tells, self._tell = which, tell

    def handle(self, request: Message, upstream: Upstream) -> Message | None:
        """Keep it back if it is the one; refuse it if it is stale; forward it."""
        if self._holds(request):
            self._holds = lambda _: False
            assert self.victim is not None
            self.victim.send_signal(signal.SIGSTOP)
            self.held.set()
            self.let_go.wait(60)
        if self._stale(request):
            self.refused.append(request.target)
            return _expired(request)
        answer = super().handle(request, upstream)
        if self._tells(request):
            self._tells = lambda _: False
            self._tell()
        return answer

    def _stale(self, request: Message) -> bool:
        stamp = request.headers.get(b"x-amz-date", b"").decode()
        if not stamp:
            return False
        signed = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        return time.time() - signed > self._window + RESOLUTION


def _expired(request: Message) -> Message:
    stamp = request.headers[b"x-amz-date"].decode()
    told = {
        "__type": "com.amazon.coral.service#InvalidSignatureException",
        "message": f"Signature expired: {stamp} is now earlier than another time (that time + 5 min.)",
    }
    answer = Message.answer(400, told)
    return Message(answer.start, (*answer.lines, b"Date: %s\r\n" % formatdate(usegmt=True).encode()), answer.body)
