"""Law: an answer is the same however the network cuts it, and cut short it is an error; the next one is not touched."""

from __future__ import annotations

from http.client import HTTPException
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.aws.answer import Answer, read_answer
from pulumi_dynamo_migrator.aws.arrivals import Arrivals
from tests.fakes.parcels import Parcels

bodies = st.binary(max_size=300) | st.sampled_from([b"HTTP/1.1 200 OK\r\n\r\n", b"\r\n\r\n", b"0\r\n\r\n"])
cuts = st.lists(st.integers(0, 2000), max_size=12)


@st.composite
def answers(draw: st.DrawFn) -> tuple[bytes, int, bytes]:
    """An answer's bytes, its status and its body."""
    status, body = draw(st.sampled_from([200, 400, 500, 503])), draw(bodies)
    lines = [b"HTTP/1.1 %d Some Reason" % status, *draw(st.lists(st.sampled_from([b"X-Amzn-Crc32: 7", b"Server: x"])))]
    if draw(st.booleans()):
        return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body]), status, body
    bounds = sorted({0, len(body), *(cut % (len(body) + 1) for cut in draw(cuts))})
    chunks = [body[start:end] for start, end in pairwise(bounds)]
    text = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", text]) + b"0\r\n\r\n", status, body


def parcelled(data: bytes, at: list[int]) -> Arrivals:
    bounds = sorted({0, len(data), *(cut % (len(data) + 1) for cut in at)})
    return Arrivals(Parcels([data[start:end] for start, end in pairwise(bounds)]))


def told(answer: Answer) -> tuple[int, bytes, bool]:
    return answer.status, answer.body, answer.closing


@given(st.lists(answers(), min_size=1, max_size=3), cuts)
def test_answers_are_the_same_however_they_are_cut(sent: list[tuple[bytes, int, bytes]], at: list[int]) -> None:
    arrivals = parcelled(b"".join(data for data, _, _ in sent), at)
    for _, status, body in sent:
        assert told(read_answer(arrivals)) == (status, body, False)


@given(answers(), cuts, st.integers(0, 2000))
def test_an_answer_cut_short_is_an_error(sent: tuple[bytes, int, bytes], at: list[int], end: int) -> None:
    data = sent[0]
    with pytest.raises(HTTPException):
        read_answer(parcelled(data[: end % len(data)], at))


@given(st.binary(max_size=400), cuts)
def test_garbage_is_an_error_or_an_answer_and_nothing_else(data: bytes, at: list[int]) -> None:
    for text in (data, b"HTTP/1.1 200 OK\r\n" + data):
        outcomes: set[object] = set()
        for arrivals in (parcelled(text, at), parcelled(text, [])):
            try:
                outcomes.add(told(read_answer(arrivals)))
            except HTTPException as error:
                outcomes.add(type(error))
        assert len(outcomes) == 1
