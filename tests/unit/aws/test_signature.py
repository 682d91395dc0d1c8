"""Our signatures are botocore's, byte for byte."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.aws.signature import CONTENT_TYPE, Signer

PLAIN = ReadOnlyCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None)
URLS = (
    "https://dynamodb.eu-west-1.amazonaws.com",
    "https://dynamodb.eu-west-1.amazonaws.com/",
    "https://dynamodb.eu-west-1.amazonaws.com:443",
    "http://localhost:8000",
    "http://127.0.0.1:80/",
    "http://[::1]:8000",
    "https://DynamoDB.Example.COM:8443",
    "https://gateway.example.com/some/../dynamo db/~x//y%20z/",
    "https://user:secret@example.com:443/a",
)


class _At(SigV4Auth):
    """botocore's signer at a moment given from outside."""

    def __init__(self, credentials: ReadOnlyCredentials, region: str, *, at: float) -> None:
        super().__init__(credentials, "dynamodb", region)
        self._stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")

    def _modify_request_before_signing(self, request: Any) -> None:
        request.context["timestamp"] = self._stamp
        super()._modify_request_before_signing(request)  # type: ignore[misc]  # the stubs leave it out


def botocores(
    url: str, region: str, operation: str, body: bytes, *, credentials: ReadOnlyCredentials, at: float
) -> str:
    headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
    request = AWSRequest(method="POST", url=url, data=body, headers=headers)
    _At(credentials, region, at=at).add_auth(request)
    return str(request.headers["Authorization"])


def headers(
    signer: Signer, operation: str, body: bytes, *, credentials: ReadOnlyCredentials, at: float
) -> dict[str, str]:
    """Our lines, one by one."""
    *lines, rest = signer.lines(operation, body, credentials=credentials, at=at).split("\r\n")
    assert rest == ""
    return {name: value for name, _, value in (line.partition(": ") for line in lines)}


def agrees(signer: Signer, url: str, region: str, body: bytes, *, credentials: ReadOnlyCredentials, at: float) -> None:
    ours = headers(signer, "Scan", body, credentials=credentials, at=at)
    assert ours["Authorization"] == botocores(url, region, "Scan", body, credentials=credentials, at=at)


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("token", [None, "", "FwoGZXIvYXdzEBYaD+/=", "  two  words "])
def test_every_endpoint_and_every_kind_of_credentials(url: str, token: str | None) -> None:
    credentials = PLAIN._replace(token=token)
    agrees(Signer(url, "eu-west-1"), url, "eu-west-1", b'{"a":1}', credentials=credentials, at=1_700_000_000.9)


words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@given(
    body=st.binary(min_size=1),
    operation=st.sampled_from(["Scan", "BatchExecuteStatement", "PutItem"]),
    calls=st.lists(st.tuples(st.integers(0, 4_000_000_000), words, words, st.none() | words), min_size=1, max_size=4),
    region=st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1"]),
)
def test_a_kept_key_is_never_used_for_another_day_or_another_secret(
    body: bytes, operation: str, calls: list[tuple[int, str, str, str | None]], region: str
) -> None:
    signer = Signer(URLS[0], region)
    for at, access_key, secret, token in calls:
        credentials = ReadOnlyCredentials(access_key, secret, token)
        ours = headers(signer, operation, body, credentials=credentials, at=at)
        theirs = botocores(URLS[0], region, operation, body, credentials=credentials, at=at)
        assert ours["Authorization"] == theirs


def test_the_key_changes_with_the_day_and_with_the_credentials() -> None:
    signer = Signer(URLS[0], "eu-west-1")
    midnight = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
    renewed = PLAIN._replace(secret_key="another")
    for credentials, at in ((PLAIN, midnight - 1), (PLAIN, midnight), (renewed, midnight), (PLAIN, midnight - 1)):
        agrees(signer, URLS[0], "eu-west-1", b"{}", credentials=credentials, at=at)


def test_what_is_signed_is_what_is_sent() -> None:
    signer = Signer("http://localhost:8000", "eu-west-1")
    sent = headers(signer, "Scan", b"{}", credentials=PLAIN._replace(token="a  b\n"), at=0)
    assert sent == {
        "Content-Type": CONTENT_TYPE,
        "Host": "localhost:8000",
        "X-Amz-Date": "19700101T000000Z",
        "X-Amz-Target": "DynamoDB_20120810.Scan",
        "X-Amz-Security-Token": "a b",
        "Authorization": sent["Authorization"],
    }


def test_credentials_cannot_bring_a_header_of_their_own() -> None:
    with pytest.raises(ValueError, match="access key"):
        Signer(URLS[0], "eu-west-1").lines("Scan", b"{}", credentials=PLAIN._replace(access_key="a\r\nb: c"), at=0)
