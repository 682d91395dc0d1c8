"""Keeps an eye on credentials that refresh themselves, in a thread of its own: fetching them may take its time, and the
lease must be renewed meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from pulumi_dynamo_migrator.aws.signature import Credentials
from pulumi_dynamo_migrator.fleet.messages import Keys, Lent

PAUSE = 1.0
"""Seconds; boto3 fetches new credentials a quarter of an hour before the old ones end."""


class Lender:
    """`keys`: the credentials of the moment; they were fetched once when this is made."""

    def __init__(self, credentials: Callable[[], Credentials | None], *, pause: float = PAUSE) -> None:
        self._credentials, self._pause = credentials, pause
        self.keys = self._told = Keys.of(credentials())
        self._error: BaseException | None = None
        self._closed = threading.Event()
        threading.Thread(target=self._look, name="credentials", daemon=True).start()

    def changed(self) -> Lent | None:
        """What the workers have to be told, once; raises what fetching them did."""
        if self._error is not None:
            raise self._error
        if self.keys == self._told:
            return None
        self._told = self.keys
        return Lent(self._told)

    def close(self) -> None:
        """Look no more."""
        self._closed.set()

    def _look(self) -> None:
        while not self._closed.wait(self._pause):
            try:
                self.keys = Keys.of(self._credentials())
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever asks
                self._error = error
                return
