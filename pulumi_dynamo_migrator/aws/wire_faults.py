"""What can go wrong with one DynamoDB request, as a closed enum. Never retries, never decides what it means for a copy.

The one question that matters to a copy is whether the request may have been carried out: `WireFault.unknown`.
"""

from __future__ import annotations

from enum import Enum

from pulumi_dynamo_migrator.errors import MigratorError


class WireFault(Enum):
    """The kind of a failed request."""

    THROTTLED = "throttled"
    TRANSIENT = "transient"
    STALE = "stale"
    REJECTED = "rejected"
    DENIED = "denied"
    GONE = "gone"
    CONDITION = "condition"
    DUPLICATE = "duplicate"
    OTHER = "other"

    @property
    def unknown(self) -> bool:
        """Whether the request may have been, or may yet be, carried out."""
        return self is WireFault.TRANSIENT

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed later."""
        return self in (WireFault.THROTTLED, WireFault.TRANSIENT, WireFault.STALE)


# API error codes, and BatchStatementErrorCodeEnum of the DynamoDB model (the same words without "Exception").
_KINDS = {
    WireFault.THROTTLED: (
        "ProvisionedThroughputExceeded",
        "Throttling",
        "ThrottlingError",
        "RequestLimitExceeded",
        "LimitExceeded",
        "TransactionConflict",
        "TransactionInProgress",
        "TooManyRequests",
        "RequestThrottled",
        "ReplicatedWriteConflict",
    ),
    WireFault.TRANSIENT: ("InternalServerError", "InternalServer", "InternalFailure", "ServiceUnavailable"),
    WireFault.STALE: ("ExpiredToken", "RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"),
    WireFault.REJECTED: (
        "Validation",
        "ValidationError",
        "Serialization",
        "ItemCollectionSizeLimitExceeded",
        "RequestEntityTooLarge",
    ),
    WireFault.DENIED: (
        "AccessDenied",
        "UnrecognizedClient",
        "MissingAuthenticationToken",
        "InvalidSignature",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "OptInRequired",
        "KMSAccessDenied",
        "NoCredentials",
    ),
    WireFault.GONE: ("ResourceNotFound",),
    WireFault.CONDITION: ("ConditionalCheckFailed",),
    WireFault.DUPLICATE: ("DuplicateItem",),
}
_BY_CODE = {code: fault for fault, codes in _KINDS.items() for code in codes}

# InvalidSignatureException is also the answer to a clock that is off: "Signature expired: ... is now earlier than".
_CLOCK_WORDS = ("Signature expired", "Signature not yet current")

_NOW = {
    WireFault.DENIED: "grant the missing permission (or renew the credentials) and run `pulumi up` again; it continues",
    WireFault.GONE: "check that nobody deleted the table, then run `pulumi up` again",
}
_LATER = "run `pulumi up` again; it continues where it stopped"


def fault_of(code: str, message: str, status: int) -> WireFault:
    """The kind of an error answer: by its code, else by its HTTP status."""
    if any(word in message for word in _CLOCK_WORDS):
        return WireFault.STALE
    known = _BY_CODE.get(_short(code))
    if known is not None:
        return known
    if status >= 500:
        return WireFault.TRANSIENT
    return WireFault.THROTTLED if status == 429 else WireFault.OTHER


def _short(code: str) -> str:
    return code.rsplit("#", 1)[-1].removesuffix("Exception")


class WireError(MigratorError):
    """One request that failed: DynamoDB's code and message, the HTTP status (0: no answer), and the kind."""

    def __init__(self, code: str, message: str, *, status: int, kind: WireFault, operation: str = "a request") -> None:
        super().__init__(f"DynamoDB did not carry out {operation}: {code}: {message}", now=_NOW.get(kind, _LATER))
        self.code = code
        self.message = message
        self.status = status
        self.kind = kind

    @property
    def passing(self) -> bool:
        """By the kind of fault."""
        return self.kind.passing

    @property
    def access_denied(self) -> bool:
        """Whether a policy said no (AccessDeniedException), and not a wrong or missing identity."""
        return _short(self.code) == "AccessDenied"
