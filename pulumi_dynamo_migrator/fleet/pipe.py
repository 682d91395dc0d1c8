"""Messages over a pair of pipes: a length of four bytes, then MessagePack. Knows nothing of what they mean."""

from __future__ import annotations

import threading
from typing import Any, BinaryIO, Generic, TypeVar

import msgspec

Out = TypeVar("Out", bound=msgspec.Struct)
In = TypeVar("In", bound=msgspec.Struct)

_HEAD = 4


class Pipe(Generic[Out, In]):
    """One end. Any thread may send, one receives."""

    def __init__(self, reading: BinaryIO, writing: BinaryIO, *, expects: Any) -> None:
        self._reading, self._writing = reading, writing
        self._decoder = msgspec.msgpack.Decoder(expects)
        self._encoder = msgspec.msgpack.Encoder()
        self._lock = threading.Lock()

    def send(self, message: Out) -> bool:
        """Send it whole; False where nobody is there to read it any more."""
        body = self._encoder.encode(message)
        with self._lock:
            try:
                self._writing.write(len(body).to_bytes(_HEAD, "big") + body)
                self._writing.flush()
            except (OSError, ValueError):  # broken, or closed here
                return False
        return True

    def receive(self) -> In | None:
        """The next message; None when there will be none, because the other end is gone (maybe in mid-sentence)."""
        head = self._reading.read(_HEAD)
        if len(head) < _HEAD:
            return None
        length = int.from_bytes(head, "big")
        body = self._reading.read(length)
        if len(body) < length:
            return None
        message: In = self._decoder.decode(body)
        return message

    def hang_up(self) -> None:
        """Say nothing more: the other end reads the pipe's end."""
        with self._lock:
            try:
                self._writing.close()
            except OSError:  # what was not flushed has nobody to read it
                return
