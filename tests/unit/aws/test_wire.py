"""The raw client against a server that misbehaves as told."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.credentials import ReadOnlyCredentials

from pulumi_dynamo_migrator.aws.line import Line
from pulumi_dynamo_migrator.aws.wire import Endpoint, Wire
from pulumi_dynamo_migrator.aws.wire_faults import WireError, WireFault

Answer = Callable[["_Handler"], None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.stamps.append(self.headers["X-Amz-Date"])
        self.server.heads.append(dict(self.headers.items()))
        self.server.lengths.append(len(self.body))
        self.server.paths.append(self.path)
        self.server.peers.add(self.client_address)
        self.server.answer(self)

    def do_CONNECT(self) -> None:
        self.server.paths.append(self.path)
        self.server.tunnel(self)

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
        self.heads: list[dict[str, str]] = []
        self.lengths: list[int] = []
        self.paths: list[str] = []
        self.tunnel: Answer = lambda handler: handler.reply(405, {})
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


def test_credentials_are_asked_for_before_each_request(server: _Server) -> None:
    given = iter([ReadOnlyCredentials("AKID1", "secret", None), ReadOnlyCredentials("AKID2", "renewed", "token")])
    wire = Wire(lambda: next(given), endpoint=Endpoint(f"http://127.0.0.1:{server.server_port}", "eu-west-1"))
    wire.call("Scan", b"{}", at=AT)
    wire.call("Scan", b"{}", at=AT)
    first, second = server.heads
    assert "Credential=AKID1/" in first["Authorization"]
    assert "X-Amz-Security-Token" not in first
    assert "Credential=AKID2/" in second["Authorization"]
    assert second["X-Amz-Security-Token"] == "token"


def test_a_request_says_who_is_asked_for_what_and_asks_for_plain_bytes(server: _Server) -> None:
    wire_to(server).call("Scan", b"{}", at=AT)
    (head,) = server.heads
    assert head["Host"] == f"127.0.0.1:{server.server_port}"
    assert head["Content-Type"] == "application/x-amz-json-1.0"
    assert head["X-Amz-Target"] == "DynamoDB_20120810.Scan"
    assert head["Accept-Encoding"] == "identity"


def test_a_large_body_arrives_whole(server: _Server) -> None:
    body = b"x" * 3_000_000
    wire_to(server).call("BatchExecuteStatement", body, at=AT)
    assert server.lengths == [len(body)]


def test_a_connection_that_stood_idle_is_not_used_again(server: _Server) -> None:
    clock = iter([0.0, 100.0, 200.0, 201.0, 202.0, 203.0])
    connection = HTTPConnection("127.0.0.1", server.server_port)
    line = Line(connection, idle=50.0, monotonic=lambda: next(clock))
    head = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n"
    for _ in range(3):
        assert line.exchange(head, b"{}").body == b'{"ok": "yes"}'
    line.close()
    assert len(server.peers) == 2


def test_a_connection_is_closed_when_its_answer_says_so(server: _Server) -> None:
    answer = server.answer

    def closing(handler: _Handler) -> None:
        handler.close_connection = True
        handler.send_response_only(200)
        handler.send_header("Content-Length", "2")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(b"{}")

    wire = wire_to(server)
    server.answer = closing
    assert wire.call("Scan", b"{}", at=AT) == b"{}"
    server.answer = answer
    assert wire.call("Scan", b"{}", at=AT) == b'{"ok": "yes"}'
    assert len(server.peers) == 2


def test_an_answer_that_is_cut_short_leaves_the_outcome_unknown(server: _Server) -> None:
    def short(handler: _Handler) -> None:
        handler.close_connection = True
        handler.send_response_only(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"{")

    server.answer = short
    assert fault(wire_to(server)).kind is WireFault.TRANSIENT


def test_a_plain_proxy_is_asked_for_the_whole_address_and_told_the_endpoints_name(server: _Server) -> None:
    proxy = f"http://127.0.0.1:{server.server_port}"
    endpoint = Endpoint("http://dynamodb.example.com", "eu-west-1", proxy=proxy)
    wire = Wire(lambda: ReadOnlyCredentials("AKID", "secret", None), endpoint=endpoint)
    assert wire.call("Scan", b"{}", at=AT) == b'{"ok": "yes"}'
    assert server.paths == ["http://dynamodb.example.com"]
    assert server.heads[0]["Host"] == "dynamodb.example.com"


def test_a_secure_endpoint_behind_a_proxy_is_reached_through_a_tunnel(server: _Server) -> None:
    def refuse(handler: _Handler) -> None:
        handler.reply(403, {})

    server.tunnel = refuse
    endpoint = Endpoint("https://dynamodb.example.com", "eu-west-1", proxy=f"http://127.0.0.1:{server.server_port}")
    wire = Wire(lambda: ReadOnlyCredentials("AKID", "secret", None), endpoint=endpoint)
    assert "403" in fault(wire).message
    assert server.paths == ["dynamodb.example.com:443"]
