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
from types import TracebackType

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
        self._ready: Callable[[], None] = lambda: None
        self._queues: Which = lambda _: False
        self._tells: Which = lambda _: False
        self._tell: Callable[[], None] = lambda: None
        self._keeps: Which = lambda _: False
        self._may_keep: Which | None = None
        self._kept = threading.Event()
        self._broke: BaseException | None = None
        self.held = threading.Event()
        self.let_go = threading.Event()
        self.refused: list[str] = []

    def hold(self, which: Which, *, ready: Callable[[], None] | None = None) -> None:
        """Stop the `victim` at the first such request, and keep the request back.

        With `ready` once that returns; until then no other such request goes on either.
        """
        self._holds = which
        if ready is not None:
            self._ready, self._queues = ready, which

    def before_answering(self, which: Which, tell: Callable[[], None], *, keeping: Which | None = None) -> None:
        """Do something between the first such request and its answer. With `keeping` while such a one waits for its own
        answer: whoever has sent that sends nothing else, until a test lets it go.
        """
        self._tells, self._tell, self._may_keep = which, tell, keeping

    def handle(self, request: Message, upstream: Upstream) -> Message | None:
        """Keep it back if it is the one; refuse it if it is stale; forward it."""
        if self._holds(request):
            self._holds = lambda _: False
            try:
                self._ready()
            except BaseException as error:  # a thread's error belongs to the test, whatever it is
                self._broke = error
                raise
            assert self.victim is not None
            self.victim.send_signal(signal.SIGSTOP)
            self.held.set()
            self.let_go.wait(60)
        elif self._queues(request):
            self.held.wait(60)
        if self._stale(request):
            self.refused.append(request.target)
            return _expired(request)
        keeps = self._keeps(request)
        answer = super().handle(request, upstream)
        if keeps:
            self._kept.set()
            self.let_go.wait(60)
        if self._tells(request):
            self._tells = lambda _: False
            if self._may_keep is not None:
                self._keeps = self._may_keep
                assert self._kept.wait(60), "nothing came that was to be kept"
            self._tell()
        return answer

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        super().__exit__(kind, error, at)
        if self._broke is not None:
            raise self._broke

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
