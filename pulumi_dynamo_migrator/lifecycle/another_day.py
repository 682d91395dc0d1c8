"""A script: puts items through a chain on another day than today. Started by `elsewhere.py`, never imported.

Reads JSON from standard input, writes JSON to standard output: for each item the digests of its results, or null where
it fails. What a conversion prints goes to standard error. It needs the standard library and our `conversion` package
alone, as Lambda does, and never asks AWS.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import time
import types
from typing import Any

AHEAD = 400 * 86_400 + 5 * 3_600 + 7 * 60 + 11.5
"""Seconds: another year, month, day, hour, minute and second."""


def move_the_clock() -> None:
    """Everything that tells the time of day tells another one."""
    real = types.SimpleNamespace(**vars(time))

    def then() -> float:
        return float(real.time() + AHEAD)

    vars(time).update(
        time=then,
        time_ns=lambda: int(then() * 1e9),
        localtime=lambda seconds=None: real.localtime(then() if seconds is None else seconds),
        gmtime=lambda seconds=None: real.gmtime(then() if seconds is None else seconds),
        ctime=lambda seconds=None: real.ctime(then() if seconds is None else seconds),
        asctime=lambda at=None: real.asctime(time.localtime() if at is None else at),
        strftime=lambda text, at=None: real.strftime(text, time.localtime() if at is None else at),
    )
    _move_dates()


def _move_dates() -> None:
    """`datetime.datetime` and `datetime.date` cannot be changed: classes that are taken for them stand before them."""
    date, with_time = dt.date, dt.datetime

    class Like(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, with_time if issubclass(cls, with_time) else date)

    class Date(dt.date, metaclass=Like):
        @classmethod
        def today(cls) -> Any:
            return cls.fromtimestamp(time.time())

    class DateTime(dt.datetime, metaclass=Like):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls.fromtimestamp(time.time(), tz)

        @classmethod
        def today(cls) -> Any:
            return cls.now()

        @classmethod
        def utcnow(cls) -> Any:
            return cls.now(dt.UTC).replace(tzinfo=None)

    vars(dt).update(date=Date, datetime=DateTime)


def without_parent(folder: str) -> None:
    """Our package without its own imports: they are not there in Lambda, and Pulumi's take a second."""
    package = types.ModuleType("pulumi_dynamo_migrator")
    package.__path__ = [folder]
    sys.modules[package.__name__] = package


def results(given: dict[str, Any]) -> list[list[str] | None]:
    """For each item the digests of what becomes of it."""
    from pulumi_dynamo_migrator.conversion.canonical import digest
    from pulumi_dynamo_migrator.conversion.chain import Chain
    from pulumi_dynamo_migrator.conversion.problems import ItemError

    chain = Chain.from_json(given["chain"])
    told: list[list[str] | None] = []
    for item in given["items"]:
        try:
            told.append([digest(one).hex() for one in chain.apply(item)])
        except ItemError:
            told.append(None)
    return told


if __name__ == "__main__":
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    asked = json.load(sys.stdin)
    sys.path[:] = asked["path"]
    without_parent(asked["package"])
    move_the_clock()
    json.dump(results(asked), answer)
