"""DynamoDB Local as a process of its own, on a free port that only this machine can reach.

    with DynamoDbLocal.start(log=Path("local.log")) as local:
        boto3.client("dynamodb", endpoint_url=local.endpoint, ...)

What is in it lives in memory. It ends with the program that started it, also when that program is killed. Never ends a
process that it has not started, and never speaks to the real AWS or to Amazon's telemetry.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.dynamodb_local.fetch import NoDynamoDbLocalError, fetched

MAIN = Path(__file__).with_name("OnLoopback.java")
STARTS_WITHIN = 60.0  # a second when the machine is idle
OPTIONS = ("-inMemory", "-sharedDb", "-disableTelemetry")
LIGHT = ("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # it would take a quarter of the machine


@dataclass(frozen=True, slots=True)
class DynamoDbLocal:
    """A running DynamoDB Local."""

    port: int
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, *, log: Path) -> Self:
        """Start one and wait until it answers; NoDynamoDbLocalError where that cannot be."""
        archives = fetched(os.environ)
        with log.open("ab") as written:
            process = subprocess.Popen(
                ["java", *LIGHT, f"-Djava.library.path={archives}", "-cp", f"{archives}/*", str(MAIN), *OPTIONS],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=written,
            )
        port = _told_port(process)
        if port is None:
            _end(process)
            told = log.read_text(errors="replace")
            raise NoDynamoDbLocalError(f"DynamoDB Local did not start; its log ({log}) ends with:\n{told[-1000:]}")
        return cls(port, process)

    @property
    def endpoint(self) -> str:
        """The address of DynamoDB and of its streams."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End it; safe to call twice."""
        _end(self.process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def _told_port(process: subprocess.Popen[bytes]) -> int | None:
    """Read on until it says its port; None when it ends before that, or says nothing for long."""
    patience = threading.Timer(STARTS_WITHIN, process.kill)
    patience.start()
    try:
        assert process.stdout is not None
        return next(_ports(process.stdout), None)
    finally:
        patience.cancel()


def _ports(lines: Iterable[bytes]) -> Iterator[int]:
    return (int(line.split()[1]) for line in lines if line.startswith(b"port "))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
