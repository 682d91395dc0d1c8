"""Reading one HTTP answer: the same as http.client reads, wherever the network cuts it."""

from __future__ import annotations

import io
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse, IncompleteRead, RemoteDisconnected
from typing import Any

import pytest

from pulumi_dynamo_migrator.aws.answer import MOST_LINES, Answer, read_answer
from pulumi_dynamo_migrator.aws.arrivals import Arrivals
from tests.fakes.parcels import Parcels

ANSWERS = {
    "plain": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: Wed, 15 Nov 2023 00:00:00 GMT\r\n\r\nhello",
    "empty": b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    "bare line ends": b"HTTP/1.1 200 OK\ncontent-length:2\n\nok",
    "no reason": b"HTTP/1.1 404\r\nContent-Length: 2\r\n\r\nno",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
    b"5;x=y\r\nhello\r\nA\r\n, world!!!\r\n0\r\nT: 1\r\n\r\n",
    "closing": b"HTTP/1.1 500 Oh\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
    "until the end": b"HTTP/1.1 200 OK\r\n\r\nall of it",
    "an old proxy's": b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
    "an old proxy's that goes on": b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx",
    "without a body": b"HTTP/1.1 204 No Content\r\n\r\n",
    "after going on": b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
}


class _Socket:
    """As much of a socket as http.client needs to read."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_args: Any, **_kwargs: Any) -> io.BufferedReader:
        return io.BufferedReader(io.BytesIO(self._data))


Read = Callable[[bytes], Answer]


def in_drops(data: bytes) -> Answer:
    """One byte at a time."""
    return read_answer(Arrivals(Parcels([data[at : at + 1] for at in range(len(data))])))


def at_once(data: bytes) -> Answer:
    return read_answer(Arrivals(Parcels([data])))


@pytest.fixture(params=[in_drops, at_once])
def read(request: pytest.FixtureRequest) -> Read:
    found: Read = request.param
    return found


@pytest.mark.parametrize("data", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_what_http_client_makes_of_it(read: Read, data: bytes) -> None:
    theirs = HTTPResponse(_Socket(data))  # type: ignore[arg-type]  # it needs no more of a socket
    theirs.begin()
    ours = read(data)
    assert (ours.status, ours.closing, ours.body) == (theirs.status, theirs.will_close, theirs.read())
    for name, value in theirs.getheaders():
        assert ours.header(name.lower().encode()) == value.lower().encode()
    assert ours.header(b"nothing") is None


WHOLE = [name for name in ANSWERS if name not in {"until the end", "an old proxy's", "no reason"}]


@pytest.mark.parametrize("name", WHOLE)
def test_an_answer_that_is_cut_short_is_an_error_wherever_it_is_cut(read: Read, name: str) -> None:
    data = ANSWERS[name]
    for length in range(len(data)):
        with pytest.raises(HTTPException):
            read(data[:length])


def test_two_answers_on_one_connection_do_not_touch() -> None:
    arrivals = Arrivals(Parcels([ANSWERS["chunked"] + ANSWERS["plain"]]))
    assert [read_answer(arrivals).body for _ in range(2)] == [b"hello, world!!!", b"hello"]


def test_a_connection_that_ends_without_a_word_is_told_apart(read: Read) -> None:
    with pytest.raises(RemoteDisconnected):
        read(b"")


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * MOST_LINES + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_an_error(read: Read, data: bytes) -> None:
    with pytest.raises(HTTPException):
        read(data)


def test_what_came_before_the_cut_is_kept_in_the_error(read: Read) -> None:
    with pytest.raises(IncompleteRead) as caught:
        read(ANSWERS["plain"][:-2])
    assert caught.value.partial == b"hel"
