"""Looking again with growing pauses until something is so. Time comes in as an argument; never decides what "so" is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock

GROWTH = 1.5


class WaitedTooLongError(MigratorError):
    """Something took longer than its Timing allows."""


def pauses(timing: Timing) -> Iterator[float]:
    """`poll`, then growing up to `poll_cap`, for ever."""
    pause = timing.poll
    while True:
        yield pause
        pause = min(pause * GROWTH, timing.poll_cap)


T = TypeVar("T")


def wait_for(
    look: Callable[[], T | None], *, clock: Clock, timing: Timing, limit: float, what: str, now: str = ""
) -> T:
    """The first answer of `look` that is not None; past `limit` an error that begins with `what`."""
    began = clock.monotonic()
    for pause in pauses(timing):
        answer = look()
        if answer is not None:
            return answer
        if clock.monotonic() - began >= limit:
            break
        clock.sleep(pause)
    raise WaitedTooLongError(
        f"{what} within {limit:g} seconds.", now=now or "run `pulumi up` again: it continues where this one stopped."
    )
