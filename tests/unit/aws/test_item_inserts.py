"""One batch of inserts against a DynamoDB that answers what it is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_dynamo_migrator.aws.items import DynamoItems
from pulumi_dynamo_migrator.aws.retry import Retry
from pulumi_dynamo_migrator.aws.wire_faults import WireError, WireFault, fault_of
from pulumi_dynamo_migrator.items import Outcome, WireItem
from tests.fakes.copying import JumpingClock

Script = Callable[[str, dict[str, Any]], Any]


def failure(code: str, status: int = 400) -> WireError:
    return WireError(code, "why", status=status, kind=fault_of(code, "why", status))


class Told:
    """A raw client whose answers are written by a test."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, operation: str, body: bytes, *, at: float) -> bytes:
        request = json.loads(body)
        self.requests.append((operation, request))
        return json.dumps(self.script(operation, request)).encode()

    def operations(self) -> list[str]:
        return [operation for operation, _ in self.requests]


def item(name: str) -> WireItem:
    return {"id": {"S": name}}


def outcomes(told: Told, *names: str) -> list[Outcome]:
    return [
        answer.outcome for answer in door(told).insert_if_absent("t", [item(n) for n in names], hash_key="id").answers
    ]


def door(told: Told) -> DynamoItems:
    return DynamoItems(told, retry=Retry(JumpingClock(), random=lambda: 1.0, guard=lambda: None))


def names_of(request: dict[str, Any]) -> list[str]:
    return [statement["Parameters"][0]["S"] for statement in request["Statements"]]


def test_only_the_statements_that_were_throttled_are_sent_again() -> None:
    rounds: list[list[str]] = []

    def script(_operation: str, request: dict[str, Any]) -> Any:
        rounds.append(names_of(request))
        first = len(rounds) == 1
        codes = {"b": "ThrottlingError", "c": "DuplicateItem", "d": "ProvisionedThroughputExceeded"} if first else {}
        return {"Responses": [{"Error": {"Code": codes[n]}} if n in codes else {} for n in rounds[-1]]}

    assert outcomes(Told(script), "a", "b", "c", "d") == [
        Outcome.INSERTED,
        Outcome.INSERTED,
        Outcome.PRESENT,
        Outcome.INSERTED,
    ]
    assert rounds == [["a", "b", "c", "d"], ["b", "d"]]


def test_a_request_refused_as_a_whole_goes_on_as_single_conditional_puts() -> None:
    def script(operation: str, request: dict[str, Any]) -> Any:
        if operation == "BatchExecuteStatement":
            raise failure("ValidationException")
        assert request["ConditionExpression"] == "attribute_not_exists(#0)"
        name = request["Item"]["id"]["S"]
        if name == "bad":
            raise failure("ValidationException")
        if name == "there":
            raise failure("ConditionalCheckFailedException")
        return {}

    told = Told(script)
    assert outcomes(told, "new", "bad", "there") == [Outcome.INSERTED, Outcome.REFUSED, Outcome.PRESENT]
    assert told.operations() == ["BatchExecuteStatement", "PutItem", "PutItem", "PutItem"]


def test_where_partiql_is_denied_it_is_not_tried_again() -> None:
    def script(operation: str, _request: dict[str, Any]) -> Any:
        if operation == "BatchExecuteStatement":
            raise failure("AccessDeniedException")
        return {}

    told = Told(script)
    items = door(told)
    for _ in range(2):
        assert items.insert_if_absent("t", [item("a")], hash_key="id").answers[0].outcome is Outcome.INSERTED
    assert told.operations() == ["BatchExecuteStatement", "PutItem", "PutItem"]


def test_one_statement_that_is_refused_gets_its_exact_answer_from_a_single_put() -> None:
    def script(operation: str, request: dict[str, Any]) -> Any:
        if operation == "BatchExecuteStatement":
            return {
                "Responses": [{"Error": {"Code": "ValidationError"}} if n == "b" else {} for n in names_of(request)]
            }
        raise failure("ValidationException")

    assert outcomes(Told(script), "a", "b") == [Outcome.INSERTED, Outcome.REFUSED]


def test_a_table_that_is_gone_ends_the_batch() -> None:
    def script(_operation: str, _request: dict[str, Any]) -> Any:
        return {"Responses": [{"Error": {"Code": "ResourceNotFound", "Message": "no t"}}]}

    with pytest.raises(WireError) as caught:
        outcomes(Told(script), "a")
    assert caught.value.kind is WireFault.GONE


