"""Our copy once more, its progress told to an engine, as in an `up`: what does telling cost?

The engine is a process of its own (`python -m benchmarks.contenders.told`), and what it takes does not count.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]  # it has no types of its own
from pulumi.runtime.proto import engine_pb2_grpc

from benchmarks.contenders.ours import IDENTITY, copy_by
from benchmarks.site import Site, Work
from pulumi_dynamo_migrator.console import Console


def copy(_site: Site) -> Work:
    """The identity, under a console."""
    engine = subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert engine.stdout is not None
    console = Console("urn:pulumi:dev::benchmark::table::orders", f"127.0.0.1:{int(engine.stdout.readline())}")
    return copy_by(IDENTITY, console.progress)


class Engine(engine_pb2_grpc.EngineServicer):
    """Hears every line and keeps none."""

    def Log(self, request: Any, context: Any) -> Empty:  # noqa: N802, ARG002 - gRPC's names
        """One line."""
        return Empty()


def main() -> None:
    """Serve on a free port, and print it; end when the standard input does."""
    server = grpc.server(ThreadPoolExecutor(1))
    engine_pb2_grpc.add_EngineServicer_to_server(Engine(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(None)


if __name__ == "__main__":
    main()
