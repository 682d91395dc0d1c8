"""AWS's codes as our short list, in words that name action and resource."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from pulumi_dynamo_migrator.aws.faults import AwsError, DeniedError, Fault, asking, fault_of, unless


def refused(code: str, message: str = "", **more: object) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, **more}, "X")  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("ResourceNotFoundException", Fault.GONE),
        ("NoSuchEntity", Fault.GONE),
        ("ResourceInUseException", Fault.IN_USE),
        ("ResourceConflictException", Fault.EXISTS),
        ("EntityAlreadyExists", Fault.EXISTS),
        ("ThrottlingException", Fault.THROTTLED),
        ("LimitExceededException", Fault.LIMIT),
        ("ValidationException", Fault.INVALID),
        ("InvalidParameterValueException", Fault.INVALID),
        ("PolicyNotFoundException", Fault.NO_POLICY),
        ("BackupNotFoundException", Fault.GONE),
        ("ContinuousBackupsUnavailableException", Fault.IN_USE),
        ("ExpiredToken", Fault.CREDENTIALS),
        ("InternalServerError", Fault.FAILING),
        ("SomethingNew", Fault.OTHER),
    ],
)
def test_each_code_has_its_kind(code: str, fault: Fault) -> None:
    assert fault_of(refused(code)) is fault


def test_a_code_that_is_not_known_is_judged_by_its_status() -> None:
    assert fault_of(refused("New", ResponseMetadata={"HTTPStatusCode": 503})) is Fault.FAILING
    assert fault_of(refused("New", ResponseMetadata={"HTTPStatusCode": 400})) is Fault.OTHER


@pytest.mark.parametrize(
    ("reasons", "fault"),
    [
        (("None", "TransactionConflict"), Fault.THROTTLED),
        (("ConditionalCheckFailed", "TransactionConflict"), Fault.CONDITION),
        (("ValidationError", "None"), Fault.INVALID),
    ],
)
def test_a_cancelled_transaction_is_judged_by_its_reasons(reasons: tuple[str, ...], fault: Fault) -> None:
    error = refused("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in reasons])
    assert fault_of(error) is fault


def test_a_denial_names_the_action_that_was_missing_and_its_resource() -> None:
    message = "User: u is not authorized to perform: kms:Decrypt on resource: arn:key/1, because no policy allows it"
    with pytest.raises(DeniedError) as raised, asking("dynamodb:CreateTable", "table orders"):
        raise refused("AccessDeniedException", message)
    assert (raised.value.action, raised.value.resource) == ("kms:Decrypt", "arn:key/1")
    assert "dynamodb:CreateTable on table orders" in raised.value.what
    assert "allow kms:Decrypt on arn:key/1" in raised.value.now


def test_a_denial_without_details_names_what_was_asked() -> None:
    with pytest.raises(DeniedError) as raised, asking("iam:CreateRole", "role r"):
        raise refused("AccessDenied", "no")
    assert (raised.value.action, raised.value.resource) == ("iam:CreateRole", "role r")


def test_an_endpoint_that_does_not_answer_is_unreachable() -> None:
    with pytest.raises(AwsError) as raised, asking("dynamodb:DescribeTable", "table t"):
        raise EndpointConnectionError(endpoint_url="http://localhost:1")
    assert raised.value.fault is Fault.UNREACHABLE
    assert "aws:endpoints" in raised.value.now


def test_unless_lets_only_the_named_faults_pass() -> None:
    with unless(Fault.GONE), asking("a:B", "c"):
        raise refused("ResourceNotFoundException")
    with pytest.raises(AwsError), unless(Fault.GONE), asking("a:B", "c"):
        raise refused("ValidationException")


def test_what_is_no_answer_of_aws_is_not_touched() -> None:
    with pytest.raises(KeyError), unless(Fault.OTHER), asking("a:B", "c"):
        raise KeyError("x")
