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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import boto3
import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from pulumi_dynamo_migrator.aws.wire_faults import WireError, WireFault, fault_of

TIMEOUT = 60.0
# DynamoDB closes idle connections; a request on a closed one would count as one of unknown outcome.
IDLE = 20.0
_SIGNED_TIME = "%Y%m%dT%H%M%SZ"


class _Auth(SigV4Auth):
    """botocore's signer with the time given from outside, so that a wrong clock can be corrected."""

    def __init__(self, credentials: ReadOnlyCredentials, region: str, *, at: float) -> None:
        super().__init__(credentials, "dynamodb", region)
        self._stamp = datetime.fromtimestamp(at, UTC).strftime(_SIGNED_TIME)

    def _modify_request_before_signing(self, request: Any) -> None:
        request.context["timestamp"] = self._stamp
        super()._modify_request_before_signing(request)  # type: ignore[misc]  # the stubs leave it out


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go, and by which road."""

    url: str
    region: str
    proxy: str | None = None
    ca_bundle: str | None = None


@dataclass(slots=True)
class _Line:
    """A thread's connection and when it was used last."""

    connection: HTTPConnection
    used: float = field(default=0.0)


class _ErrorBody(msgspec.Struct):
    """An error answer of AWS's JSON protocol."""

    type_: str = msgspec.field(name="__type", default="")
    message: str = ""
    Message: str = ""


class Wire:
    """Sends DynamoDB requests. Safe to share between threads."""

    def __init__(
        self,
        credentials: Callable[[], ReadOnlyCredentials | None],
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
        self._path = parts.path or "/"
        self._tls = _tls(endpoint) if self._secure else None

    def call(self, operation: str, body: bytes, *, at: float) -> bytes:
        """Carry out `operation` (say "Scan") once, signed with the time `at` (epoch seconds).

        The answer's body, or WireError for anything but a 200.
        """
        headers = self._signed(operation, body, at=at)
        line = self._line()
        try:
            line.connection.request("POST", self._target(), body=body, headers=headers)
            response = line.connection.getresponse()
            answer = response.read()
        except (OSError, HTTPException) as error:
            self._hang_up()
            raise WireError(
                type(error).__name__, str(error) or "no answer", status=0, kind=WireFault.TRANSIENT, operation=operation
            ) from error
        line.used = time.monotonic()
        if response.will_close:
            self._hang_up()
        if response.status == 200:
            return answer
        raise self._error(operation, response, answer)

    def _signed(self, operation: str, body: bytes, *, at: float) -> Mapping[str, str]:
        credentials = self._credentials()
        if credentials is None:
            raise WireError(
                "NoCredentials", "boto3 finds no AWS credentials", status=0, kind=WireFault.DENIED, operation=operation
            )
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        request = AWSRequest(method="POST", url=self._endpoint.url, data=body, headers=headers)
        _Auth(credentials, self._endpoint.region, at=at + self._skew).add_auth(request)
        return dict(request.headers.items())

    def _target(self) -> str:
        # A plain HTTP proxy wants the whole address; a tunnel (https) and a direct line want the path.
        return self._endpoint.url if self._endpoint.proxy and not self._secure else self._path

    def _line(self) -> _Line:
        line: _Line | None = getattr(self._local, "line", None)
        if line is not None and line.connection.sock is not None and time.monotonic() - line.used > IDLE:
            line.connection.close()
        if line is None:
            line = self._local.line = _Line(self._connection())
        return line

    def _connection(self) -> HTTPConnection:
        proxy = urlsplit(self._endpoint.proxy) if self._endpoint.proxy else None
        host, port = (proxy.hostname or "", proxy.port) if proxy else (self._host, self._port)
        if self._tls is None:
            return HTTPConnection(host, port, timeout=self._timeout)
        connection = HTTPSConnection(host, port, context=self._tls, timeout=self._timeout)
        if proxy:
            connection.set_tunnel(self._host, self._port or http.client.HTTPS_PORT)
        return connection

    def _hang_up(self) -> None:
        self._local.line.connection.close()

    def _error(self, operation: str, response: HTTPResponse, answer: bytes) -> WireError:
        try:
            body = msgspec.json.decode(answer, type=_ErrorBody)
        except msgspec.DecodeError:
            body = _ErrorBody(message=answer[:200].decode("utf-8", "replace"))
        code = body.type_.rsplit("#", 1)[-1] or f"HTTP {response.status}"
        message = body.message or body.Message
        kind = fault_of(code, message, response.status)
        if kind is WireFault.STALE:
            self._set_clock(response)
        return WireError(code, message, status=response.status, kind=kind, operation=operation)

    def _set_clock(self, response: HTTPResponse) -> None:
        date = response.getheader("Date")
        if date is not None:
            self._skew = parsedate_to_datetime(date).timestamp() - self._now()


def _tls(endpoint: Endpoint) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=endpoint.ca_bundle or get_cert_path(True))


def wire_of(session: boto3.Session, client: Any, *, timeout: float = TIMEOUT) -> Wire:
    """A Wire that goes where `client` (boto3's DynamoDB client, of `session`) would go, with the same credentials."""
    url = client.meta.endpoint_url
    proxies = client.meta.config.proxies or get_environ_proxies(url)
    # AWS_CA_BUNDLE, or ca_bundle in the profile.
    ca_bundle = session._session.get_config_variable("ca_bundle")  # noqa: SLF001 - boto3 shows it nowhere else
    endpoint = Endpoint(url, client.meta.region_name, proxies.get(urlsplit(url).scheme), ca_bundle)
    return Wire(lambda: _frozen(session), endpoint=endpoint, timeout=timeout)


def _frozen(session: boto3.Session) -> ReadOnlyCredentials | None:
    # Frozen anew for each request, so that credentials that refresh themselves do.
    credentials = session.get_credentials()
    return None if credentials is None else credentials.get_frozen_credentials()
