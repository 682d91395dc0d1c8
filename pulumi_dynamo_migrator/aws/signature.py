"""AWS Signature Version 4 of DynamoDB requests, as botocore makes it, for a fraction of the time. Sends nothing.

The key that a day's requests are signed with is derived once and kept with its credentials; everything else that does
not change between two requests is put together once. The tests compare every signature with botocore's own.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from botocore.credentials import ReadOnlyCredentials
from botocore.utils import normalize_url_path

CONTENT_TYPE = "application/x-amz-json-1.0"
_API = "DynamoDB_20120810"
_ALGORITHM = "AWS4-HMAC-SHA256"
_USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class _Key:
    """A signing key, and what it was derived from."""

    secret: str
    day: str
    key: bytes


class Signer:
    """Signs requests to one endpoint. Safe to share between threads."""

    def __init__(self, url: str, region: str) -> None:
        parts = urlsplit(url)
        self.host = _host(parts.scheme, parts.hostname or "", parts.port)
        # botocore signs a normalized path, whatever is sent; DynamoDB's own is "/".
        self._path = quote(normalize_url_path(parts.path), safe="/~")
        self._region = region
        self._key: _Key | None = None

    def headers(self, operation: str, body: bytes, *, credentials: ReadOnlyCredentials, at: float) -> dict[str, str]:
        """The headers of one request, signed for the moment `at` (epoch seconds): good for one attempt."""
        identity, secret = credentials.access_key or "", credentials.secret_key or ""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
        headers = {
            "Content-Type": CONTENT_TYPE,
            "Host": self.host,
            "X-Amz-Date": stamp,
            "X-Amz-Target": f"{_API}.{operation}",
        }
        names = "content-type;host;x-amz-date;x-amz-target"
        token = ""
        if credentials.token:
            said = " ".join(credentials.token.split())
            headers["X-Amz-Security-Token"] = said
            names = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
            token = f"x-amz-security-token:{said}\n"
        if not identity.isprintable():
            raise ValueError("the access key holds characters that no header can carry")
        canonical = (
            f"POST\n{self._path}\n\ncontent-type:{CONTENT_TYPE}\nhost:{self.host}\nx-amz-date:{stamp}\n{token}"
            f"x-amz-target:{_API}.{operation}\n\n{names}\n{hashlib.sha256(body).hexdigest()}"
        )
        scope = f"{stamp[:8]}/{self._region}/dynamodb/aws4_request"
        text = f"{_ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self._signing_key(secret, stamp[:8]), text.encode(), "sha256").hex()
        headers["Authorization"] = (
            f"{_ALGORITHM} Credential={identity}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        return headers

    def _signing_key(self, secret: str, day: str) -> bytes:
        kept = self._key  # one look: another thread may put another one in its place
        if kept is None or kept.secret != secret or kept.day != day:
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, "dynamodb", "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            kept = self._key = _Key(secret, day, key)
        return kept.key


def _host(scheme: str, name: str, port: int | None) -> str:
    shown = f"[{name}]" if ":" in name else name
    return shown if port is None or port == _USUAL_PORTS.get(scheme) else f"{shown}:{port}"
