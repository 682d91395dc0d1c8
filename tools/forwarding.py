"""A forwarding HTTP/1.1 server for proxies in front of the embedded AWS: whole messages in, whole messages out.

    class Mine(Forwarder):
        def handle(self, request, upstream):
            return upstream.ask(request)      # look at it first, change it, answer it oneself, or None: hang up

One thread and one connection upstream for each connection that comes; both stay open. What is not looked at goes on
byte by byte as it came, so that signatures stay right. Never repeats a request: whether it was carried out is for the
asking side to find out. Listens on the loopback address alone. Needs the standard library alone.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import socketserver
import sys
import threading
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, BinaryIO, Self, cast
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
LONGEST_LINE = 1 << 16
_BODILESS = (b"204", b"304")


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer: its first line, its header lines as they came, and its body (chunks included)."""

    start: bytes
    lines: tuple[bytes, ...]
    body: bytes = b""
    headers: dict[bytes, bytes] = field(default_factory=dict)

    @classmethod
    def answer(cls, status: int, told: object, *, kind: str = "application/x-amz-json-1.0") -> Self:
        """An answer of our own, in JSON."""
        body = json.dumps(told).encode()
        lines = (b"Content-Type: %s\r\n" % kind.encode(), b"Content-Length: %d\r\n" % len(body))
        return cls(b"HTTP/1.1 %d .\r\n" % status, lines, body)

    def asking(self, body: bytes, *, target: str | None = None) -> Message:
        """The same request with another body, and another X-Amz-Target if one is given."""
        changed = (b"content-length:", b"x-amz-target:") if target else (b"content-length:",)
        lines = [line for line in self.lines if not line.lower().startswith(changed)]
        lines.append(b"Content-Length: %d\r\n" % len(body))
        if target:
            lines.append(b"X-Amz-Target: %s\r\n" % target.encode())
        return replace(self, lines=tuple(lines), body=body)

    @property
    def status(self) -> int:
        """An answer's status."""
        return int(self.start.split(None, 2)[1])

    @property
    def target(self) -> str:
        """A request's X-Amz-Target: "DynamoDB_20120810.PutItem", or nothing."""
        return self.headers.get(b"x-amz-target", b"").decode()

    @property
    def path(self) -> str:
        """A request's path."""
        return self.start.split(None, 2)[1].decode()

    @property
    def last(self) -> bool:
        """Whether the connection ends with it."""
        said = self.headers.get(b"connection", b"").lower()
        return said == b"close" or (b"HTTP/1.0" in self.start and said != b"keep-alive")

    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)

    def write(self, stream: socket.socket) -> None:
        """Send it in one go."""
        stream.sendall(b"".join((self.start, *self.lines, b"\r\n", self.body)))


class Upstream:
    """The connection to the embedded AWS that belongs to one connection of a client."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._stream: BinaryIO | None = None

    def ask(self, request: Message) -> Message:
        """Send the request, give the answer; OSError when there is none, whatever became of it."""
        stream = self._connected()
        assert self._socket is not None
        request.write(self._socket)
        while True:
            answer = _read_answer(stream, request)
            if not answer.start.split(None, 2)[1].startswith(b"1"):  # "100 Continue": we have sent all already
                break
        if answer.last:
            self.close()
        return answer

    def _connected(self) -> BinaryIO:
        """The open connection, or a new one when the other side has closed it meanwhile."""
        if self._socket is not None and select.select([self._socket], [], [], 0)[0]:
            self.close()
        if self._socket is None or self._stream is None:
            self._socket = socket.create_connection(self._address)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._stream = cast(BinaryIO, self._socket.makefile("rb", 1 << 16))
        return self._stream

    def close(self) -> None:
        """Hang up."""
        if self._stream is not None:
            self._stream.close()
        if self._socket is not None:
            self._socket.close()
        self._socket = self._stream = None


class Forwarder:
    """Forwards to `endpoint`, from a free port or the one that is given."""

    def __init__(self, endpoint: str, *, port: int = 0) -> None:
        place = urlsplit(endpoint)
        self._server = _Server(port, self, (place.hostname or LOOPBACK, place.port or 80))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def handle(self, request: Message, upstream: Upstream) -> Message | None:
        """What to answer; None: hang up without an answer. Called by many threads at once."""
        return upstream.ask(request)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def endpoint(self) -> str:
        """Where to send requests."""
        return f"http://{LOOPBACK}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, port: int, forwarder: Forwarder, upstream: tuple[str, int]) -> None:
        self.allow_reuse_address = port != 0
        self.forwarder, self.upstream = forwarder, upstream
        self.open: set[socket.socket] = set()
        super().__init__((LOOPBACK, port), _Conversation)

    def hang_up(self) -> None:
        """Shut what clients keep open, so that no thread waits for them."""
        for client in tuple(self.open):
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A side that hung up is no news; anything else is a bug that must be seen."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Conversation(socketserver.StreamRequestHandler):
    rbufsize = 1 << 16
    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        upstream = Upstream(self.server.upstream)
        self.server.open.add(self.connection)
        try:
            while self._one(upstream):
                pass
        finally:
            self.server.open.discard(self.connection)
            upstream.close()

    def _one(self, upstream: Upstream) -> bool:
        """Answer one request; whether another may follow."""
        request = _read_request(cast(BinaryIO, self.rfile), self.connection)
        if request is None:
            return False
        answer = self.server.forwarder.handle(request, upstream)
        if answer is None:
            return False
        answer.write(self.connection)
        return not (request.last or answer.last)


def _read_request(stream: BinaryIO, client: socket.socket) -> Message | None:
    head = _read_head(stream)
    if head is None:
        return None
    if b"expect" in head.headers:
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        head = replace(head, lines=tuple(line for line in head.lines if not line.lower().startswith(b"expect:")))
    return replace(head, body=_read_body(stream, head))


def _read_answer(stream: BinaryIO, request: Message) -> Message:
    head = _read_head(stream)
    if head is None:
        raise ConnectionError("hung up without an answer")
    status = head.start.split(None, 2)[1]
    if status.startswith(b"1") or status in _BODILESS or request.start.startswith(b"HEAD "):
        return head
    if b"content-length" not in head.headers and b"transfer-encoding" not in head.headers:
        return replace(head, body=stream.read(), headers={**head.headers, b"connection": b"close"})
    return replace(head, body=_read_body(stream, head))


def _read_head(stream: BinaryIO) -> Message | None:
    start = stream.readline(LONGEST_LINE)
    if not start:
        return None
    lines, headers = [], {}
    while (line := stream.readline(LONGEST_LINE)) not in (b"\r\n", b"\n"):
        if not line:
            raise ConnectionError("hung up in the middle of a head")
        lines.append(line)
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    return Message(start, tuple(lines), b"", headers)


def _read_body(stream: BinaryIO, head: Message) -> bytes:
    if head.headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        return _read_chunks(stream)
    length = int(head.headers.get(b"content-length", b"0"))
    body = stream.read(length) if length else b""
    if len(body) < length:
        raise ConnectionError("hung up in the middle of a body")
    return body


def _read_chunks(stream: BinaryIO) -> bytes:
    """Chunks and trailers as they are, sizes included: they go on unread."""
    parts = []
    while True:
        line = stream.readline(LONGEST_LINE)
        parts.append(line)
        size = int(line.split(b";")[0], 16)
        if not size:
            break
        parts.append(stream.read(size + 2))
    while (line := stream.readline(LONGEST_LINE)) not in (b"\r\n", b"\n", b""):
        parts.append(line)
    parts.append(line)
    return b"".join(parts)
