"""A proxy that lets something happen at a moment of a migration: just before a request goes on, or its answer back.

    stage.cue("Scan", plant, table=successor)                # before the first scan of the successor: verify begins
    stage.cue("PutItem", look, table=successor, after=True)  # after a repair, before the process hears of it

The request waits meanwhile. What is raised comes out of the `with` block, but for ConnectionError, which loses the
request (or, `after`, its answer). Never changes a message.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from tests.emulator.proxy import Proxy
from tools.forwarding import Message, Upstream
from tools.policy_rules import statements, table_name, written_by

SERVICE = "DynamoDB_20120810."
Act = Callable[[], object]
When = Callable[[dict[str, Any]], bool]


@dataclass
class Cue:
    """Something that happens at most `left` times."""

    operation: str
    table: str | None
    when: When
    act: Act
    after: bool
    left: int


class Stage(Proxy):
    """Forwards to `endpoint`, and gives its cues."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint)
        self._cues: list[Cue] = []
        self._raised: list[BaseException] = []
        self._picking = threading.Lock()

    def cue(
        self,
        operation: str,
        act: Act,
        *,
        table: str | None = None,
        when: When = lambda _asked: True,
        after: bool = False,
        times: int = 1,
    ) -> None:
        """Do `act` at the next `times` requests for this operation (on this table) of which `when` is true."""
        with self._picking:
            self._cues.append(Cue(operation, table, when, act, after, times))

    def handle(self, request: Message, upstream: Upstream) -> Message | None:
        """Give the cues, and forward in between."""
        if not self._give(request, after=False):
            return None
        answer = super().handle(request, upstream)
        return answer if self._give(request, after=True) else None

    def _give(self, request: Message, *, after: bool) -> bool:
        """Whether the message goes on."""
        due = self._due(request, after=after)
        try:
            for cue in due:
                cue.act()
        except ConnectionError:
            return False
        except BaseException as error:  # noqa: BLE001 - a thread's error belongs to the test, whatever it is
            self._raised.append(error)
            return False
        return True

    def _due(self, request: Message, *, after: bool) -> list[Cue]:
        if not request.target.startswith(SERVICE):
            return []
        operation = request.target.removeprefix(SERVICE)
        with self._picking:
            due = [cue for cue in self._cues if cue.after is after and cue.operation == operation and cue.left]
            if not due:
                return []
            asked = request.json()
            due = [
                cue for cue in due if (cue.table is None or cue.table in tables(operation, asked)) and cue.when(asked)
            ]
            for cue in due:
                cue.left -= 1
        return due

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        super().__exit__(kind, error, at)
        if self._raised:
            raise self._raised[0]


def tables(operation: str, asked: dict[str, Any]) -> set[str]:
    """The tables that a request names."""
    if "TableName" in asked:
        return {table_name(asked["TableName"])}
    if "RequestItems" in asked:
        return set(map(table_name, asked["RequestItems"]))
    written = map(written_by, statements(operation, asked))
    return {write.table for write in written if write is not None}
