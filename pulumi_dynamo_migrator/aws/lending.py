"""What a session lends to a copy's worker processes: where to ask, and the credentials of the moment. Asks AWS nothing
itself; boto3 may, when credentials are due to be fetched again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from botocore.httpsession import get_cert_path

from pulumi_dynamo_migrator.aws.session import Session
from pulumi_dynamo_migrator.aws.signature import Credentials
from pulumi_dynamo_migrator.aws.wire import Endpoint, endpoint_of, frozen


@dataclass(frozen=True, slots=True)
class Loan:
    """`credentials` gives those of the moment: refreshed where boto3 refreshes them."""

    endpoint: Endpoint
    credentials: Callable[[], Credentials | None]


def lend(session: Session) -> Loan:
    """The session's; whoever takes it needs no boto3 any more."""
    endpoint = endpoint_of(session.boto3, session.client("dynamodb"))
    trusted = endpoint.ca_bundle or get_cert_path(True)
    return Loan(replace(endpoint, ca_bundle=trusted), lambda: frozen(session.boto3))
