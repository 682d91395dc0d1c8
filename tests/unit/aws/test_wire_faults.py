"""Every error code that DynamoDB documents has its kind."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.aws.wire_faults import WireError, WireFault, fault_of


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ProvisionedThroughputExceededException", WireFault.THROTTLED),
        ("ThrottlingException", WireFault.THROTTLED),
        ("ThrottlingError", WireFault.THROTTLED),
        ("RequestLimitExceeded", WireFault.THROTTLED),
        ("TransactionConflictException", WireFault.THROTTLED),
        ("InternalServerError", WireFault.TRANSIENT),
        ("com.amazonaws.dynamodb.v20120810#ValidationException", WireFault.REJECTED),
        ("ValidationError", WireFault.REJECTED),
        ("ItemCollectionSizeLimitExceededException", WireFault.REJECTED),
        ("AccessDeniedException", WireFault.DENIED),
        ("AccessDenied", WireFault.DENIED),
        ("UnrecognizedClientException", WireFault.DENIED),
        ("ResourceNotFoundException", WireFault.GONE),
        ("ConditionalCheckFailedException", WireFault.CONDITION),
        ("DuplicateItem", WireFault.DUPLICATE),
        ("ExpiredTokenException", WireFault.STALE),
        ("SomethingNewException", WireFault.OTHER),
    ],
)
def test_a_code_has_its_kind(code: str, kind: WireFault) -> None:
    assert fault_of(code, "why", 400) is kind


def test_an_unknown_code_with_a_server_status_may_have_been_carried_out() -> None:
    assert fault_of("Strange", "why", 503).unknown


def test_a_signature_that_is_too_old_is_a_matter_of_clocks_not_of_permissions() -> None:
    message = "Signature expired: 20260101T000000Z is now earlier than 20260101T001500Z"
    assert fault_of("InvalidSignatureException", message, 400) is WireFault.STALE
    assert fault_of("InvalidSignatureException", "The request signature we calculated does not match", 400) is (
        WireFault.DENIED
    )


def test_only_a_fault_of_unknown_outcome_says_so() -> None:
    assert [kind for kind in WireFault if kind.unknown] == [WireFault.TRANSIENT]


def test_an_error_says_what_now() -> None:
    error = WireError("AccessDeniedException", "no Scan on t", status=400, kind=WireFault.DENIED, operation="Scan")
    assert "Scan" in error.what
    assert "permission" in error.now
