"""Writes to the ledger and their answers. By botocore's stubber: no emulator answers so."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault
from pulumi_dynamo_migrator.aws.ledger.rows import ABSENT, Rows
from pulumi_dynamo_migrator.model.timing import Timing
from tests.fakes.copying import JumpingClock
from tests.fakes.doors import stubbed

ROW = {"pk": {"S": "p"}, "sk": {"S": "s"}, "image_z": {"B": "AAEC"}}


def canceled(*codes: str) -> dict[str, object]:
    return {"CancellationReasons": [{"Code": code} for code in codes]}


def test_a_condition_that_did_not_hold_is_not_tried_again() -> None:
    client, stubber = stubbed("dynamodb")
    stubber.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields=canceled("ConditionalCheckFailed", "TransactionConflict"),
    )
    rows = Rows(client, "ledger", clock=JumpingClock(), timing=Timing())
    with pytest.raises(AwsError) as raised:
        rows.transact([rows.put_action(ROW, ABSENT)])
    assert raised.value.fault is Fault.CONDITION


def test_deletes_that_were_left_over_are_sent_again() -> None:
    client, stubber = stubbed("dynamodb")
    left = {"ledger": [{"DeleteRequest": {"Key": {"pk": {"S": "p"}, "sk": {"S": "1"}}}}]}
    stubber.add_response("batch_write_item", {"UnprocessedItems": left})
    stubber.add_response("batch_write_item", {}, {"RequestItems": left})
    rows = Rows(client, "ledger", clock=JumpingClock(), timing=Timing())
    keys = [{"pk": {"S": "p"}, "sk": {"S": str(number)}} for number in range(3)]
    assert rows.delete_all(keys) == 3
    stubber.assert_no_pending_responses()


def test_binary_is_bytes_for_botocore_and_text_for_us() -> None:
    client, stubber = stubbed("dynamodb")
    stubber.add_response("put_item", {}, {"TableName": "ledger", "Item": {**ROW, "image_z": {"B": b"\x00\x01\x02"}}})
    stubber.add_response("get_item", {"Item": {**ROW, "image_z": {"B": b"\x00\x01\x02"}}})
    rows = Rows(client, "ledger", clock=JumpingClock(), timing=Timing())
    rows.put(ROW)
    assert rows.get("p", "s") == ROW
