"""The ceiling: the bytes that a copy by PartiQL must send and read, and nothing else.

One signing key, values never decoded, answers only searched for an error. No retries, no checks, no
connection that ends, no credentials that change: a client for a benchmark, and for nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
import ssl
import time
from collections.abc import Callable
from functools import lru_cache
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

import msgspec

from benchmarks.site import Site, Work, source, target

BATCH = 25
Call = Callable[[str, bytes], bytes]


class _Page(msgspec.Struct, rename="pascal"):
    items: list[dict[str, msgspec.Raw]]
    last_evaluated_key: msgspec.Raw = msgspec.Raw()


@lru_cache
def statement(table: str, names: tuple[str, ...]) -> str:
    """The insert of an item with these attributes."""
    return f'INSERT INTO "{table}" VALUE {{' + ", ".join(f"'{name}': ?" for name in names) + "}"


def copy(site: Site) -> Work:
    """Scan, BatchExecuteStatement, over a socket: nothing in Python can be much faster."""
    return _copy(_over_socket(site))


def copy_http(site: Site) -> Work:
    """The same over http.client: what a bare client is made of."""
    return _copy(over_http_client(site))


def _copy(call: Call) -> Work:
    def work(pages: int) -> int:
        table, cursor, copied = target(pages), b"", 0
        while True:
            start = b',"ExclusiveStartKey":' + cursor if cursor else b""
            body = b'{"TableName":"%s","ConsistentRead":true%s}' % (source(pages).encode(), start)
            page = msgspec.json.decode(call("Scan", body), type=_Page)
            items = page.items
            for first in range(0, len(items), BATCH):
                statements = [
                    {"Statement": statement(table, tuple(item)), "Parameters": list(item.values())}
                    for item in items[first : first + BATCH]
                ]
                answer = call("BatchExecuteStatement", msgspec.json.encode({"Statements": statements}))
                assert b'"Error"' not in answer
            copied += len(items)
            cursor = bytes(page.last_evaluated_key)
            if not cursor:
                return copied

    return work


def _over_socket(site: Site) -> Call:
    host, port, trusted = _place(site)
    line = socket.create_connection((host, port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if trusted:
        line = trusted.wrap_socket(line, server_hostname=host)
    sign = _signer(f"{host}:{port}")

    def call(operation: str, body: bytes) -> bytes:
        headers = "\r\n".join([f"{name}: {value}" for name, value in sign(operation, body).items()])
        line.sendall(f"POST / HTTP/1.1\r\n{headers}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        return _answer(line)

    return call


def over_http_client(site: Site) -> Call:
    """One connection of the standard library's client."""
    host, port, trusted = _place(site)
    line = HTTPSConnection(host, port, context=trusted) if trusted else HTTPConnection(host, port)
    sign = _signer(f"{host}:{port}")

    def call(operation: str, body: bytes) -> bytes:
        line.request("POST", "/", body=body, headers=sign(operation, body))
        answer = line.getresponse()
        assert answer.status == 200
        return answer.read()

    return call


def _place(site: Site) -> tuple[str, int, ssl.SSLContext | None]:
    parts = urlsplit(site.endpoint)
    assert parts.hostname is not None
    assert parts.port is not None
    secure = parts.scheme == "https"
    trusted = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"]) if secure else None
    return parts.hostname, parts.port, trusted


def _signer(host: str) -> Callable[[str, bytes], dict[str, str]]:
    region, identity = os.environ["AWS_REGION"], os.environ["AWS_ACCESS_KEY_ID"]
    scope = f"{time.strftime('%Y%m%d', time.gmtime())}/{region}/dynamodb/aws4_request"
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    names = "content-type;host;x-amz-date;x-amz-target"

    def sign(operation: str, body: bytes) -> dict[str, str]:
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        signed = (
            f"content-type:application/x-amz-json-1.0\nhost:{host}\n"
            f"x-amz-date:{now}\nx-amz-target:DynamoDB_20120810.{operation}\n"
        )
        canonical = f"POST\n/\n\n{signed}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        said = f"AWS4-HMAC-SHA256 Credential={identity}/{scope}, SignedHeaders={names}, Signature={signature}"
        return {
            "Host": host,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Date": now,
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Authorization": said,
        }

    return sign


def _answer(line: socket.socket) -> bytes:
    got = b""
    while (end := got.find(b"\r\n\r\n")) < 0:
        got += line.recv(65536)
    assert got.startswith(b"HTTP/1.1 200")
    length = int(got[: end + 2].lower().split(b"content-length:")[1].split(b"\r\n")[0])
    body = bytearray(length)
    have = len(got) - end - 4
    body[:have] = got[end + 4 :]
    rest = memoryview(body)
    while have < length:
        have += line.recv_into(rest[have:])
    return bytes(body)
