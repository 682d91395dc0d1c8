"""The raw DynamoDB client of the data path: bytes in, bytes out, one attempt per call.

It never retries, never parses an answer that succeeded, never signs a request twice, and takes the time of a signature
from whoever asks: who wants another attempt asks again (retry.py), after looking whether it still may. boto3 decides
endpoint, region, credentials and proxies.
A connection belongs to one thread and is kept alive.
"""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from pulumi_dynamo_migrator.aws.answer import Answer
from pulumi_dynamo_migrator.aws.line import Line
from pulumi_dynamo_migrator.aws.signature import Credentials, Signer
from pulumi_dynamo_migrator.aws.wire_faults import WireError, WireFault, fault_of

if TYPE_CHECKING:
    import boto3  # never loaded here: a copy's worker processes do without it, and so stay small

TIMEOUT = 60.0
# DynamoDB closes idle connections; a request on a closed one would count as one of unknown outcome.
IDLE = 20.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go, and by which road."""

    url: str
    region: str
    proxy: str | None = None
    ca_bundle: str | None = None


class _ErrorBody(msgspec.Struct):
    """An error answer of AWS's JSON protocol."""

    type_: str = msgspec.field(name="__type", default="")
    message: str = ""
    Message: str = ""


_ERROR_BODY = msgspec.json.Decoder(_ErrorBody)


class Wire:
    """Sends DynamoDB requests. Safe to share between threads."""

    def __init__(
        self,
        credentials: Callable[[], Credentials | None],
        *,
        endpoint: Endpoint,
        now: Callable[[], float] = time.time,
        timeout: float = TIMEOUT,
    ) -> None:
        self._credentials = credentials
        self._endpoint = endpoint
        self._timeout = timeout
        self._now = now
        self._skew = 0.0
        self._local = threading.local()
        parts = urlsplit(endpoint.url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        # A plain HTTP proxy wants the whole address; a tunnel (https) and a direct line want the path.
        target = endpoint.url if endpoint.proxy and not self._secure else parts.path or "/"
        self._start = f"POST {target} HTTP/1.1\r\nAccept-Encoding: identity\r\n"
        self._signer = Signer(endpoint.url, endpoint.region)
        self._tls = _tls(endpoint) if self._secure else None

    def call(self, operation: str, body: bytes, *, at: float) -> bytes:
        """Carry out `operation` (say "Scan") once, signed with the time `at` (epoch seconds).

        The answer's body, or WireError for anything but a 200.
        """
        head = self._head(operation, body, at=at)
        line: Line | None = getattr(self._local, "line", None)
        if line is None:
            line = self._local.line = Line(self._connection(), idle=IDLE)
        try:
            answer = line.exchange(head, body)
        except (OSError, HTTPException) as error:
            raise WireError(
                type(error).__name__, str(error) or "no answer", status=0, kind=WireFault.TRANSIENT, operation=operation
            ) from error
        if answer.status == 200:
            return answer.body
        raise self._error(operation, answer)

    def _head(self, operation: str, body: bytes, *, at: float) -> bytes:
        credentials = self._credentials()
        if credentials is None:
            raise WireError(
                "NoCredentials", "boto3 finds no AWS credentials", status=0, kind=WireFault.DENIED, operation=operation
            )
        lines = self._signer.lines(operation, body, credentials=credentials, at=at + self._skew)
        return f"{self._start}{lines}Content-Length: {len(body)}\r\n\r\n".encode("latin-1")

    def _connection(self) -> HTTPConnection:
        proxy = urlsplit(self._endpoint.proxy) if self._endpoint.proxy else None
        host, port = (proxy.hostname or "", proxy.port) if proxy else (self._host, self._port)
        if self._tls is None:
            return HTTPConnection(host, port, timeout=self._timeout)
        connection = HTTPSConnection(host, port, context=self._tls, timeout=self._timeout)
        if proxy:
            connection.set_tunnel(self._host, self._port or http.client.HTTPS_PORT)
        return connection

    def _error(self, operation: str, answer: Answer) -> WireError:
        try:
            body = _ERROR_BODY.decode(answer.body)
        except msgspec.DecodeError:
            body = _ErrorBody(message=answer.body[:200].decode("utf-8", "replace"))
        code = body.type_.rsplit("#", 1)[-1] or f"HTTP {answer.status}"
        message = body.message or body.Message
        kind = fault_of(code, message, answer.status)
        if kind is WireFault.STALE:
            self._set_clock(answer)
        return WireError(code, message, status=answer.status, kind=kind, operation=operation)

    def _set_clock(self, answer: Answer) -> None:
        date = answer.header(b"date")
        if date is not None:
            self._skew = parsedate_to_datetime(date.decode("latin-1")).timestamp() - self._now()


def _tls(endpoint: Endpoint) -> ssl.SSLContext:
    if endpoint.ca_bundle:
        return ssl.create_default_context(cafile=endpoint.ca_bundle)
    from botocore.httpsession import get_cert_path

    return ssl.create_default_context(cafile=get_cert_path(True))


def wire_of(session: boto3.Session, client: Any, *, timeout: float = TIMEOUT) -> Wire:
    """A Wire that goes where `client` (boto3's DynamoDB client, of `session`) would go, with the same credentials."""
    return Wire(lambda: frozen(session), endpoint=endpoint_of(session, client), timeout=timeout)


def endpoint_of(session: boto3.Session, client: Any) -> Endpoint:
    """Where `client` sends its requests."""
    from botocore.utils import get_environ_proxies

    url = client.meta.endpoint_url
    proxies = client.meta.config.proxies or get_environ_proxies(url)
    # AWS_CA_BUNDLE, or ca_bundle in the profile.
    ca_bundle = session._session.get_config_variable("ca_bundle")  # noqa: SLF001 - boto3 shows it nowhere else
    return Endpoint(url, client.meta.region_name, proxies.get(urlsplit(url).scheme), ca_bundle)


def frozen(session: boto3.Session) -> Credentials | None:
    """The session's credentials as they are now."""
    # Frozen anew for each request, so that credentials that refresh themselves do.
    credentials = session.get_credentials()
    return None if credentials is None else credentials.get_frozen_credentials()
