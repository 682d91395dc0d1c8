"""One HTTP/1.1 answer off a connection: as http.client reads it, without its mail parser, which costs half a request.

Never guesses where an answer ends: what is cut short, or is no HTTP, raises http.client's own errors.
"""

from __future__ import annotations

from http.client import BadStatusLine, HTTPException, IncompleteRead, LineTooLong, RemoteDisconnected
from typing import NamedTuple

from pulumi_dynamo_migrator.aws.arrivals import Arrivals

LONGEST_LINE = 65536
MOST_LINES = 101
"""http.client's limits: a status, and a hundred headers."""
_NO_BODY = (204, 304)
_END = b"\r\n\r\n"
_OK = b"http/1.1 200 "
_CONNECTION, _ENCODING, _LENGTH = b"\nconnection:", b"\ntransfer-encoding:", b"\ncontent-length:"


class Answer(NamedTuple):
    """A whole answer. `head`: status and headers, in lower case; `closing`: the connection is good for no other."""

    status: int
    head: bytes
    body: bytes
    closing: bool

    def header(self, name: bytes) -> bytes | None:
        """What a header says; `name` in lower case."""
        return _after(b"\n%b:" % name, self.head)


def read_answer(arrivals: Arrivals) -> Answer:
    """Read one answer to its end."""
    head = _head(arrivals)
    status = 200 if head.startswith(_OK) else _status(head)
    while 100 <= status < 200:  # "go on", "early hints": the answer is still to come
        head = _head(arrivals)
        status = _status(head)
    said = _after(_CONNECTION, head) or b""
    closing = b"close" in said or (head.startswith(b"http/1.0") and b"keep-alive" not in said)
    if b"chunked" in (_after(_ENCODING, head) or b""):
        return Answer(status, head, _chunks(arrivals), closing)
    length = _after(_LENGTH, head)
    if length is not None:
        return Answer(status, head, _exactly(arrivals, _number(length, 10)), closing)
    if status in _NO_BODY:
        return Answer(status, head, b"", closing)
    return Answer(status, head, arrivals.rest(), closing=True)


def _head(arrivals: Arrivals) -> bytes:
    """Everything up to the empty line, in lower case."""
    text = arrivals.up_to(_END) or b"".join(_lines(arrivals))
    if text.count(b"\n") > MOST_LINES + 1:
        raise HTTPException(f"got more than {MOST_LINES - 1} headers")
    return text.lower()


def _lines(arrivals: Arrivals) -> list[bytes]:
    """The same where it came in pieces, or with bare line feeds."""
    lines: list[bytes] = []
    while True:
        line = arrivals.line(LONGEST_LINE + 1)
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


def _after(mark: bytes, head: bytes) -> bytes | None:
    """The rest of the line that begins so."""
    start = head.find(mark)
    if start < 0:
        return None
    start += len(mark)
    return head[start : head.index(b"\n", start)].strip()


def _chunks(arrivals: Arrivals) -> bytes:
    parts: list[bytes] = []
    while size := _number(arrivals.line(LONGEST_LINE).partition(b";")[0].strip(), 16):
        parts.append(_exactly(arrivals, size))
        _exactly(arrivals, 2)  # the chunk's own line end
    while (line := arrivals.line(LONGEST_LINE)) not in {b"\r\n", b"\n"}:  # what may trail
        if not line:
            raise IncompleteRead(b"".join(parts))
    return b"".join(parts)


def _exactly(arrivals: Arrivals, size: int) -> bytes:
    read = arrivals.read(size)
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
