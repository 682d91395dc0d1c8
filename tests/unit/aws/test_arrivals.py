"""Bytes off a socket, put together wherever the network cut them."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.aws.arrivals import BUFFER, Arrivals
from tests.fakes.parcels import Parcels


def test_what_is_longer_than_the_buffer_comes_whole() -> None:
    data = bytes(range(256)) * (3 * BUFFER // 256)
    arrivals = Arrivals(Parcels([b"head\n" + data[:100], data[100:]]))
    assert arrivals.line(80) == b"head\n"
    assert arrivals.read(len(data)) == data


def test_at_the_end_of_the_stream_there_is_less() -> None:
    assert Arrivals(Parcels([b"ab", b"c"])).read(5) == b"abc"
    assert Arrivals(Parcels([b"ab", b"c"])).line(9) == b"abc"
    assert Arrivals(Parcels([])).up_to(b"x") is None
    assert Arrivals(Parcels([])).rest() == b""


def test_a_mark_that_has_not_come_yet_is_not_waited_for() -> None:
    arrivals = Arrivals(Parcels([b"a\r", b"\nb"]))
    assert arrivals.up_to(b"\r\n") is None
    assert arrivals.line(9) == b"a\r\n"
    assert arrivals.rest() == b"b"


@pytest.mark.parametrize("parcels", [[b"abcdef\n"], [b"ab", b"cdef\n"], [b"abcd", b"ef\n"]])
def test_a_line_that_is_too_long_ends_where_it_must(parcels: list[bytes]) -> None:
    arrivals = Arrivals(Parcels(parcels))
    assert arrivals.line(4) == b"abcd"
    assert arrivals.line(4) == b"ef\n"
