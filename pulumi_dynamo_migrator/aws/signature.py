"""AWS Signature Version 4 of DynamoDB requests, as botocore makes it, for a fraction of the time. Sends nothing.

The key that a day's requests are signed with is derived once and kept with its credentials; everything else that does
not change between two requests is put together once. The tests compare every signature with botocore's own.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol
from urllib.parse import quote, urlsplit

CONTENT_TYPE = "application/x-amz-json-1.0"
_API = "DynamoDB_20120810"
_ALGORITHM = "AWS4-HMAC-SHA256"
_USUAL_PORTS = {"http": 80, "https": 443}


class Credentials(Protocol):
    """botocore's frozen ones, or what a process without botocore was lent of them."""

    @property
    def access_key(self) -> str | None:
        """Who asks."""

    @property
    def secret_key(self) -> str | None:
        """What proves it."""

    @property
    def token(self) -> str | None:
        """Of a session."""


class _Day(NamedTuple):
    """A day's signing key, and what it was derived from."""

    secret: str
    name: str
    scope: str
    sign: Callable[[bytes], str]


class _Form(NamedTuple):
    """What all requests of one operation and one identity have in common: their texts but for what is left open."""

    credentials: Credentials
    before_date: str
    before_hash: str
    lines: str
    before_scope: str
    before_signature: str


class Signer:
    """Signs requests to one endpoint. Safe to share between threads."""

    def __init__(self, url: str, region: str) -> None:
        parts = urlsplit(url)
        self.host = _host(parts.scheme, parts.hostname or "", parts.port)
        # botocore signs a normalized path, whatever is sent; DynamoDB's own is "/".
        self._path = quote(_normalized(parts.path), safe="/~")
        self._region = region
        # Another thread may put another one in the place of each of these: they are looked at once.
        self._day: _Day | None = None
        self._forms: dict[str, _Form] = {}
        self._second = (-1, "")

    def lines(self, operation: str, body: bytes, *, credentials: Credentials, at: float) -> str:
        """The header lines of one request, each with its end, signed for the moment `at` (epoch seconds).

        Good for one attempt.
        """
        form = self._forms.get(operation)
        if form is None or form.credentials != credentials:
            form = self._forms[operation] = self._form(operation, credentials)
        stamp = self._stamp(int(at))
        day = self._today(credentials.secret_key or "", stamp[:8])
        canonical = f"{form.before_date}{stamp}{form.before_hash}{hashlib.sha256(body).hexdigest()}"
        text = f"{_ALGORITHM}\n{stamp}\n{day.scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = day.sign(text.encode())
        return (
            f"{form.lines}X-Amz-Date: {stamp}\r\n{form.before_scope}{day.scope}{form.before_signature}{signature}\r\n"
        )

    def _form(self, operation: str, credentials: Credentials) -> _Form:
        identity = credentials.access_key or ""
        if not identity.isprintable():
            raise ValueError("the access key holds characters that no header can carry")
        lines = {"Content-Type": CONTENT_TYPE, "Host": self.host, "X-Amz-Target": f"{_API}.{operation}"}
        names = "content-type;host;x-amz-date;x-amz-target"
        token = ""
        if credentials.token:
            said = lines["X-Amz-Security-Token"] = " ".join(credentials.token.split())
            names = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
            token = f"x-amz-security-token:{said}\n"
        return _Form(
            credentials,
            before_date=f"POST\n{self._path}\n\ncontent-type:{CONTENT_TYPE}\nhost:{self.host}\nx-amz-date:",
            before_hash=f"\n{token}x-amz-target:{_API}.{operation}\n\n{names}\n",
            lines="".join([f"{name}: {value}\r\n" for name, value in lines.items()]),
            before_scope=f"Authorization: {_ALGORITHM} Credential={identity}/",
            before_signature=f", SignedHeaders={names}, Signature=",
        )

    def _stamp(self, second: int) -> str:
        kept, stamp = self._second
        if kept != second:
            stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
            self._second = (second, stamp)
        return stamp

    def _today(self, secret: str, name: str) -> _Day:
        day = self._day
        if day is None or day.secret != secret or day.name != name:
            key = f"AWS4{secret}".encode()
            for part in (name, self._region, "dynamodb", "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            day = self._day = _Day(secret, name, f"{name}/{self._region}/dynamodb/aws4_request", _signing(key))
        return day


def _signing(key: bytes) -> Callable[[bytes], str]:
    """HMAC-SHA256 with one key of 32 bytes (RFC 2104): what all texts share is done once, which saves two thirds."""
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def sign(text: bytes) -> str:
        within, around = inner.copy(), outer.copy()
        within.update(text)
        around.update(within.digest())
        return around.hexdigest()

    return sign


def _normalized(path: str) -> str:
    if path in ("", "/"):
        return "/"
    # Here, not above: a copy's worker processes do without botocore.
    from botocore.utils import normalize_url_path

    return normalize_url_path(path)


def _host(scheme: str, name: str, port: int | None) -> str:
    shown = f"[{name}]" if ":" in name else name
    return shown if port is None or port == _USUAL_PORTS.get(scheme) else f"{shown}:{port}"
