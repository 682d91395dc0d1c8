"""The reading end of a socket, plain or TLS: bytes as they arrive, cut anywhere, put together again.

A buffer of our own: Python's buffered files go through three layers for every answer. Never reads beyond what has come,
never waits for more than it was asked for, and knows nothing of HTTP. The socket's time-out is the socket's.
"""

from __future__ import annotations

from typing import Any, Protocol

BUFFER = 65536


class Socket(Protocol):
    """As much of a socket as is read from."""

    def recv(self, size: int, /) -> bytes:
        """At least one byte, and at most so many; none at the end of the stream."""

    def recv_into(self, buffer: Any, /) -> int:
        """The same, into a buffer; how many they were."""


class Arrivals:
    """What has arrived on one socket and was not taken yet."""

    def __init__(self, sock: Socket) -> None:
        self._recv = sock.recv
        self._recv_into = sock.recv_into
        self._come = b""
        self._at = 0

    def up_to(self, mark: bytes) -> bytes | None:
        """What has come already, up to the mark and with it; None where it is not there. Waits if nothing has come."""
        if self._at >= len(self._come):
            self._more()
        end = self._come.find(mark, self._at)
        return None if end < 0 else self._take(end + len(mark))

    def line(self, most: int) -> bytes:
        """A line with its end; less at the end of the stream, and where it is longer than `most` bytes."""
        parts: list[bytes] = []
        while most > 0:
            if self._at >= len(self._come) and not self._more():
                break
            end = self._come.find(b"\n", self._at, self._at + most) + 1
            part = self._take(end or min(len(self._come), self._at + most))
            parts.append(part)
            most = 0 if end else most - len(part)
        return b"".join(parts)

    def read(self, size: int) -> bytes:
        """So many bytes; less at the end of the stream."""
        if size <= len(self._come) - self._at:
            return self._take(self._at + size)
        body = bytearray(size)
        have = len(self._come) - self._at
        body[:have] = self._take(len(self._come))
        with memoryview(body) as left:
            while have < size and (count := self._recv_into(left[have:])):
                have += count
        return bytes(body) if have == size else bytes(body[:have])

    def rest(self) -> bytes:
        """All there is, to the end of the stream."""
        parts = [self._take(len(self._come))]
        while self._more():
            parts.append(self._take(len(self._come)))
        return b"".join(parts)

    def _more(self) -> bool:
        self._come, self._at = self._recv(BUFFER), 0
        return bool(self._come)

    def _take(self, end: int) -> bytes:
        taken, self._at = self._come[self._at : end], end
        return taken