def test_an_outcome_that_is_unknown_is_remembered_and_asked_again() -> None:
    failures = [failure("InternalServerError", 500)]

    def script(_operation: str, _request: dict[str, Any]) -> Any:
        if failures:
            raise failures.pop()
        return {"Responses": [{"Error": {"Code": "DuplicateItem"}}]}

    items = door(Told(script))
    assert items.insert_if_absent("t", [item("a")], hash_key="id").answers[0].outcome is Outcome.PRESENT
    assert items.last_unknown is not None


def test_unprocessed_keys_are_read_again() -> None:
    rounds: list[list[str]] = []

    def script(_operation: str, request: dict[str, Any]) -> Any:
        keys = request["RequestItems"]["t"]["Keys"]
        assert request["RequestItems"]["t"]["ConsistentRead"] is True
        rounds.append([key["id"]["S"] for key in keys])
        left = keys[1:]
        return {"Responses": {"t": keys[:1]}, "UnprocessedKeys": {"t": {"Keys": left}} if left else {}}

    found = door(Told(script)).get_items("t", [item("a"), item("b"), item("c")])
    assert found == [item("a"), item("b"), item("c")]
    assert rounds == [["a", "b", "c"], ["b", "c"], ["c"]]


def test_a_repair_with_too_many_attributes_for_a_condition_is_not_written_at_all() -> None:
    told = Told(lambda _operation, _request: {})
    seen = {"id": {"S": "a"}, **{f"x{n}": {"N": "1"} for n in range(200)}}
    assert not door(told).put_if_equal("t", item("a"), seen=seen, hash_key="id")
    assert not told.requests


def test_the_unknown_outcome_of_one_statement_is_kept_though_the_next_was_only_throttled() -> None:
    """The insert may land later: a close that does not wait for it could bring a deleted item back."""

    def script(_operation: str, request: dict[str, Any]) -> Any:
        first = len(request["Statements"]) == 3
        codes = {"a": "InternalServerError", "c": "ThrottlingError"} if first else {}
        return {"Responses": [{"Error": {"Code": codes[n]}} if n in codes else {} for n in names_of(request)]}

    items = door(Told(script))
    items.insert_if_absent("t", [item(name) for name in "abc"], hash_key="id")
    assert items.last_unknown is not None


def test_how_often_it_was_throttled_is_told_for_statements_puts_and_scans() -> None:
    """The copy finds its pace by it."""
    refusals = iter(
        ["ThrottlingException", None, None, "ProvisionedThroughputExceededException", "InternalServerError"]
    )

    def script(operation: str, _request: dict[str, Any]) -> Any:
        code = next(refusals, None)
        if code is not None:
            raise failure(code, 500 if code == "InternalServerError" else 400)
        if operation != "BatchExecuteStatement":
            return {"Count": 1, "Items": [item("a")]} if operation == "Scan" else {}
        return {"Responses": [{}]}

    items = door(Told(script))
    assert items.insert_if_absent("t", [item("a")], hash_key="id").throttled == 1
    page = items.scan_page("t", segment=0, total=1, cursor=None)
    assert (page.count, page.throttled) == (1, 0)
    page = items.scan_page("t", segment=0, total=1, cursor=None)
    assert (page.count, page.throttled) == (1, 1)  # a failure of the service says nothing about the pace


def test_statements_that_were_throttled_and_puts_count_as_well() -> None:
    throttled = {"b", "put"}

    def script(operation: str, request: dict[str, Any]) -> Any:
        if operation == "PutItem":
            if "put" in throttled:
                throttled.remove("put")
                raise failure("ThrottlingException")
            return {}
        codes = {"a": "ValidationError", "b": "ThrottlingError"}
        errors = [codes[n] if n == "a" or n in throttled else None for n in names_of(request)]
        throttled.discard("b")
        return {"Responses": [{"Error": {"Code": code}} if code else {} for code in errors]}

    assert door(Told(script)).insert_if_absent("t", [item("a"), item("b")], hash_key="id").throttled == 2


def test_a_put_whose_condition_does_not_hold_costs_a_unit() -> None:
    def script(operation: str, _request: dict[str, Any]) -> Any:
        raise failure(
            "ValidationException" if operation == "BatchExecuteStatement" else "ConditionalCheckFailedException"
        )

    inserted = door(Told(script)).insert_if_absent("t", [item("a"), item("b")], hash_key="id")
    assert inserted.units == 2


def test_an_answer_to_fewer_statements_than_were_sent_is_no_answer() -> None:
    with pytest.raises(ValueError, match="1 answers to 2 statements"):
        outcomes(Told(lambda _operation, _request: {"Responses": [{}]}), "a", "b")
