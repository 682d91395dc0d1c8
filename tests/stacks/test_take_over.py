"""Going on from the older decorator library: its versions are read, its newest table is served, its helpers go in
time."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import boto3
import pytest

from tests.eventually import eventually
from tests.stacks.account import Account, texts
from tests.stacks.conftest import MakeProgram
from tests.stacks.test_script_life import HEAD, ITEMS, VERSIONS, up
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.stack

METADATA = "dynamodb_migrator_metadata"
COPIER = """
import boto3
dynamodb = boto3.client("dynamodb")

def copy(event, context):
    for record in event["Records"]:
        if record["eventName"] == "REMOVE":
            dynamodb.delete_item(TableName="customers_V2", Key=record["dynamodb"]["Keys"])
        else:
            dynamodb.put_item(TableName="customers_V2", Item=record["dynamodb"]["NewImage"])
"""
"""Stands for the function that the older library makes: it puts every change of the old table into the new one."""

KEYS: Any = [{"AttributeName": "customer_nr", "KeyType": "HASH"}, {"AttributeName": "last_name", "KeyType": "RANGE"}]
TYPES: Any = [{"AttributeName": name, "AttributeType": "S"} for name in ("customer_nr", "last_name")]
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
END = """
@migrator.version(4)
@migrator.delete_table("customers", evidence=1)
def v4(migrate):
    note("v4", migrate()["table"])
"""
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}]}


@pytest.fixture
def left(aws: EmbeddedAws, account: Account) -> dict[str, Any]:
    """What the older library leaves after versions 1 and 2 of the script."""
    iam: Any = boto3.client(
        "iam",
        endpoint_url=aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 7}
    common: dict[str, Any] = {"KeySchema": KEYS, "BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
    account.dynamodb.create_table(
        TableName="customers",
        AttributeDefinitions=TYPES,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        **common,
    )
    index: Any = {
        "IndexName": "postcode_index",
        "KeySchema": [KEYS[0], {"AttributeName": "postcode", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    account.dynamodb.create_table(
        TableName="customers_V2",
        AttributeDefinitions=[*TYPES, {"AttributeName": "postcode", "AttributeType": "S"}],
        LocalSecondaryIndexes=[index],
        **common,
    )
    role = iam.create_role(RoleName="dynamodb_migrator_customers_V2", AssumeRolePolicyDocument=json.dumps(TRUST))[
        "Role"
    ]
    policy = iam.create_policy(PolicyName="dynamodb_migrator_customers_V2", PolicyDocument=json.dumps(POLICY))["Policy"]
    iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=policy["Arn"])
    function = account.functions.create_function(
        FunctionName="dynamodb_migrator_customers_V2",
        Runtime="python3.11",
        Role=role["Arn"],
        Handler="copier.copy",
        Code={"ZipFile": zipped(COPIER)},
    )
    mapping = account.functions.create_event_source_mapping(
        EventSourceArn=account.describe("customers")["LatestStreamArn"],
        FunctionName=function["FunctionName"],
        StartingPosition="TRIM_HORIZON",
    )
    made = {
        "tables": "customers_V2",
        "roles": role["Arn"],
        "policies": policy["Arn"],
        "functions": function["FunctionArn"],
        "mappings": mapping["UUID"],
    }
    account.dynamodb.create_table(
        TableName=METADATA,
        AttributeDefinitions=[{"AttributeName": "identifier", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "identifier", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    account.dynamodb.put_item(
        TableName=METADATA,
        Item={
            "identifier": {"S": "customers"},
            "1": {"M": {"tables": {"SS": ["customers"]}}},
            "2": {"M": {name: {"SS": [value]} for name, value in made.items()}},
        },
    )
    account.put("customers", ITEMS)
    eventually(lambda: copied(account), within=30)
    return {**made, "policy exists": lambda: made["policies"] in str(iam.list_policies(Scope="Local"))}


def zipped(text: str) -> bytes:
    """A function's code."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("copier.py", text)
    return buffer.getvalue()


