"""Denials, throttles and refusals that pass by themselves: the embedded AWS has none, botocore's stubber has."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.aws.faults import AwsError, DeniedError, Fault
from pulumi_dynamo_migrator.aws.functions import Functions
from pulumi_dynamo_migrator.aws.table_extras import readable
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.aws.waiting import WaitedTooLongError
from pulumi_dynamo_migrator.model.spec import BillingMode, PointInTimeRecovery, Settings, Structure, Ttl
from pulumi_dynamo_migrator.model.timing import Timing
from tests.fakes.copying import JumpingClock
from tests.fakes.doors import stubbed
from tests.unit.aws.test_table_requests import BARE

UUID = "0" * 36
STREAM = "arn:aws:dynamodb:eu-west-1:1:table/t/stream/s"
TIMING = Timing(role=10.0, table=10.0)
YOUNG_ROLE = "The role defined for the function cannot be assumed by Lambda."
NO_STREAM = f"Cannot access stream {STREAM}. Please ensure the role can perform the GetRecords …"
FUNCTION = {"FunctionName": "f", "FunctionArn": "arn:aws:lambda:eu-west-1:1:function:f", "State": "Active"}
MAPPING = {"UUID": UUID, "State": "Creating", "FunctionArn": FUNCTION["FunctionArn"], "EventSourceArn": STREAM}


def test_what_is_denied_of_a_table_stays_unknown() -> None:
    client, stubber = stubbed("dynamodb")
    stubber.add_response("describe_table", {"Table": BARE})
    for call in ("describe_time_to_live", "describe_continuous_backups"):
        stubber.add_client_error(call, "AccessDeniedException")
    stubber.add_response("list_tags_of_resource", {"Tags": [{"Key": "a", "Value": "1"}]})
    seen = Tables(client).observe("orders")
    assert seen is not None
    assert (seen.settings.ttl, seen.settings.point_in_time_recovery) == (None, None)
    assert seen.tags == {"a": "1"}
    assert not seen.complete


def test_a_throttle_is_never_taken_for_unknown() -> None:
    client, stubber = stubbed("dynamodb")
    stubber.add_response("describe_table", {"Table": BARE})
    stubber.add_client_error("describe_time_to_live", "ThrottlingException")
    with pytest.raises(AwsError) as raised:
        Tables(client).observe("orders")
    assert raised.value.fault is Fault.THROTTLED


def test_an_engine_without_the_call_leaves_it_unknown() -> None:
    client, stubber = stubbed("dynamodb")
    stubber.add_client_error("describe_time_to_live", "UnknownOperationException")
    assert readable(lambda: Tables(client).ttl("orders")) is None


def test_a_denied_describe_is_never_taken_for_a_table_that_is_gone() -> None:
    client, stubber = stubbed("dynamodb")
    stubber.add_client_error("describe_table", "AccessDeniedException")
    with pytest.raises(DeniedError, match="dynamodb:DescribeTable on table orders"):
        Tables(client).describe("orders")


def test_recovery_that_is_not_ready_yet_is_asked_for_again() -> None:
    client, stubber = stubbed("dynamodb")
    off = {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "DISABLED"}}
    stubber.add_response("describe_continuous_backups", off)
    stubber.add_client_error("update_continuous_backups", "ContinuousBackupsUnavailableException")
    stubber.add_response("update_continuous_backups", {})
    Tables(client).set_point_in_time_recovery("orders", PointInTimeRecovery(True), clock=JumpingClock(), timing=TIMING)
    stubber.assert_no_pending_responses()


def ttl_switched_by_another(answer: str) -> Tables:
    """DynamoDB as it is to the slower one of two that switch: it refuses, and then says `answer`."""
    client, stubber = stubbed("dynamodb")
    for status in ("DISABLED", answer):
        told = {"TimeToLiveStatus": status, "AttributeName": "expires"}
        stubber.add_response("describe_time_to_live", {"TimeToLiveDescription": told})
        if status == "DISABLED":
            stubber.add_client_error("update_time_to_live", "ValidationException", "TimeToLive is already enabled")
    return Tables(client)


def test_a_time_to_live_that_another_process_has_switched_meanwhile_is_as_good() -> None:
    """Two stacks that made the ledger's table at once: one of them failed."""
    ttl_switched_by_another("ENABLING").set_ttl("ledger", Ttl(True, "expires"))


def test_a_time_to_live_that_cannot_be_switched_now_says_when() -> None:
    with pytest.raises(AwsError, match="one switch an hour"):
        ttl_switched_by_another("DISABLING").set_ttl("ledger", Ttl(True, "expires"))


def test_a_new_table_that_describe_does_not_know_yet_is_waited_for() -> None:
    client, stubber = stubbed("dynamodb")
    stubber.add_client_error("describe_table", "ResourceNotFoundException")
    stubber.add_response("describe_table", {"Table": {**BARE, "TableStatus": "CREATING"}})
    stubber.add_response("describe_table", {"Table": BARE})
    assert Tables(client).wait_active("orders", clock=JumpingClock(), timing=TIMING).table_id == "id"


