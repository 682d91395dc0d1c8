"""The raw client against a server that misbehaves as told."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.credentials import ReadOnlyCredentials

from pulumi_dynamo_migrator.aws.wire import Endpoint, Wire
from pulumi_dynamo_migrator.aws.wire_faults import WireError, WireFault

Answer = Callable[["_Handler"], None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.stamps.append(self.headers["X-Amz-Date"])
        self.server.peers.add(self.client_address)
        self.server.answer(self)

    def reply(self, status: int, body: dict[str, str], *, date: str | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(data)))
        if date:
            self.send_header("Date", date)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: Answer = lambda handler: handler.reply(200, {"ok": "yes"})
        self.stamps: list[str] = []
        self.peers: set[object] = set()


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


AT = 1_700_000_000.0


def wire_to(server: _Server, *, now: float = AT, timeout: float = 5.0) -> Wire:
    endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}", "eu-west-1")
    return Wire(
        lambda: ReadOnlyCredentials("AKID", "secret", None), endpoint=endpoint, now=lambda: now, timeout=timeout
    )


def fault(wire: Wire) -> WireError:
    with pytest.raises(WireError) as caught:
        wire.call("Scan", b"{}", at=AT)
    return caught.value


def test_an_answer_comes_back_as_bytes_over_one_kept_connection(server: _Server) -> None:
    wire = wire_to(server)
    assert [wire.call("Scan", b"{}", at=AT) for _ in range(3)] == [b'{"ok": "yes"}'] * 3
    assert len(server.peers) == 1


def test_a_dropped_connection_leaves_the_outcome_unknown_and_the_next_call_works(server: _Server) -> None:
    wire = wire_to(server)
    wire.call("Scan", b"{}", at=AT)
    answer = server.answer
    server.answer = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    assert fault(wire).kind is WireFault.TRANSIENT
    server.answer = answer
    assert wire.call("Scan", b"{}", at=AT) == b'{"ok": "yes"}'


def test_a_silent_server_is_given_up_after_the_time_out(server: _Server) -> None:
    released = threading.Event()

    def silent(_handler: _Handler) -> None:
        released.wait(10)

    server.answer = silent
    try:
        assert fault(wire_to(server, timeout=0.1)).kind.unknown
    finally:
        released.set()


def test_a_call_is_signed_with_the_time_that_it_is_given(server: _Server) -> None:
    """Not with the time at which it is sent: its sender may have slept since it was allowed to send."""
    wire_to(server, now=AT + 3600.0).call("Scan", b"{}", at=AT)
    assert server.stamps == ["20231114T221320Z"]


def test_a_call_is_one_attempt(server: _Server) -> None:
    server.answer = lambda handler: handler.reply(500, {"__type": "x#InternalServerError", "message": "sorry"})
    assert fault(wire_to(server)).code == "InternalServerError"
    assert len(server.stamps) == 1


def test_an_answer_that_is_no_json_is_an_error_with_its_status(server: _Server) -> None:
    def answer(handler: _Handler) -> None:
        handler.send_response_only(503)
        handler.send_header("Content-Length", "4")
        handler.end_headers()
        handler.wfile.write(b"oops")

    server.answer = answer
    error = fault(wire_to(server))
    assert (error.status, error.kind, error.message) == (503, WireFault.TRANSIENT, "oops")


def test_a_wrong_clock_is_set_by_the_answer_that_complains_of_it(server: _Server) -> None:
    def answer(handler: _Handler) -> None:
        body = {"__type": "x#InvalidSignatureException", "message": "Signature expired: a is now earlier than b"}
        handler.reply(400, body, date="Wed, 15 Nov 2023 00:00:00 GMT")

    wire = wire_to(server)
    server.answer = answer
    assert fault(wire).kind is WireFault.STALE
    server.answer = lambda handler: handler.reply(200, {})
    wire.call("Scan", b"{}", at=AT)
    assert server.stamps == ["20231114T221320Z", "20231115T000000Z"]


def test_without_credentials_nothing_is_sent(server: _Server) -> None:
    wire = Wire(lambda: None, endpoint=Endpoint(f"http://127.0.0.1:{server.server_port}", "eu-west-1"))
    assert fault(wire).kind is WireFault.DENIED
    assert not server.stamps
