"""One HTTP/1.1 answer off a connection: as http.client reads it, without its mail parser, which costs half a request.

Never guesses where an answer ends: what is cut short, or is no HTTP, raises http.client's own errors.
"""

from __future__ import annotations

from http.client import BadStatusLine, HTTPException, IncompleteRead, LineTooLong, RemoteDisconnected
from typing import NamedTuple, Protocol

LONGEST_LINE = 65536
MOST_LINES = 101
"""http.client's limits: a status, and a hundred headers."""
_NO_BODY = (204, 304)
_END = b"\r\n\r\n"


class Reader(Protocol):
    """The reading end of a connection, buffered."""

    def peek(self, size: int = 0, /) -> bytes:
        """What has come and was not read yet; waits for at least one byte; none at the end of the stream."""

    def readline(self, size: int = -1, /) -> bytes:
        """A line with its end; less at the end of the stream."""

    def read(self, size: int = -1, /) -> bytes:
        """So many bytes (-1: all there are); less at the end of the stream."""

    def close(self) -> None:
        """Let go of the connection."""


class Answer(NamedTuple):
    """A whole answer. `head`: status and headers, in lower case; `closing`: the connection is good for no other."""

    status: int
    head: bytes
    body: bytes
    closing: bool

    def header(self, name: bytes) -> bytes | None:
        """What a header says; `name` in lower case."""
        return _field(self.head, name)


def read_answer(reader: Reader) -> Answer:
    """Read one answer to its end."""
    head = _head(reader)
    status = _status(head)
    while 100 <= status < 200:  # "go on", "early hints": the answer is still to come
        head = _head(reader)
        status = _status(head)
    said = _field(head, b"connection") or b""
    closing = b"close" in said or (head.startswith(b"http/1.0") and b"keep-alive" not in said)
    if b"chunked" in (_field(head, b"transfer-encoding") or b""):
        return Answer(status, head, _chunks(reader), closing)
    length = _field(head, b"content-length")
    if length is not None:
        return Answer(status, head, _exactly(reader, _number(length, 10)), closing)
    if status in _NO_BODY:
        return Answer(status, head, b"", closing)
    return Answer(status, head, reader.read(), closing=True)


def _head(reader: Reader) -> bytes:
    """Everything up to the empty line, in lower case, each line behind a line feed."""
    end = reader.peek(1).find(_END)
    text = reader.read(end + len(_END)) if end >= 0 else b"".join(_lines(reader))
    if text.count(b"\n") > MOST_LINES + 1:
        raise HTTPException(f"got more than {MOST_LINES - 1} headers")
    return text.replace(b"\r\n", b"\n").lower()


def _lines(reader: Reader) -> list[bytes]:
    """The same where it came in pieces, or with bare line feeds."""
    lines: list[bytes] = []
    while True:
        line = reader.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise LineTooLong("header line")
        if not line.endswith(b"\n"):
            raise IncompleteRead(line) if lines or line else RemoteDisconnected("it ended without an answer")
        lines.append(line)
        if not lines[0].startswith(b"HTTP/"):
            raise BadStatusLine(line.decode("latin-1"))
        if line in {b"\r\n", b"\n"} or len(lines) > MOST_LINES + 1:
            return lines


def _status(head: bytes) -> int:
    version, _, rest = head.partition(b" ")
    if not version.startswith(b"http/1.") or not rest[:3].isdigit():
        raise BadStatusLine(head[:100].decode("latin-1"))
    return int(rest[:3])


def _field(head: bytes, name: bytes) -> bytes | None:
    start = head.find(b"\n" + name + b":")
    if start < 0:
        return None
    start += len(name) + 2
    return head[start : head.index(b"\n", start)].strip()


def _chunks(reader: Reader) -> bytes:
    parts: list[bytes] = []
    while size := _number(reader.readline(LONGEST_LINE).partition(b";")[0].strip(), 16):
        parts.append(_exactly(reader, size))
        _exactly(reader, 2)  # the chunk's own line end
    while (line := reader.readline(LONGEST_LINE)) not in {b"\r\n", b"\n"}:  # what may trail
        if not line:
            raise IncompleteRead(b"".join(parts))
    return b"".join(parts)


def _exactly(reader: Reader, size: int) -> bytes:
    read = reader.read(size)
    if len(read) < size:
        raise IncompleteRead(read, size - len(read))
    return read


def _number(text: bytes, base: int) -> int:
    if not text.isalnum():  # no sign, no space in it
        raise HTTPException(f"{text[:40]!r} is no length")
    try:
        return int(text, base)
    except ValueError:
        raise HTTPException(f"{text[:40]!r} is no length") from None
