"""AWS's error codes as a short closed list, and as errors that a person can act on. Never retries, never hides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from types import TracebackType
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError

from pulumi_dynamo_migrator.errors import MigratorError


class Fault(Enum):
    """What kind of "no" AWS gave."""

    GONE = "gone"
    IN_USE = "in use"
    EXISTS = "exists"
    CONDITION = "condition"
    NO_POLICY = "no such policy"
    DENIED = "denied"
    CREDENTIALS = "credentials"
    THROTTLED = "throttled"
    LIMIT = "limit"
    INVALID = "invalid"
    FAILING = "failing"
    UNREACHABLE = "unreachable"
    OTHER = "other"

    @property
    def unknown(self) -> bool:
        """Whether what was asked for may have been, or may yet be, done."""
        return self in (Fault.FAILING, Fault.UNREACHABLE)

    @property
    def passing(self) -> bool:
        """Whether it passes by itself: it was borne for a while already, and lasted."""
        return self.unknown or self is Fault.THROTTLED


_CODES: Mapping[Fault, tuple[str, ...]] = {
    Fault.GONE: (
        "ResourceNotFoundException",
        "TableNotFoundException",
        "IndexNotFoundException",
        "NoSuchEntity",
        "BackupNotFoundException",
    ),
    Fault.IN_USE: (
        "ResourceInUseException",
        "TableInUseException",
        "DeleteConflict",
        "BackupInUseException",
        "ContinuousBackupsUnavailableException",
    ),
    Fault.EXISTS: ("ResourceConflictException", "TableAlreadyExistsException", "EntityAlreadyExists"),
    Fault.CONDITION: ("ConditionalCheckFailedException", "ConditionalCheckFailed", "TransactionCanceledException"),
    Fault.NO_POLICY: ("PolicyNotFoundException",),
    Fault.DENIED: ("AccessDeniedException", "AccessDenied", "UnauthorizedOperation"),
    Fault.CREDENTIALS: (
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "ExpiredToken",
        "ExpiredTokenException",
    ),
    Fault.THROTTLED: (
        "ThrottlingException",
        "Throttling",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "TransactionConflictException",
    ),
    Fault.LIMIT: ("LimitExceededException", "LimitExceeded", "CodeStorageExceededException"),
    Fault.FAILING: (
        "InternalServerError",
        "InternalFailure",
        "ServiceUnavailable",
        "ServiceException",
        "ServiceFailure",
    ),
    Fault.INVALID: (
        "ValidationException",
        "ValidationError",
        "InvalidParameterValueException",
        "InvalidParameterValue",
        "InvalidInput",
        "MalformedPolicyDocument",
    ),
}

_FAULTS = {code: fault for fault, codes in _CODES.items() for code in codes}

_NOW: Mapping[Fault, str] = {
    Fault.CREDENTIALS: "check the AWS credentials in use (aws:profile, AWS_PROFILE, an expired session?), and retry.",
    Fault.THROTTLED: "AWS is limiting calls; run `pulumi up` again, it continues where it stopped.",
    Fault.FAILING: "AWS itself is failing; run `pulumi up` again, it continues where it stopped.",
    Fault.LIMIT: "wait for other changes in the account to end, or ask AWS for a higher quota, and run again.",
    Fault.UNREACHABLE: "check the network, the region and aws:endpoints, and run again: it continues where it stopped.",
    Fault.IN_USE: "wait until the change that is under way has ended, and run again.",
}


class AwsError(MigratorError):
    """AWS said no to `action` on `resource`: its own `code` and `message`, and the kind of `fault`."""

    def __init__(
        self, what: str, *, fault: Fault, action: str, resource: str, code: str = "", message: str = "", now: str = ""
    ) -> None:
        super().__init__(what, now=now or _NOW.get(fault, ""))
        self.fault = fault
        self.action = action
        self.resource = resource
        self.code = code
        self.message = message

    @property
    def passing(self) -> bool:
        """By the kind of fault."""
        return self.fault.passing


class DeniedError(AwsError):
    """The caller may not do `action` on `resource`."""


class TakenError(AwsError):
    """Something that is not ours stands under the name."""


_BUSY = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "None"}
"""Reasons of a cancelled transaction that pass by themselves (TransactWriteItems, API reference)."""


def fault_of(error: ClientError) -> Fault:
    """The kind of fault of botocore's error. A transaction that only met another one counts as throttled."""
    reasons = {str(reason.get("Code", "None")) for reason in error.response.get("CancellationReasons", ())}
    if reasons and reasons <= _BUSY:
        return Fault.THROTTLED
    if "ValidationError" in reasons:
        return Fault.INVALID
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return _FAULTS.get(code_of(error), Fault.FAILING if status >= 500 else Fault.OTHER)


def code_of(error: ClientError) -> str:
    """AWS's own code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def message_of(error: ClientError) -> str:
    """AWS's own words."""
    details: Mapping[str, Any] = error.response.get("Error", {})
    return str(details.get("Message") or details.get("message") or "")


@contextmanager
def asking(action: str, resource: str) -> Iterator[None]:
    """Name what is asked, so that any refusal reads well: `asking("dynamodb:CreateTable", "table orders")`."""
    try:
        yield
    except ClientError as error:
        raise _from_client(error, action, resource) from error
    except BotoCoreError as error:
        raise _from_botocore(error, action, resource) from error


class unless:  # noqa: N801 - reads as the word that it is, like contextlib.suppress
    """Go on when AWS says one of `faults`: what was asked for is so already."""

    def __init__(self, *faults: Fault) -> None:
        self._faults = faults

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return isinstance(error, AwsError) and error.fault in self._faults


def _from_client(error: ClientError, action: str, resource: str) -> AwsError:
    fault, code, message = fault_of(error), code_of(error), message_of(error)
    if fault is Fault.DENIED:
        return _denied(code, message, action, resource)
    what = f"{action} on {resource} was refused: {code}: {message}"
    return AwsError(what, fault=fault, action=action, resource=resource, code=code, message=message)


_DENIED = re.compile(r"not authorized to perform: (?P<action>[\w:-]+)(?: on resource: (?P<resource>\S+))?")


def _denied(code: str, message: str, action: str, resource: str) -> DeniedError:
    """AWS names the action that was missing, which may be another than the one called (kms:Decrypt, iam:PassRole)."""
    found = _DENIED.search(message)
    missing = found["action"] if found else action
    on = (found["resource"] if found else None) or resource
    return DeniedError(
        f"AWS denied {missing} on {on.rstrip('.,')} (asked for {action} on {resource}): {message}",
        fault=Fault.DENIED,
        action=missing,
        resource=on.rstrip(".,"),
        code=code,
        message=message,
        now=f"allow {missing} on {on.rstrip('.,')} for the credentials in use, and run again.",
    )


def _from_botocore(error: BotoCoreError, action: str, resource: str) -> AwsError:
    fault = Fault.OTHER
    if isinstance(error, NoCredentialsError | PartialCredentialsError | NoRegionError):
        fault = Fault.CREDENTIALS
    elif isinstance(error, BotoConnectionError | HTTPClientError):
        fault = Fault.UNREACHABLE
    what = f"{action} on {resource} did not work: {error}"
    return AwsError(what, fault=fault, action=action, resource=resource, code=type(error).__name__, message=str(error))