def copied(account: Account) -> None:
    assert texts(account.items("customers_V2")) == texts(account.items("customers"))


def test_the_versions_of_the_older_library_are_taken_over_and_its_helpers_go_with_the_version_they_read(
    account: Account, make_fenced: MakeProgram, left: dict[str, Any]
) -> None:
    helpers = account.helpers()
    stack = make_fenced({"__main__.py": HEAD + "".join(VERSIONS[:2])})
    told = stack.preview().ok().text
    assert "take over from the older library: table customers_V2 as version 2; nothing is changed" in told
    for name in ("functions", "mappings", "roles", "policies"):
        assert left[name].rpartition("/")[2].rpartition(":")[2] in told
    before = account.describe("customers"), account.describe("customers_V2")
    assert up(stack) == []
    assert (account.describe("customers"), account.describe("customers_V2")) == before
    assert account.helpers() == helpers
    outputs = stack.outputs()
    assert (outputs["name"], outputs["version"], outputs["tables"]) == (
        "customers_V2",
        2,
        {"1": "customers", "2": "customers_V2"},
    )
    assert [(int(step["version"]), step["by"]) for step in outputs["steps"]] == [
        (1, "dynamodb-migrator"),
        (2, "dynamodb-migrator"),
    ]
    stack.preview("--expect-no-changes").ok()

    # It goes on from there: another local index, and late writes to the first table arrive in the third.
    stack.edit({"__main__.py": HEAD + "".join(VERSIONS[:3])})
    assert up(stack) == ["v3 customers_V3 2"]
    account.put("customers", [{"customer_nr": "late", "last_name": "x", "postcode": "p", "points": 1}])
    eventually(lambda: late(account, "customers_V3"), within=30)

    stack.edit({"__main__.py": HEAD + "".join(VERSIONS[:3]) + END})
    told = stack.preview().ok().text
    assert "of the older library" in told
    eventually(lambda: retired(stack.up("--skip-preview").ok().text), within=60)
    assert (stack.folder / "calls.txt").read_text().splitlines()[-1] == "v4 customers"
    assert "customers" not in account.tables()
    assert not [helper for helper in helpers if helper in account.helpers()]
    assert not left["policy exists"]()
    assert METADATA in account.tables()
    assert stack.outputs()["tables"] == {"2": "customers_V2", "3": "customers_V3"}
    stack.preview("--expect-no-changes").ok()


def late(account: Account, table: str) -> None:
    assert "late" in {item["customer_nr"] for item in account.items(table)}


def retired(said: str) -> None:
    assert "retired: version 1" in said, said


def test_a_script_that_is_behind_the_older_librarys_versions_or_differs_from_its_table_is_refused(
    account: Account, make_fenced: MakeProgram, left: dict[str, Any]
) -> None:
    stack = make_fenced({"__main__.py": HEAD + VERSIONS[0]})
    assert (
        "has applied version 2 (table customers_V2), which this script does not have" in stack.preview().failed().text
    )
    other = VERSIONS[1].replace("postcode", "zip")
    stack.edit({"__main__.py": HEAD + VERSIONS[0] + other})
    told = stack.preview().failed().text
    assert "differs from the script" in told
    assert "version 2 (__main__.py, line " in told


def test_what_the_script_has_beyond_the_older_library_is_done_in_the_same_up(
    account: Account, make_fenced: MakeProgram, left: dict[str, Any]
) -> None:
    stack = make_fenced({"__main__.py": HEAD + "".join(VERSIONS)})
    told = stack.preview().ok().text
    assert "take over from the older library" in told
    assert "successor customers_V4" in told
    # The first table was not served when this began: it may go as soon as it was quiet for long enough.
    assert up(stack) == ["v3 customers_V4 2", "v4 convert both directions", "v5 delete_table customers"]
    assert stack.outputs()["tables"] == {"2": "customers_V2", "4": "customers_V4"}
    assert len(account.items("customers_V4")) == len(ITEMS)