@pytest.mark.parametrize("status", ["DELETING", "INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ARCHIVED"])
def test_a_table_that_will_not_become_active_is_not_waited_for(status: str) -> None:
    client, stubber = stubbed("dynamodb")
    stubber.add_response("describe_table", {"Table": {**BARE, "TableStatus": status}})
    with pytest.raises(AwsError, match=status):
        Tables(client).wait_active("orders", clock=JumpingClock(), timing=TIMING)


def create(client: object, clock: JumpingClock) -> str:
    functions = Functions(client)  # type: ignore[arg-type]
    seen = functions.create_function(
        "f", "arn:role", zipped=b"zip", handler="h.h", timeout=60, tags={"m": "1"}, clock=clock, timing=TIMING
    )
    return seen.arn


def test_a_young_role_is_waited_for() -> None:
    client, stubber = stubbed("lambda")
    for _ in range(2):
        stubber.add_client_error("create_function", "InvalidParameterValueException", YOUNG_ROLE)
    stubber.add_response("create_function", FUNCTION)
    stubber.add_response("get_function", {"Configuration": FUNCTION})
    assert create(client, JumpingClock()) == FUNCTION["FunctionArn"]


def test_a_role_that_stays_unusable_ends_in_lambdas_own_words() -> None:
    client, stubber = stubbed("lambda")
    for _ in range(100):
        stubber.add_client_error("create_function", "InvalidParameterValueException", YOUNG_ROLE)
    with pytest.raises(AwsError, match="cannot be assumed by Lambda"):
        create(client, JumpingClock())


def test_another_refusal_of_a_function_is_not_tried_again() -> None:
    client, stubber = stubbed("lambda")
    stubber.add_client_error("create_function", "InvalidParameterValueException", "Unzipped size must be smaller")
    with pytest.raises(AwsError, match="Unzipped size"):
        create(client, JumpingClock())
    stubber.assert_no_pending_responses()


def test_a_function_that_lambda_cannot_set_up_is_said_with_its_reason() -> None:
    client, stubber = stubbed("lambda")
    stubber.add_response("create_function", FUNCTION)
    failed = {**FUNCTION, "State": "Failed", "StateReason": "no space"}
    stubber.add_response("get_function", {"Configuration": failed})
    with pytest.raises(AwsError, match="no space"):
        create(client, JumpingClock())


def test_a_stream_that_a_young_role_may_not_read_yet_is_tried_again() -> None:
    client, stubber = stubbed("lambda")
    stubber.add_response("list_event_source_mappings", {"EventSourceMappings": []})
    stubber.add_client_error("create_event_source_mapping", "InvalidParameterValueException", NO_STREAM)
    stubber.add_response("list_event_source_mappings", {"EventSourceMappings": []})
    stubber.add_response("create_event_source_mapping", MAPPING)
    found = Functions(client).create_mapping("f", STREAM, tags={}, clock=JumpingClock(), timing=TIMING)
    assert found.uuid == UUID


def test_a_mapping_that_another_call_made_is_found() -> None:
    client, stubber = stubbed("lambda")
    stubber.add_response("list_event_source_mappings", {"EventSourceMappings": []})
    stubber.add_client_error("create_event_source_mapping", "ResourceConflictException", "already exists")
    stubber.add_response("list_event_source_mappings", {"EventSourceMappings": [MAPPING]})
    found = Functions(client).create_mapping("f", STREAM, tags={}, clock=JumpingClock(), timing=TIMING)
    assert found.uuid == UUID


def test_a_mapping_that_is_changing_is_asked_again_to_switch_off() -> None:
    client, stubber = stubbed("lambda")
    stubber.add_response("get_event_source_mapping", MAPPING)
    stubber.add_client_error("update_event_source_mapping", "ResourceInUseException")
    stubber.add_response("get_event_source_mapping", {**MAPPING, "State": "Enabled"})
    stubber.add_response("update_event_source_mapping", {})
    stubber.add_response("get_event_source_mapping", {**MAPPING, "State": "Disabling"})
    stubber.add_response("get_event_source_mapping", {**MAPPING, "State": "Disabled"})
    Functions(client).disable(UUID, clock=JumpingClock(), timing=TIMING)
    stubber.assert_no_pending_responses()


def test_a_mapping_that_never_becomes_enabled_ends_the_wait() -> None:
    client, stubber = stubbed("lambda")
    for _ in range(100):
        stubber.add_response("get_event_source_mapping", MAPPING)
    with pytest.raises(WaitedTooLongError, match="did not become enabled within 3 seconds"):
        Functions(client).wait_enabled(UUID, clock=JumpingClock(), timing=Timing(mapping=3.0))


def test_a_table_that_is_there_and_cannot_be_seen_yet_is_no_strangers_and_undoes_nothing() -> None:
    """CreateTable took effect and its answer was lost; DescribeTable is eventually consistent."""
    client, stubber = stubbed("dynamodb")
    stubber.add_client_error("create_table", "ResourceInUseException")
    stubber.add_client_error("describe_table", "ResourceNotFoundException")
    structure, settings = Structure("id", None, (("id", "S"),)), Settings(billing_mode=BillingMode.PAY_PER_REQUEST)
    with pytest.raises(AwsError, match="cannot be seen yet") as raised:
        Tables(client).create("orders", structure, settings=settings, tags={"a": "b"})
    assert raised.value.passing
