"""A script's keywords before AWS's own model of the requests, as botocore has it on this machine."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.loaders import Loader

from pulumi_dynamo_migrator.aws.request_model import misfits
from pulumi_dynamo_migrator.lowering import lower
from pulumi_dynamo_migrator.lowering.operations import add_index, change_key, create, update
from pulumi_dynamo_migrator.lowering.refused import REFUSED
from tests.fakes import scripts
from tests.fakes.scripts import add_global, add_local, attributes, index, keys, script, step


def told(*steps: Any) -> str:
    (found,) = misfits(script(*steps))
    return found


def test_a_good_script_fits() -> None:
    steps = (
        scripts.create(ProvisionedThroughput={"ReadCapacityUnits": 5.0, "WriteCapacityUnits": 6.0}, Tags=None),
        add_local(2),
        step(3, "delete_table", table="orders"),
        step(4, "change_key", KeySchema=keys("id"), AttributeDefinitions=attributes(id="N")),
        step(5, "update", TableClass="STANDARD"),
        step(6, "add_indexes", GlobalSecondaryIndexes=[index("g-1", keys("id"))]),
        step(7, "remove_index", names=[5]),
        step(8, "convert", None, foo=1),
    )
    assert misfits(script(*steps)) == []


def test_an_unknown_keyword_is_told_in_botocores_words_with_version_and_place() -> None:
    found = told(scripts.create(TableNam="x"))
    head = 'version 1 (shop.py, line 10): create: Unknown parameter in input: "TableNam", must be one of: '
    assert found.startswith(head)
    assert "KeySchema" in found


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (scripts.create(TableName=None), ['Missing required parameter in input: "TableName"']),
        (scripts.create(TableName=5), ["Invalid type for parameter TableName, value: 5", "<class 'str'>"]),
        (
            scripts.create(BillingMode="FREE"),
            ["BillingMode, value: FREE, must be one of: PROVISIONED, PAY_PER_REQUEST"],
        ),
        (
            scripts.create(ProvisionedThroughput={"ReadCapacityUnits": 1.5, "WriteCapacityUnits": 1}),
            ["ProvisionedThroughput.ReadCapacityUnits, value: 1.5", "<class 'int'>"],
        ),
        (
            scripts.create(ProvisionedThroughput={"ReadCapacityUnits": 0, "WriteCapacityUnits": 1}),
            ["valid min value: 1"],
        ),
        (
            scripts.create(AttributeDefinitions=attributes(id="X")),
            ["AttributeDefinitions[0].AttributeType, value: X, must be one of: S, N, B."],
        ),
        (
            scripts.create(KeySchema=[{"AttributeName": "id", "KeyType": "HSH"}]),
            ["KeySchema[0].KeyType, value: HSH, must be one of: HASH, RANGE."],
        ),
        (scripts.create(KeySchema="one\nand two"), ["KeySchema, value: one\nand two, type: <class 'str'>"]),
        (
            step(1, "add_index", LocalSecondaryIndexes=[index("by_x", keys("id"), "SOME")]),
            [
                "LocalSecondaryIndexes[0].Projection.ProjectionType, value: SOME",
                "must be one of: ALL, KEYS_ONLY, INCLUDE.",
            ],
        ),
        (
            step(1, "add_indexes", GlobalSecondaryIndexes=[{"IndexName": "by_x", "KeySchema": keys("id")}]),
            ["add_indexes: Missing required parameter in GlobalSecondaryIndexes[0]", "Projection"],
        ),
        (
            step(1, "add_index", BillingMode="PROVISIONED"),
            ['"BillingMode", must be one of: AttributeDefinitions, LocalSecondaryIndexes, GlobalSecondaryIndexes.'],
        ),
        (
            step(1, "change_key", TableName="orders", KeySchema=keys("id")),
            ['"TableName", must be one of: AttributeDefinitions, KeySchema.'],
        ),
        (step(1, "update", KeySchema=keys("id")), ['Unknown parameter in input: "KeySchema"']),
        (
            step(1, "update", GlobalSecondaryIndexUpdates=[{"Create": index("by_x", keys("id"), IndexNam="x")}]),
            ['Unknown parameter in GlobalSecondaryIndexUpdates[0].Create: "IndexNam"'],
        ),
    ],
)
def test_what_misfits_is_one_sentence(one: dict[str, Any], words: list[str]) -> None:
    found = told(one)
    assert found.startswith(f"version 1 (shop.py, line 10): {one['operation']}: ")
    assert found.endswith(".")
    assert all(word in found for word in words), found


def test_every_misfit_of_every_step_is_told() -> None:
    found = misfits(script(scripts.create(TableNam="x", Tags=[{}]), add_global(2, IndexNam="y")))
    assert [one[:9] for one in found] == ["version 1"] * 3 + ["version 2"]


@pytest.mark.parametrize("given", [None, {}, {"steps": [None, {"operation": "create", "arguments": "x"}]}])
def test_what_is_no_script_is_not_its_to_tell(given: Any) -> None:
    assert misfits(given) == []


def test_what_lowering_sets_apart_as_malformed_is_told_here_too() -> None:
    broken = script(scripts.create(TableNam="x", KeySchema="x", Tags=[5], BillingMode="x", TableName=None))
    assert len(lower(broken).malformed) == len(misfits(broken)) == 5


@pytest.mark.parametrize(
    ("operation", "known"),
    [("CreateTable", create.KEYWORDS), ("UpdateTable", update.KEYWORDS)],
)
def test_every_keyword_that_aws_has_today_is_taken_or_refused(operation: str, known: tuple[str, ...]) -> None:
    model = Loader().load_service_model("dynamodb", "service-2")
    members = model["shapes"][model["operations"][operation]["input"]["shape"]]["members"]
    assert set(members) <= {*known, *REFUSED}
    assert set(known) <= set(members)


def test_the_operations_of_our_own_take_the_same_keywords_here_and_there() -> None:
    every: dict[str, Any] = dict.fromkeys({*create.KEYWORDS, *update.KEYWORDS}, 5)
    for operation, known in (("add_index", add_index.KEYWORDS), ("change_key", change_key.KEYWORDS)):
        refused = [one for one in misfits(script(step(1, operation, **every))) if "Unknown parameter" in one]
        assert len(refused) == len(every) - len(known)
