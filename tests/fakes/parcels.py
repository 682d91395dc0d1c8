"""The reading end of a socket on which bytes arrive in parcels of given sizes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any


class Parcels:
    """Gives one parcel at a time, or what of it was asked for; nothing more once all are given."""

    def __init__(self, parcels: Iterable[bytes]) -> None:
        self._left = deque(parcel for parcel in parcels if parcel)

    def recv(self, size: int, /) -> bytes:
        if not self._left:
            return b""
        parcel = self._left.popleft()
        if len(parcel) > size:
            self._left.appendleft(parcel[size:])
        return parcel[:size]

    def recv_into(self, buffer: Any, /) -> int:
        parcel = self.recv(len(buffer))
        buffer[: len(parcel)] = parcel
        return len(parcel)
