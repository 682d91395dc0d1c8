"""A proxy in front of the embedded AWS that counts requests and kills the asking process at one of them.

Before: the request never reaches AWS. After: it takes effect, and its answer never reaches the process. Lambda
functions speak to the embedded AWS directly and are not counted.
"""

from __future__ import annotations

import subprocess
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


class Proxy:
    """Forwards to `endpoint`; `calls` says how many requests have come since the last `reset`."""

    def __init__(self, endpoint: str) -> None:
        self.calls: list[str] = []
        self._lock = threading.Lock()
        self._kill_at: int | None = None
        self._after = False
        self.victim: subprocess.Popen[str] | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self, endpoint))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def endpoint(self) -> str:
        """Where to send requests."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def reset(self, *, kill_at: int | None = None, after: bool = False) -> None:
        """Count from nought; kill the `victim` at request `kill_at`, counted from 1."""
        with self._lock:
            self.calls = []
            self._kill_at, self._after = kill_at, after

    def count(self, what: str) -> bool:
        """Count one request; whether it is the one to kill at."""
        with self._lock:
            self.calls.append(what)
            return len(self.calls) == self._kill_at

    def kill(self) -> None:
        """`kill -9` the process that is asking."""
        if self.victim is None:
            raise LookupError("nobody is named to be killed")
        self.victim.kill()

    @property
    def kills_after(self) -> bool:
        """Whether the request takes effect before the process is killed."""
        return self._after


def _handler_for(proxy: Proxy, endpoint: str) -> type[BaseHTTPRequestHandler]:
    host = urlsplit(endpoint).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fatal = proxy.count(f"{self.headers.get('X-Amz-Target') or self.path}")
            if fatal and not proxy.kills_after:
                self._kill()
                return
            connection = HTTPConnection(host)
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            told = answer.read()
            connection.close()
            if fatal:
                self._kill()
                return
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def _kill(self) -> None:
            proxy.kill()
            self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = _forward  # noqa: N815 (the base class looks for these names)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the base class's name)
            """Say nothing."""

    return Handler
