"""A kept connection to one place: one request, one answer. http.client opens it (TLS, proxies); bytes go through here.

It sends a request once. Whatever goes wrong is raised, and the connection with it is closed, never used again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http.client import HTTPConnection

from pulumi_dynamo_migrator.aws.answer import Answer, read_answer
from pulumi_dynamo_migrator.aws.arrivals import Arrivals

_TOGETHER = 256 * 1024  # a larger body is not copied behind its head


class Line:
    """One thread's connection, with its own time-out; opened when it is needed, closed when it stood idle for `idle`
    seconds.
    """

    def __init__(
        self, connection: HTTPConnection, *, idle: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._connection = connection
        self._idle = idle
        self._monotonic = monotonic
        self._arrivals: Arrivals | None = None
        self._used = 0.0

    def exchange(self, head: bytes, body: bytes) -> Answer:
        """Send one request and read its answer."""
        try:
            arrivals = self._open()
            sock = self._connection.sock
            if len(body) > _TOGETHER:
                sock.sendall(head)
                sock.sendall(body)
            else:
                sock.sendall(head + body)
            answer = read_answer(arrivals)
        except BaseException:
            self.close()
            raise
        self._used = self._monotonic()
        if answer.closing:
            self.close()
        return answer

    def close(self) -> None:
        """Hang up."""
        self._arrivals = None
        self._connection.close()

    def _open(self) -> Arrivals:
        if self._arrivals is not None and self._monotonic() - self._used > self._idle:
            self.close()
        if self._arrivals is None:
            self._connection.connect()
            self._arrivals = Arrivals(self._connection.sock)
        return self._arrivals
